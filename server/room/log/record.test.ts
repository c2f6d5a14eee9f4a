import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { openRoomFacts } from "../room-facts.js";
import { concernedBy, type RoomEvent, readRecord, sees, type Viewer, writeRecord } from "./record.js";

const encode = () => Uint8Array.of(7, 8, 9);
const ada = { id: "ada-id", nickname: "ada" };
const bob = { id: "bob-id", nickname: "bob" };
const person = { ...ada, joinTime: 0 };
const nonce = Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8);
/** What an action gives beside whom it concerns. */
const silence = { reason: "", reference: "" };
const events: RoomEvent[] = [
  { kind: "joined", user: person },
  { kind: "left", user: person },
  { kind: "group_message", sender: ada, text: "hi" },
  { kind: "private_message", sender: ada, recipient: bob, text: "hi", recipientIsAway: true },
  { kind: "ignore_changed", memberId: ada.id, ignoring: true },
  { kind: "ignore_changed", memberId: ada.id, ignoring: false },
  { kind: "undelivered", senderId: ada.id, recipient: bob, messageIds: ["id"] },
  { kind: "announcement", text: "hi" },
  { kind: "redacted", messageIds: ["id"], sender: ada, reason: "", audience: [] },
  { kind: "redacted", messageIds: ["id"], sender: ada, reason: "", audience: [ada.id, bob.id] },
  { ...{ kind: "moderated", to: "moderators", action: "MUTE", moderator: "mia", person: ada }, ...silence },
  { ...{ kind: "moderated", to: "person", action: "MUTE", moderator: "mia", person: ada }, ...silence },
  { ...{ kind: "moderated", to: "moderators", action: "UPDATE_ROOM", moderator: "mia" }, ...silence },
  { kind: "room_changed", room: openRoomFacts },
  { kind: "user_changed", user: { ...person, registered: true, role: "MODERATOR" } },
];
const viewer = (id: string, ignoring = false, isModerator = false): Viewer => ({
  id,
  ignoringAt: () => ignoring,
  isModerator,
});
const recordOf = (event: RoomEvent) => readRecord(writeRecord(event, encode, nonce));

describe("a record", () => {
  test("round-trips kind, ids and payload", () => {
    const records = events.map(recordOf);
    expect(records.map(({ kind }) => kind)).toEqual([
      "joined",
      "left",
      "group_message",
      "private_message",
      "ignore_on",
      "ignore_off",
      "undelivered",
      "announcement",
      "redacted",
      "redacted",
      "moderated",
      "moderated_person",
      "moderated",
      "room_changed",
      "user_changed",
    ]);
    expect(records.map(({ ids }) => ids.join())).toEqual([
      ...["ada-id", "ada-id", "ada-id", "ada-id,bob-id", "ada-id", "ada-id", "ada-id"],
      ...["", "", "ada-id,bob-id", "ada-id", "ada-id", "", "", "ada-id"],
    ]);
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
        fc.pre((bytes[0] !== 1 && bytes[0] !== 2) || bytes[1] === 0 || (bytes[1] ?? 0) > 14);
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
      .map(recordOf)
      .filter((record) => sees(reader, record, 1))
      .map(({ kind, ids }) => (kind === "redacted" ? `${kind} for ${ids.length || "all"}` : kind));
  const forAll = ["announcement", "redacted for all", "room_changed", "user_changed"];

  test("a participant sees its own events, and of a moderator's action the one for it", () => {
    const own = [...new Set(events.map(recordOf))].filter(({ kind }) => kind !== "moderated");
    expect(visibleTo(viewer("ada-id"))).toHaveLength(own.length);
    expect(visibleTo(viewer("ada-id"))).toContain("moderated_person");
  });
  test("others see joined, left, group messages, announcements, erasures of group messages, and changes", () => {
    expect(visibleTo(viewer("eve-id"))).toEqual(["joined", "left", "group_message", ...forAll]);
  });
  test("an ignoring member sees everything but group messages", () => {
    const own = ["joined", "left", "private_message", ...forAll];
    own.splice(5, 0, "redacted for 2");
    expect(visibleTo(viewer("bob-id", true))).toEqual(own);
  });
  test("a moderator sees what moderators did, and no private messages", () => {
    const sight = ["joined", "left", "group_message", ...forAll];
    sight.splice(5, 0, "moderated", "moderated");
    expect(visibleTo(viewer("mia-id", false, true))).toEqual(sight);
  });
  test("a moderator whom an action concerns sees the event for the person, and actions that concern no one", () => {
    const seen = visibleTo(viewer("ada-id", false, true)).filter((kind) => kind.startsWith("moderated"));
    expect(seen).toEqual(["moderated_person", "moderated"]);
  });
  test("an entry concerns those who may see it, if not everyone sees it", () => {
    const people = ["ada-id", "bob-id", "eve-id", "mia-id"];
    for (const record of events.map(recordOf)) {
      const seers = people.filter((id) => sees(viewer(id, false, id === "mia-id"), record, 1));
      if (seers.length < people.length) expect([...concernedBy(record, () => ["mia-id"])]).toEqual(seers);
    }
  });
});
