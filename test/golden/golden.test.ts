import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import {
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
import type { ControlEvent } from "../../server/feed/control-events.js";
import type { RoomEvent } from "../../server/room/log/record.js";
import { encodeEvent, responseOfControl, responseOfEntry } from "../../server/wire/event-codec.js";
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
    const needed = ChatService.methods.flatMap(({ input, output }) => [input.typeName, output.typeName]);
    const present = new Set(samples.map(({ schema }) => schema.typeName));
    expect(needed.filter((name) => !present.has(name))).toEqual([]);
  });

  test("cover every kind of event, and nothing else", () => {
    const kinds = EventSchema.oneofs[0]!.fields.map(
      ({ name }) => `event-${name.replaceAll("_", "-")}.golden`,
    );
    expect(readdirSync(folder).filter((name) => name.startsWith("event-"))).toEqual(kinds.toSorted());
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
  const user = { nickname: "åda", id: "HYVHwzZPqquRZByI", joinTime: atMs, ignoring: true };
  const bob = { nickname: "bob", id: "xJ3" };
  const bytes = (response: MessageShape<typeof SubscribeResponseSchema>) =>
    hex(toBinary(SubscribeResponseSchema, response));

  test.each<[string, RoomEvent]>([
    ["event-joined", { kind: "joined", user, online: 4 }],
    ["event-left", { kind: "left", user, online: 3 }],
    ["event-message", { kind: "message", sender: bob, text: "hi all" }],
    ["event-private-message", { kind: "private_message", sender: bob, recipient: user, text: "psst" }],
    ["event-ignore-changed", { kind: "ignore_changed", memberId: user.id, ignoring: true }],
  ])("%s for an event", (file, event) => {
    const entry = { ...place, atMs, payload: encodeEvent(event), kind: "message", ids: [] } as const;
    expect(bytes(responseOfEntry(entry))).toBe(read(file).bytes);
  });

  test.each<[string, ControlEvent]>([
    ["event-hello", { kind: "hello", online: 3, ignoring: true, heartbeatMs: 15_000, resumed: true }],
    ["event-caught-up", { kind: "caught_up", replayed: 2 }],
    ["event-heartbeat", { kind: "heartbeat" }],
    ["event-gap", { kind: "gap", reason: "STORE_REPLACED" }],
    ["event-goodbye", { kind: "goodbye", reason: "SHUTTING_DOWN", reconnect: true, retryAfterMs: 250 }],
  ])("%s for a control event", (file, control) => {
    const position = control.kind === "goodbye" ? undefined : place;
    expect(bytes(responseOfControl(control, position, atMs))).toBe(read(file).bytes);
  });
});
