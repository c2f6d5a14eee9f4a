import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { connectNodeAdapter } from "@connectrpc/connect-node";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ChatService, type SubscribeResponse } from "../../../gen/parlance/v1/chat_service_pb.js";
import { decodeEntry } from "../../feed/encoding.js";
import type { Signal } from "../../feed/signals.js";
import { type Person, type RoomEvent, writeRecord } from "../../room/log/record.js";
import { encodeEvent, responseOfEntry, responseOfSignal } from "./event.js";
import { acceptCompression, compressMinBytes, encodingOf } from "./frames.js";

const ann = { id: "id-of-ann", nickname: "ann" };
const bob = { id: "id-of-bob", nickname: "Böb" };
const user = { ...ann, joinTime: 1_750_000_000_123 };
const owner: Person = { ...user, registered: true, role: "OWNER", bot: true };
const events: RoomEvent[] = [
  { kind: "joined", user },
  { kind: "left", user },
  { kind: "group_message", sender: ann, text: 'hé 你好 "quoted"\n' },
  { kind: "group_message", sender: ann, text: "a long text ".repeat(340) },
  { kind: "private_message", sender: ann, recipient: bob, text: "psst", recipientIsAway: true },
  { kind: "ignore_changed", memberId: ann.id, ignoring: true },
  { kind: "ignore_changed", memberId: ann.id, ignoring: false },
  { kind: "undelivered", senderId: ann.id, recipient: bob, messageIds: ["a", "b"] },
  { kind: "joined", user: owner },
  { kind: "left", user: owner, removed: "REMOVED" },
  { kind: "group_message", sender: owner, text: "as one who has a name" },
  { kind: "private_message", sender: owner, recipient: bob, text: "psst", recipientIsAway: false },
  { kind: "announcement", text: "你好" },
  { kind: "redacted", messageIds: ["a", "b"], sender: ann, reason: "刷屏", audience: [] },
  {
    kind: "moderated",
    to: "moderators",
    action: "BAN",
    moderator: "ann",
    person: bob,
    reason: "刷屏",
    until: 1_750_000_000_999,
    reference: "kestra",
  },
  { kind: "moderated", to: "moderators", action: "UPDATE_ROOM", moderator: "", reason: "", reference: "" },
  {
    kind: "room_changed",
    room: {
      title: "Lobby",
      entry: "INVITE",
      speaking: "MODERATORS",
      slowModeMs: 2_500,
      registration: true,
      closedUntil: 1_750_000_000_999,
    },
  },
  { kind: "user_changed", user: owner },
];
const signals: Signal[] = [
  { kind: "caught_up", replayed: 0, online: 1 },
  { kind: "caught_up", replayed: 7, online: 300 },
  { kind: "heartbeat" },
  { kind: "gap", reason: "TRIMMED" },
  { kind: "goodbye", reason: "TOO_SLOW", reconnect: true },
  { kind: "goodbye", reason: "CUT_OFF", reconnect: true },
  { kind: "goodbye", reason: "SHUTTING_DOWN", reconnect: true, retryDelayMs: 1_500 },
];
const nonce = Uint8Array.of(0, 1, 2, 253, 254, 255, 62, 63);
const entries = events.flatMap((event, i) =>
  // A whole second has no nanoseconds, and the first moment of time has neither.
  [1_750_000_000_456, 1_750_000_000_000, 0].map((at) =>
    decodeEntry({ seq: i + 1, at, data: writeRecord(event, encodeEvent, nonce) }, "an-epoch_16"),
  ),
);
const place = { epoch: "an-epoch_16", seq: 9_007_199_254_740_991 };
const responses: SubscribeResponse[] = [
  ...entries.map(responseOfEntry),
  ...signals.map((signal) => responseOfSignal(signal, place)),
];

/** Sends all responses through Connect; the bytes come back raw. */
const server = createServer(
  connectNodeAdapter({
    routes: (router) =>
      router.service(ChatService, {
        async *subscribe() {
          yield* responses;
        },
      }),
    acceptCompression,
    compressMinBytes,
  }),
);
beforeAll(() => new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve)));
afterAll(() => server.close());

const url = () =>
  `http://127.0.0.1:${(server.address() as AddressInfo).port}/parlance.v1.ChatService/Subscribe`;

const forms = [
  ["application/connect+proto", "connect"],
  ["application/connect+json", "connect"],
  ["application/grpc+proto", "grpc"],
  ["application/grpc+json", "grpc"],
  ["application/grpc-web+proto", "grpc"],
  ["application/grpc-web+json", "grpc"],
].flatMap(([type, prefix]) =>
  ["identity", "gzip", "br"].map((encoding) => ({ type: type!, prefix: prefix!, encoding })),
);

describe.each(forms)("frames of $type, $encoding", ({ type, prefix, encoding }) => {
  it("are the bytes that Connect sends", async () => {
    const empty = type.endsWith("json") ? [0, 0, 0, 0, 2, 0x7b, 0x7d] : [0, 0, 0, 0, 0];
    const answer = await fetch(url(), {
      method: "POST",
      headers: {
        "content-type": type,
        [prefix === "connect" ? "connect-accept-encoding" : "grpc-accept-encoding"]: encoding,
      },
      body: Uint8Array.from(empty),
    });
    const made = encodingOf(answer.headers)!;
    const own = Buffer.concat([
      ...entries.map((entry) => made.event(entry)),
      ...signals.map((signal) => made.signal(signal, place)),
    ]);
    const sent = Buffer.from(await answer.arrayBuffer()).subarray(0, own.length);
    expect(sent.equals(own)).toBe(true);
    expect(own[0]).toBe(0);
    const compressed = made.event(entries.find(({ payload }) => payload.length > compressMinBytes)!);
    expect(compressed[0]).toBe(encoding === "identity" ? 0 : 1);
  });
});

describe("the form of a stream", () => {
  it("is unknown for codecs and compressions that are not made here", () => {
    expect(encodingOf(new Headers({ "content-type": "text/plain" }))).toBeUndefined();
    expect(
      encodingOf(
        new Headers({ "content-type": "application/connect+proto", "connect-content-encoding": "zstd" }),
      ),
    ).toBeUndefined();
  });

  it("is one object for all streams of the same codec and compression", () => {
    const connect = encodingOf(new Headers({ "content-type": "application/connect+proto" }));
    expect(encodingOf(new Headers({ "content-type": "application/grpc-web+proto" }))).toBe(connect);
  });
});
