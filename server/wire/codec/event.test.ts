import { toBinary } from "@bufbuild/protobuf";
import fc from "fast-check";
import { expect, it, test } from "vitest";
import { SubscribeResponseSchema } from "../../../gen/parlance/v1/chat_service_pb.js";
import { EventSchema, ModerationAction } from "../../../gen/parlance/v1/event_pb.js";
import { decodeEntry } from "../../feed/encoding.js";
import { type Person, type RoomEvent, readRecord, writeRecord } from "../../room/log/record.js";
import { decodeUser, encodeEvent, frameOfEntry, responseOfEntry } from "./event.js";

const moments = [0, 1, 999, 127_000, 128_000, 1_750_000_000_456, 4_294_967_296_001];
const nonce = Uint8Array.of(255, 0, 1, 2, 3, 4, 5, 6);
const lengths = [0, 1, 60, 127, 128, 16_200, 16_384, 40_000, 2_100_000];

it.each(moments)("writes the bytes that the protobuf library writes, at %d ms", (at) => {
  for (const length of lengths) {
    for (const seq of [1, 281_474_976_710_655]) {
      const sender = { id: "id-of-ann", nickname: "ann" };
      const data = writeRecord(
        { kind: "group_message", sender, text: "x".repeat(length) },
        encodeEvent,
        nonce,
      );
      const entry = decodeEntry({ seq, at, data }, "an-epoch_with_24_letters");
      const frame = frameOfEntry(entry, 3).subarray(3);
      expect(frame.equals(toBinary(SubscribeResponseSchema, responseOfEntry(entry)))).toBe(true);
    }
  }
});

const text = fc.string({ unit: "binary", maxLength: 200 });
const id = fc.stringMatching(/^[\w-]{1,20}$/);
const atMs = fc.integer({ min: 0, max: 4_294_967_296_001 });
const optional = <T>(value: fc.Arbitrary<T>) => fc.option(value, { nil: undefined });
/** Without the fields that are undefined. */
const sparse = <T extends object>(value: fc.Arbitrary<T>) =>
  value.map((one) => Object.fromEntries(Object.entries(one).filter(([, field]) => field !== undefined)) as T);
const participant = sparse(fc.record({ id, nickname: text, registered: optional(fc.constant(true)) }));
const person = sparse(
  fc.record({
    id,
    nickname: text,
    joinTime: atMs,
    registered: optional(fc.constant(true)),
    role: optional(fc.constantFrom("MODERATOR", "OWNER")),
    bot: optional(fc.constant(true)),
  }),
) as fc.Arbitrary<Person>;
const actions = Object.keys(ModerationAction).filter((name) => /^[A-Z]/.test(name) && name !== "UNSPECIFIED");

/** Events of each kind. */
const events: Record<RoomEvent["kind"], fc.Arbitrary<object>> = {
  joined: fc.record({ user: person }),
  left: fc.record({ user: person, removed: fc.constantFrom(undefined, "REMOVED", "BANNED") }),
  group_message: sparse(fc.record({ sender: participant, text, replyToId: optional(id) })),
  private_message: sparse(
    fc.record({
      sender: participant,
      recipient: participant,
      text,
      recipientIsAway: fc.boolean(),
      replyToId: optional(id),
    }),
  ),
  edited: sparse(fc.record({ messageId: id, sender: participant, recipient: optional(participant), text })),
  ignore_changed: fc.record({ memberId: id, ignoring: fc.boolean() }),
  undelivered: fc.record({ senderId: id, recipient: participant, messageIds: fc.array(id) }),
  announcement: fc.record({ text }),
  redacted: fc.record({
    messageIds: fc.array(id),
    editIds: fc.array(id),
    sender: participant,
    reason: text,
    audience: fc.constantFrom([], ["a", "b"]),
  }),
  moderated: sparse(
    fc.record({
      to: fc.constantFrom("moderators", "person"),
      action: fc.constantFrom(...actions),
      moderator: text,
      person: optional(participant),
      reason: text,
      until: optional(atMs),
      reference: text,
    }),
  ),
  room_changed: fc.record({
    room: sparse(
      fc.record({
        title: text,
        entry: fc.constantFrom("OPEN", "INVITE", "REGISTERED", "EXTERNAL"),
        speaking: fc.constantFrom("EVERYONE", "REGISTERED", "MODERATORS"),
        slowModeMs: fc.nat(),
        registration: fc.boolean(),
        closedUntil: optional(atMs),
      }),
    ),
  }),
  user_changed: fc.record({ user: person }),
};

test.each(Object.entries(events))("%s is written as the protobuf library writes it", (kind, facts) => {
  fc.assert(
    fc.property(facts, atMs, fc.integer({ min: 1, max: 281_474_976_710_655 }), (event, at, seq) => {
      const data = writeRecord({ kind, ...event } as RoomEvent, encodeEvent, nonce);
      const entry = decodeEntry({ seq, at, data }, "an-epoch");
      const response = responseOfEntry(entry);
      expect(frameOfEntry(entry, 0).equals(toBinary(SubscribeResponseSchema, response))).toBe(true);
      const { value } = response.item;
      const camel = kind.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());
      expect(value).toMatchObject({ $typeName: EventSchema.typeName, kind: { case: camel } });
    }),
  );
});

test.each(["joined", "user_changed"] as const)("the person of a %s record is read back", (kind) => {
  fc.assert(
    fc.property(person, (user) => {
      expect(decodeUser(readRecord(writeRecord({ kind, user }, encodeEvent, nonce)))).toEqual(user);
    }),
  );
});

test("every action of a moderator in the schema is known to the room", () => {
  const event = { kind: "moderated", to: "person", moderator: "", reason: "", reference: "" } as const;
  const written = actions.map((action) => {
    const data = writeRecord({ ...event, action } as RoomEvent, encodeEvent, nonce);
    const { value } = responseOfEntry(decodeEntry({ seq: 1, at: 0, data }, "e")).item;
    return value && "kind" in value && value.kind.case === "moderated" ? value.kind.value.action : undefined;
  });
  expect(written).toEqual(actions.map((_, i) => i + 1));
});

test("the person whom a moderator's action concerns does not learn who it was", () => {
  const person = { id: "id-of-bob", nickname: "bob" };
  const event = { kind: "moderated", action: "MUTE", moderator: "mia", person } as const;
  const shown = (["moderators", "person"] as const).map((to) => {
    const data = writeRecord({ ...event, to, reason: "", reference: "" }, encodeEvent, nonce);
    return Buffer.from(data).includes("mia");
  });
  expect(shown).toEqual([true, false]);
});
