import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type RoomEvent, readRecord, sees, type Viewer, writeRecord } from "./record.js";

const encode = () => Uint8Array.of(7, 8, 9);
const ada = { id: "ada-id", nickname: "ada" };
const bob = { id: "bob-id", nickname: "bob" };
const person = { ...ada, joinTime: 0, ignoring: false };
const events: RoomEvent[] = [
  { kind: "joined", user: person, online: 1 },
  { kind: "left", user: person, online: 0 },
  { kind: "message", sender: ada, text: "hi" },
  { kind: "private_message", sender: ada, recipient: bob, text: "hi" },
  { kind: "ignore_changed", memberId: ada.id, ignoring: true },
  { kind: "ignore_changed", memberId: ada.id, ignoring: false },
];
const viewer = (id: string, ignoring = false): Viewer => ({ id, ignoringAt: () => ignoring });

describe("a record", () => {
  test("round-trips kind, ids and payload", () => {
    const records = events.map((event) => readRecord(writeRecord(event, encode)));
    expect(records.map(({ kind }) => kind)).toEqual([
      "joined",
      "left",
      "message",
      "private_message",
      "ignore_on",
      "ignore_off",
    ]);
    expect(records[3]?.ids).toEqual(["ada-id", "bob-id"]);
    for (const { payload } of records) expect([...payload]).toEqual([7, 8, 9]);
  });

  test("of other bytes is refused", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 40 }), (bytes) => {
        fc.pre(bytes[0] !== 1 || bytes[1] === 0 || (bytes[1] ?? 0) > 6);
        expect(() => readRecord(bytes)).toThrow(/not a record/);
      }),
    );
  });
});

describe("visibility", () => {
  const visibleTo = (reader: Viewer) =>
    events.filter((event) => sees(reader, readRecord(writeRecord(event, encode)), 1)).map(({ kind }) => kind);

  test("a participant sees its own events", () => {
    expect(visibleTo(viewer("ada-id"))).toHaveLength(6);
  });
  test("others see joined, left and group messages", () => {
    expect(visibleTo(viewer("eve-id"))).toEqual(["joined", "left", "message"]);
  });
  test("an ignoring member sees everything but group messages", () => {
    expect(visibleTo(viewer("bob-id", true))).toEqual(["joined", "left", "private_message"]);
  });
});
