import { create, type DescMessage, type MessageInitShape, type MessageShape } from "@bufbuild/protobuf";
import { durationFromMs, timestampFromMs } from "@bufbuild/protobuf/wkt";
import * as chat from "../../gen/parlance/v1/chat_service_pb.js";
import { ErrorDetailSchema, ErrorReason } from "../../gen/parlance/v1/errors_pb.js";
import { type Event, GapReason, GoodbyeReason } from "../../gen/parlance/v1/event_pb.js";
import { Feature } from "../../gen/parlance/v1/limits_pb.js";

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
const id = "AQAAAAAAKgECAwQFBgcI";
const user = { nickname: "åda", id: "HYVHwzZPqquRZByI", joinTime: time };
const limits = {
  maxTextBytes: 4_096,
  maxTextLines: 50,
  maxNicknameGraphemes: 24,
  messagesPerSecond: 0.5,
  messageBurst: 30,
  maxBacklog: 500,
  heartbeatInterval: durationFromMs(15_000),
  grace: durationFromMs(30_500),
  maxFeedsPerMember: 8,
  maxPageSize: 500,
  maxRequestIdBytes: 64,
  maxRequestBytes: 65_536,
  maxHeaderBytes: 16_384,
  maxHeaderFields: 100,
  features: [Feature.DURABLE],
};

/** Requests and responses of each RPC, every field set. */
const calls: Sample[] = [
  sample("login-request", chat.LoginRequestSchema, { nickname: "åda", requestId: "0123456789abcdef" }),
  sample("login-response", chat.LoginResponseSchema, {
    token: "secret-token",
    user,
    limits,
    motd: "你好",
  }),
  sample("subscribe-request", chat.SubscribeRequestSchema, { after: cursor, backlog: 20 }),
  sample("broadcast-request", chat.BroadcastRequestSchema, { text: "two\nlines 🎉", requestId: "m-1" }),
  sample("broadcast-response", chat.BroadcastResponseSchema, { id, cursor, time, duplicate: true }),
  sample("send-to-request", chat.SendToRequestSchema, {
    recipient: "bob",
    recipientId: "xJ3",
    text: "psst",
    requestId: "m-2",
  }),
  sample("send-to-response", chat.SendToResponseSchema, {
    id,
    cursor,
    time,
    duplicate: true,
    recipientPresence: chat.Presence.AWAY,
  }),
  sample("list-users-request", chat.ListUsersRequestSchema, {
    pageSize: 500,
    pageToken: "YWRh",
    prefix: "a",
  }),
  sample("list-users-response", chat.ListUsersResponseSchema, {
    users: [user, { nickname: "bob", id: "x", joinTime: time }],
    nextPageToken: "Ym9i",
    totalSize: 300,
    cursor,
  }),
  sample("list-events-request", chat.ListEventsRequestSchema, {
    before: cursor,
    after: cursor,
    pageSize: 50,
  }),
  sample("list-events-response", chat.ListEventsResponseSchema, {
    events: [
      {
        id,
        cursor,
        time,
        kind: { case: "groupMessage", value: { sender: "bob", senderId: "xJ3", text: "hi" } },
      },
    ],
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
    limit: 4_096,
    suggestion: "ada2",
  }),
];

/** Each kind of event, every field set. */
const kinds: Record<NonNullable<Event["kind"]["case"]>, object> = {
  joined: { user },
  left: { user },
  groupMessage: { sender: "bob", senderId: "xJ3", text: "hi all" },
  privateMessage: {
    sender: "bob",
    senderId: "xJ3",
    recipient: "åda",
    recipientId: user.id,
    text: "psst",
  },
  ignoreChanged: { ignoring: true },
  undelivered: { messageIds: [id, "AQAAAAAAKwECAwQFBgcI"], recipient: "åda", recipientId: user.id },
};

/** Each signal, every field set. */
const signals: Record<Exclude<chat.SubscribeResponse["item"]["case"], "event" | undefined>, object> = {
  hello: { cursor, time, ignoring: true, resumed: true, limits },
  caughtUp: { cursor, replayed: 2, online: 3 },
  heartbeat: { cursor },
  gap: { cursor, reason: GapReason.STORE_REPLACED },
  goodbye: {
    cursor,
    reason: GoodbyeReason.SHUTTING_DOWN,
    reconnect: true,
    retryDelay: durationFromMs(250),
  },
};

const dashed = (name: string) => name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);

const items = [
  ...Object.entries(kinds).map(([kind, value]) => {
    const event = { id, cursor, time, kind: { case: kind, value } as unknown as Event["kind"] };
    return sample(`event-${dashed(kind)}`, chat.SubscribeResponseSchema, {
      item: { case: "event", value: event },
    });
  }),
  ...Object.entries(signals).map(([signal, value]) =>
    sample(`signal-${dashed(signal)}`, chat.SubscribeResponseSchema, {
      item: { case: signal, value } as unknown as chat.SubscribeResponse["item"],
    }),
  ),
];

export const samples: readonly Sample[] = [...calls, ...items];
