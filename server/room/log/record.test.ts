import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type RoomEvent, readRecord, sees, type Viewer, writeRecord } from "./record.js";

const encode = () => Uint8Array.of(7, 8, 9);
const ada = { id: "ada-id", nickname: "ada" };
const bob = { id: "bob-id", nickname: "bob" };
const person = { ...ada, joinTime: 0 };
const nonce = Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8);
const events: RoomEvent[] = [
  { kind: "joined", user: person },
  { kind: "left", user: person },
  { kind: "group_message", sender: ada, text: "hi" },
  { kind: "private_message", sender: ada, recipient: bob, text: "hi", recipientIsAway: true },
  { kind: "ignore_changed", memberId: ada.id, ignoring: true },
  { kind: "ignore_changed", memberId: ada.id, ignoring: false },
  { kind: "undelivered", senderId: ada.id, recipient: bob, messageIds: ["id"] },
];
const viewer = (id: string, ignoring = false): Viewer => ({
  id,
  ignoringAt: () => ignoring,
  isModerator: false,
});

describe("a record", () => {
  test("round-trips kind, ids and payload", () => {
    const records = events.map((event) => readRecord(writeRecord(event, encode, nonce)));
    expect(records.map(({ kind }) => kind)).toEqual([
      "joined",
      "left",
      "group_message",
      "private_message",
      "ignore_on",
      "ignore_off",
      "undelivered",
    ]);
    expect(records[3]?.ids).toEqual(["ada-id", "bob-id"]);
    expect(records.map(({ recipientWasAway }) => recipientWasAway)).toEqual(
      events.map(({ kind }) => kind === "private_message"),
    );
    for (const record of records) {
      expect([...record.payload]).toEqual([7, 8, 9]);
      expect(record.nonce).toEqual(nonce);
    }
  });

  test("of version 1 is read, without a nonce", () => {
    const older = Uint8Array.of(1, 3, 1, 2, 97, 98, 7, 8, 9);
    expect(readRecord(older)).toEqual({
      version: 1,
      kind: "group_message",
      ids: ["ab"],
      nonce: new Uint8Array(8),
      recipientWasAway: false,
      erases: [],
      payload: Uint8Array.of(7, 8, 9),
    });
  });

  test("lists the entries that were erased when it was appended, whatever its kind", () => {
    const erases = [1, 255, 256, 65_536, 2 ** 32 + 1, 2 ** 48 - 1];
    for (const event of events) {
      const record = readRecord(writeRecord(event, encode, nonce, erases));
      const without = readRecord(writeRecord(event, encode, nonce));
      expect(record).toEqual({ ...without, erases });
      expect(without.erases).toEqual([]);
    }
    const most = Array.from({ length: 100 }, (_, i) => i + 1);
    expect(readRecord(writeRecord(events[2]!, encode, nonce, most)).erases).toEqual(most);
  });

  test("without bytes is void, which no member sees", () => {
    const record = readRecord(new Uint8Array());
    expect(record).toMatchObject({ kind: "void", ids: [], erases: [], payload: new Uint8Array() });
    expect([sees(viewer("ada-id"), record, 1), sees(viewer(""), record, 1)]).toEqual([false, false]);
  });

  test("of other bytes is of a newer version, which no member sees", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 40 }), (bytes) => {
        fc.pre(bytes.length > 0);
        fc.pre((bytes[0] !== 1 && bytes[0] !== 2) || bytes[1] === 0 || (bytes[1] ?? 0) > 7);
        const record = readRecord(bytes);
        expect(record).toMatchObject({ kind: "unknown", ids: [], payload: new Uint8Array() });
        expect(sees(viewer("ada-id"), record, 1)).toBe(false);
      }),
    );
  });
});

describe("visibility", () => {
  const visibleTo = (reader: Viewer) =>
    events
      .filter((event) => sees(reader, readRecord(writeRecord(event, encode, nonce)), 1))
      .map(({ kind }) => kind);

  test("a participant sees its own events", () => {
    expect(visibleTo(viewer("ada-id"))).toHaveLength(7);
  });
  test("others see joined, left and group messages", () => {
    expect(visibleTo(viewer("eve-id"))).toEqual(["joined", "left", "group_message"]);
  });
  test("an ignoring member sees everything but group messages", () => {
    expect(visibleTo(viewer("bob-id", true))).toEqual(["joined", "left", "private_message"]);
  });
});
