import { create, type DescMessage, type MessageInitShape, type MessageShape } from "@bufbuild/protobuf";
import { durationFromMs, timestampFromMs } from "@bufbuild/protobuf/wkt";
import * as chat from "../../gen/parlance/v1/chat_service_pb.js";
import { ErrorDetailSchema, ErrorReason } from "../../gen/parlance/v1/errors_pb.js";
import { type Event, GapReason, GoodbyeReason } from "../../gen/parlance/v1/event_pb.js";

/** A message, stored in a file as its bytes and its JSON. */
export interface Sample {
  readonly file: string;
  readonly schema: DescMessage;
  readonly message: MessageShape<DescMessage>;
}

function sample<T extends DescMessage>(file: string, schema: T, init: MessageInitShape<T>): Sample {
  return { file, schema, message: create(schema, init) };
}

const time = timestampFromMs(Date.UTC(2026, 0, 2, 3, 4, 5, 678));
const cursor = "MS5leGFtcGxlLjQy";
const user = { nickname: "åda", id: "HYVHwzZPqquRZByI", joinTime: time, ignoring: true };

/** Requests and responses of each RPC, every field set. */
const calls: Sample[] = [
  sample("login-request", chat.LoginRequestSchema, { nickname: "åda", requestId: "0123456789abcdef" }),
  sample("login-response", chat.LoginResponseSchema, {
    token: "secret-token",
    user,
    limits: {
      maxTextBytes: 4_096,
      maxTextLines: 50,
      maxNicknameGraphemes: 24,
      messagesPerSecond: 0.5,
      messageBurst: 30,
      maxBacklog: 500,
      heartbeatInterval: durationFromMs(15_000),
      grace: durationFromMs(30_500),
    },
    motd: "你好",
  }),
  sample("subscribe-request", chat.SubscribeRequestSchema, { after: cursor, backlog: 20 }),
  sample("broadcast-request", chat.BroadcastRequestSchema, { text: "two\nlines 🎉", requestId: "m-1" }),
  sample("broadcast-response", chat.BroadcastResponseSchema, { cursor, time, duplicate: true }),
  sample("send-to-request", chat.SendToRequestSchema, { nickname: "bob", text: "psst", requestId: "m-2" }),
  sample("send-to-response", chat.SendToResponseSchema, { cursor, time, duplicate: true }),
  sample("list-users-request", chat.ListUsersRequestSchema, {
    pageSize: 500,
    pageToken: "YWRh",
    prefix: "a",
  }),
  sample("list-users-response", chat.ListUsersResponseSchema, {
    users: [user, { nickname: "bob", id: "x", joinTime: time }],
    nextPageToken: "Ym9i",
    total: 300,
    cursor,
  }),
  sample("list-events-request", chat.ListEventsRequestSchema, {
    before: cursor,
    after: cursor,
    pageSize: 50,
  }),
  sample("list-events-response", chat.ListEventsResponseSchema, {
    events: [{ cursor, time, kind: { case: "message", value: { sender: "bob", text: "hi" } } }],
    previousCursor: cursor,
    nextCursor: cursor,
    atStart: true,
    gap: GapReason.TRIMMED,
  }),
  sample("help-request", chat.HelpRequestSchema, { locale: "zh-CN", command: "ls" }),
  sample("help-response", chat.HelpResponseSchema, {
    text: "/ls   谁在\n",
    commands: [{ name: "help", aliases: ["h", "?"], usage: "/help", summary: "帮助", rpc: "Help" }],
    locale: "zh-CN",
  }),
  sample("toggle-ignore-request", chat.ToggleIgnoreRequestSchema, { requestId: "t-1" }),
  // An optional field: false is not the same as absent.
  sample("toggle-ignore-request-off", chat.ToggleIgnoreRequestSchema, { ignoring: false }),
  sample("toggle-ignore-response", chat.ToggleIgnoreResponseSchema, { ignoring: true, skipped: 7 }),
  sample("logout-request", chat.LogoutRequestSchema, {}),
  sample("logout-response", chat.LogoutResponseSchema, {}),
  sample("error-detail", ErrorDetailSchema, {
    reason: ErrorReason.NICKNAME_TAKEN,
    field: "nickname",
    retryDelay: durationFromMs(1_500),
    limit: 4_096n,
    suggestion: "ada2",
  }),
];

/** Each kind of event, every field set. */
const kinds: Record<NonNullable<Event["kind"]["case"]>, object> = {
  hello: { online: 3, ignoring: true, heartbeatInterval: durationFromMs(15_000), resumed: true },
  caughtUp: { replayed: 2 },
  heartbeat: {},
  joined: { user, online: 4 },
  left: { user, online: 3 },
  message: { sender: "bob", text: "hi all" },
  privateMessage: { sender: "bob", recipient: "åda", text: "psst" },
  ignoreChanged: { ignoring: true },
  gap: { reason: GapReason.STORE_REPLACED },
  goodbye: { reason: GoodbyeReason.SHUTTING_DOWN, reconnect: true, retryAfter: durationFromMs(250) },
};

const events = Object.entries(kinds).map(([kind, value]) =>
  sample(
    `event-${kind.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`,
    chat.SubscribeResponseSchema,
    {
      event: {
        cursor: kind === "goodbye" ? "" : cursor,
        time,
        kind: { case: kind, value } as unknown as Event["kind"],
      },
    },
  ),
);

export const samples: readonly Sample[] = [...calls, ...events];
