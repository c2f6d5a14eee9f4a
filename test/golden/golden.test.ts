import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import {
  type DescOneof,
  fromBinary,
  fromJson,
  type JsonValue,
  type MessageShape,
  toBinary,
  toJson,
} from "@bufbuild/protobuf";
import { describe, expect, test } from "vitest";
import { ChatService, SubscribeResponseSchema } from "../../gen/parlance/v1/chat_service_pb.js";
import { EventSchema } from "../../gen/parlance/v1/event_pb.js";
import { Feature } from "../../gen/parlance/v1/limits_pb.js";
import { ModerationService } from "../../gen/parlance/v1/moderation_service_pb.js";
import { decodeEntry } from "../../server/feed/encoding.js";
import type { Signal } from "../../server/feed/signals.js";
import { writeEventId } from "../../server/room/log/event-id.js";
import { type RoomEvent, writeRecord } from "../../server/room/log/record.js";
import { defaultRoomSettings } from "../../server/room/settings.js";
import { limitsOf } from "../../server/rpc/limits.js";
import {
  encodeEvent,
  frameOfEntry,
  responseOfEntry,
  responseOfHello,
  responseOfSignal,
} from "../../server/wire/codec/event.js";
import { samples } from "./samples.js";

const folder = join(import.meta.dirname, "messages");
const pathOf = (file: string) => join(folder, `${file}.golden`);

/** The content of a file. The bytes are hexadecimal, so that a review shows which changed. */
interface Golden {
  readonly message: string;
  readonly json: JsonValue;
  readonly bytes: string;
}

const read = (file: string) => JSON.parse(readFileSync(pathOf(file), "utf8")) as Golden;
const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString("hex");
const bytesOf = (golden: Golden) => Uint8Array.from(Buffer.from(golden.bytes, "hex"));

// A change of the wire format fails here. If it is intended, `npx vitest run test/golden -u` rewrites the files.
describe.each(samples)("$file", ({ file, schema, message }) => {
  test("is encoded as before", async () => {
    const golden = {
      message: schema.typeName,
      json: toJson(schema, message),
      bytes: hex(toBinary(schema, message)),
    };
    await expect(`${JSON.stringify(golden, null, 2)}\n`).toMatchFileSnapshot(pathOf(file));
  });

  test("is decoded from its bytes and its JSON as before", () => {
    const golden = read(file);
    expect(fromBinary(schema, bytesOf(golden))).toEqual(message);
    expect(fromJson(schema, golden.json)).toEqual(message);
  });
});

describe("the golden files", () => {
  test("cover every message of every RPC", () => {
    const methods = [...ChatService.methods, ...ModerationService.methods];
    const needed = methods.flatMap(({ input, output }) => [input.typeName, output.typeName]);
    const present = new Set(samples.map(({ schema }) => schema.typeName));
    expect(needed.filter((name) => !present.has(name))).toEqual([]);
  });

  test("cover every kind of event, every signal, and nothing else", () => {
    const filesOf = (prefix: string, oneof: DescOneof | undefined) =>
      oneof?.fields.map(({ name }) => `${prefix}${name.replaceAll("_", "-")}.golden`) ?? [];
    const items = filesOf("signal-", SubscribeResponseSchema.oneofs[0]).filter(
      (name) => name !== "signal-event.golden",
    );
    const needed = [...filesOf("event-", EventSchema.oneofs[0]), ...items];
    const present = readdirSync(folder).filter((name) => /^(event|signal)-/.test(name));
    expect(present).toEqual(needed.toSorted());
    expect(readdirSync(folder).toSorted()).toEqual(samples.map(({ file }) => `${file}.golden`).toSorted());
  });

  test("set every field of their messages, in one file or another", () => {
    const set = new Map<string, Set<string>>();
    for (const { schema, message } of samples)
      for (const name of Object.keys(toJson(schema, message) as object))
        set.set(schema.typeName, (set.get(schema.typeName) ?? new Set()).add(name));
    const unset = samples.flatMap(({ schema }) =>
      schema.fields.filter(({ jsonName }) => !set.get(schema.typeName)?.has(jsonName)).map(String),
    );
    expect([...new Set(unset)]).toEqual([]);
  });
});

describe("the server encodes", () => {
  const atMs = Date.UTC(2026, 0, 2, 3, 4, 5, 678);
  const place = { epoch: "example", seq: 42 };
  const user = { nickname: "åda", id: "HYVHwzZPqquRZByI", joinTime: atMs };
  const bob = { nickname: "bob", id: "xJ3", registered: true };
  const nonce = Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8);
  const bytes = (response: MessageShape<typeof SubscribeResponseSchema>) =>
    hex(toBinary(SubscribeResponseSchema, response));

  test.each<[string, RoomEvent]>([
    ["event-joined", { kind: "joined", user }],
    ["event-left", { kind: "left", user, removed: "REMOVED" }],
    [
      "event-group-message",
      { kind: "group_message", sender: bob, text: "hi all", replyToId: writeEventId(42, nonce) },
    ],
    [
      "event-private-message",
      {
        kind: "private_message",
        sender: bob,
        recipient: user,
        text: "psst",
        recipientIsAway: true,
        replyToId: writeEventId(42, nonce),
      },
    ],
    ["event-ignore-changed", { kind: "ignore_changed", memberId: user.id, ignoring: true }],
    [
      "event-undelivered",
      {
        kind: "undelivered",
        senderId: bob.id,
        recipient: user,
        messageIds: [writeEventId(42, nonce), writeEventId(43, nonce)],
      },
    ],
    ["event-announcement", { kind: "announcement", text: "你好" }],
    [
      "event-redacted",
      {
        kind: "redacted",
        messageIds: [writeEventId(42, nonce)],
        editIds: [writeEventId(43, nonce)],
        sender: bob,
        reason: "a password",
        audience: [],
      },
    ],
    [
      "event-moderated",
      {
        kind: "moderated",
        to: "moderators",
        action: "BAN",
        moderator: "åda",
        person: bob,
        reason: "刷屏",
        until: atMs,
        reference: "kestra",
      },
    ],
    [
      "event-room-changed",
      {
        kind: "room_changed",
        room: {
          title: "Lobby",
          entry: "INVITE",
          speaking: "REGISTERED",
          slowModeMs: 2_500,
          registration: true,
          closedUntil: atMs,
        },
      },
    ],
    [
      "event-user-changed",
      { kind: "user_changed", user: { ...user, registered: true, role: "OWNER", bot: true } },
    ],
    [
      "event-edited",
      {
        kind: "edited",
        messageId: writeEventId(42, nonce),
        sender: bob,
        recipient: user,
        text: "psst, you",
      },
    ],
  ])("%s for an event", (file, event) => {
    const data = writeRecord(event, encodeEvent, nonce);
    const entry = decodeEntry({ seq: place.seq, at: atMs, data }, place.epoch);
    expect(bytes(responseOfEntry(entry))).toBe(read(file).bytes);
    expect(hex(frameOfEntry(entry, 0))).toBe(read(file).bytes);
  });

  test.each<[string, Signal]>([
    ["signal-caught-up", { kind: "caught_up", replayed: 2, online: 3 }],
    ["signal-heartbeat", { kind: "heartbeat" }],
    ["signal-gap", { kind: "gap", reason: "STORE_REPLACED" }],
    ["signal-goodbye", { kind: "goodbye", reason: "SHUTTING_DOWN", reconnect: true, retryDelayMs: 250 }],
  ])("%s for a signal", (file, signal) => {
    expect(bytes(responseOfSignal(signal, place))).toBe(read(file).bytes);
  });

  test("signal-hello for the start of a feed", () => {
    const limits = limitsOf({
      moderation: true,
      settings: { ...defaultRoomSettings, messagesPerSecond: 0.5, graceMs: 30_500 },
      maxBacklog: 500,
      heartbeatMs: 15_000,
      maxRequestBytes: 65_536,
      maxHeaderBytes: 16_384,
      maxHeaderFields: 100,
      durable: true,
    });
    const hello = { ignoring: true, resumed: true, limits: { ...limits, features: [Feature.DURABLE] }, atMs };
    expect(bytes(responseOfHello(hello, place))).toBe(read("signal-hello").bytes);
  });
});
