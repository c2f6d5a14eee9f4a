import { create, type DescMessage, type MessageInitShape, type MessageShape } from "@bufbuild/protobuf";
import { durationFromMs, timestampFromMs } from "@bufbuild/protobuf/wkt";
import * as chat from "../../gen/parlance/v1/chat_service_pb.js";
import { ErrorDetailSchema, ErrorReason } from "../../gen/parlance/v1/errors_pb.js";
import { type Event, GapReason, GoodbyeReason, ModerationAction } from "../../gen/parlance/v1/event_pb.js";
import { Feature } from "../../gen/parlance/v1/limits_pb.js";
import * as moderation from "../../gen/parlance/v1/moderation_service_pb.js";
import { Entry, Speaking } from "../../gen/parlance/v1/room_pb.js";
import { Role } from "../../gen/parlance/v1/user_pb.js";

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

const owner = { ...user, registered: true, role: Role.OWNER, bot: true };
const room = {
  title: "Lobby",
  entry: Entry.INVITE,
  speaking: Speaking.REGISTERED,
  slowMode: durationFromMs(2_500),
  registration: true,
  online: 3,
  closedUntil: time,
};
const ban = {
  id: "kestra",
  nickname: "mallory",
  network: "203.0.113.7/32",
  reason: "刷屏",
  until: time,
  moderator: "åda",
  time,
};
const invite = {
  id: "morlan",
  uses: 5,
  used: 2,
  nickname: "bob",
  note: "for Bob",
  expireTime: time,
  moderator: "åda",
  time,
};
/** A target, in both ways. */
const byId = { case: "userId", value: "xJ3" } as const;
const byNickname = { case: "nickname", value: "bob" } as const;

/** Requests and responses of each RPC, every field set in one sample or another. */
const calls: Sample[] = [
  sample("login-request", chat.LoginRequestSchema, { nickname: "åda", requestId: "0123456789abcdef" }),
  sample("login-response", chat.LoginResponseSchema, {
    token: "secret-token",
    user,
    limits,
    motd: "你好",
  }),
  sample("login-request-registered", chat.LoginRequestSchema, {
    nickname: "åda",
    secret: "correct horse",
    invite: "let-me-in",
    accessToken: "e30.e30.c2ln",
    bot: true,
  }),
  sample("login-response-registered", chat.LoginResponseSchema, {
    token: "secret-token",
    user: owner,
    leftCursor: cursor,
    expireTime: time,
  }),
  sample("get-room-request", chat.GetRoomRequestSchema, {}),
  sample("get-room-response", chat.GetRoomResponseSchema, {
    room,
    limits,
    software: "parlance-server/1.2.0",
  }),
  sample("subscribe-request", chat.SubscribeRequestSchema, { after: cursor, backlog: 20 }),
  sample("broadcast-request", chat.BroadcastRequestSchema, {
    text: "two\nlines 🎉",
    requestId: "m-1",
    replyToId: id,
  }),
  sample("broadcast-response", chat.BroadcastResponseSchema, { id, cursor, time, duplicate: true }),
  sample("send-to-request", chat.SendToRequestSchema, {
    recipient: "bob",
    recipientId: "xJ3",
    text: "psst",
    requestId: "m-2",
    replyToId: id,
  }),
  sample("send-to-response", chat.SendToResponseSchema, {
    id,
    cursor,
    time,
    duplicate: true,
    recipientPresence: chat.Presence.AWAY,
  }),
  sample("send-to-response-stored", chat.SendToResponseSchema, { id, cursor, time, stored: true }),
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
  sample("search-events-request", chat.SearchEventsRequestSchema, {
    text: "天气",
    before: cursor,
    after: cursor,
    pageSize: 50,
  }),
  sample("search-events-response", chat.SearchEventsResponseSchema, {
    events: [
      {
        id,
        cursor,
        time,
        kind: { case: "groupMessage", value: { sender: "bob", senderId: "xJ3", text: "今天天气很好" } },
      },
    ],
    previousCursor: cursor,
    nextCursor: cursor,
    atStart: true,
    gap: GapReason.TRIMMED,
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
  sample("register-nickname-request", chat.RegisterNicknameRequestSchema, {
    secret: "correct horse",
    requestId: "r-1",
  }),
  sample("register-nickname-response", chat.RegisterNicknameResponseSchema, {
    secret: "s3cret",
    user: owner,
  }),
  sample("unregister-nickname-request", chat.UnregisterNicknameRequestSchema, {}),
  sample("unregister-nickname-response", chat.UnregisterNicknameResponseSchema, {}),
  sample("edit-message-request", chat.EditMessageRequestSchema, { id, text: "hi, all", requestId: "m-3" }),
  sample("edit-message-response", chat.EditMessageResponseSchema, { id, cursor, time, duplicate: true }),
  sample("redact-request", chat.RedactRequestSchema, { ids: [id], reason: "a password" }),
  sample("redact-response", chat.RedactResponseSchema, { erased: 1 }),
  sample("error-detail-banned", ErrorDetailSchema, {
    reason: ErrorReason.BANNED,
    retryDelay: durationFromMs(3_600_000),
    reference: "kestra",
  }),
  sample("error-detail", ErrorDetailSchema, {
    reason: ErrorReason.NICKNAME_TAKEN,
    field: "nickname",
    retryDelay: durationFromMs(1_500),
    limit: 4_096,
    suggestion: "ada2",
  }),
];

/** The same of moderation. */
const moderationCalls: Sample[] = [
  sample("kick-request", moderation.KickRequestSchema, {
    target: byId,
    reason: "刷屏",
    eraseSince: durationFromMs(600_000),
  }),
  sample("kick-request-nickname", moderation.KickRequestSchema, { target: byNickname }),
  sample("kick-response", moderation.KickResponseSchema, {}),
  sample("ban-request", moderation.BanRequestSchema, {
    target: byId,
    reason: "刷屏",
    eraseSince: durationFromMs(600_000),
    duration: durationFromMs(3_600_000),
    spareAddress: true,
  }),
  sample("ban-request-nickname", moderation.BanRequestSchema, { target: byNickname }),
  sample("ban-request-network", moderation.BanRequestSchema, { network: "10.0.0.0/8", allowWide: true }),
  sample("ban-response", moderation.BanResponseSchema, { ban }),
  sample("unban-request", moderation.UnbanRequestSchema, { id: "kestra" }),
  sample("unban-response", moderation.UnbanResponseSchema, {}),
  sample("list-bans-request", moderation.ListBansRequestSchema, { pageSize: 10, pageToken: "a2Vz" }),
  sample("list-bans-response", moderation.ListBansResponseSchema, { bans: [ban], nextPageToken: "a2Vz" }),
  sample("mute-request", moderation.MuteRequestSchema, {
    target: byId,
    duration: durationFromMs(600_000),
    reason: "刷屏",
  }),
  // A duration that is set to 0, which ends the mute.
  sample("mute-request-nickname", moderation.MuteRequestSchema, {
    target: byNickname,
    duration: durationFromMs(0),
  }),
  sample("mute-response", moderation.MuteResponseSchema, {}),
  sample("erase-request", moderation.EraseRequestSchema, {
    target: byId,
    since: durationFromMs(600_000),
    reason: "刷屏",
  }),
  sample("erase-request-nickname", moderation.EraseRequestSchema, { target: byNickname }),
  sample("erase-response", moderation.EraseResponseSchema, { erased: 7 }),
  sample("announce-request", moderation.AnnounceRequestSchema, { text: "你好", requestId: "a-1" }),
  sample("announce-response", moderation.AnnounceResponseSchema, { cursor, time, duplicate: true, id }),
  sample("create-invite-request", moderation.CreateInviteRequestSchema, {
    uses: 5,
    lifetime: durationFromMs(86_400_000),
    nickname: "bob",
    note: "for Bob",
  }),
  sample("create-invite-response", moderation.CreateInviteResponseSchema, { invite, code: "let-me-in" }),
  sample("list-invites-request", moderation.ListInvitesRequestSchema, { pageSize: 10, pageToken: "bW9y" }),
  sample("list-invites-response", moderation.ListInvitesResponseSchema, {
    invites: [invite],
    nextPageToken: "bW9y",
  }),
  sample("revoke-invite-request", moderation.RevokeInviteRequestSchema, { id: "morlan" }),
  sample("revoke-invite-response", moderation.RevokeInviteResponseSchema, {}),
  sample("update-room-request", moderation.UpdateRoomRequestSchema, {
    title: "Lobby",
    entry: Entry.INVITE,
    speaking: Speaking.MODERATORS,
    slowMode: durationFromMs(2_500),
    registration: true,
    motd: "你好",
    closeFor: durationFromMs(600_000),
  }),
  // Optional fields: what is set to its default is not the same as absent.
  sample("update-room-request-off", moderation.UpdateRoomRequestSchema, {
    title: "",
    slowMode: durationFromMs(0),
    registration: false,
    motd: "",
    closeFor: durationFromMs(0),
  }),
  sample("update-room-response", moderation.UpdateRoomResponseSchema, { room }),
  sample("list-nicknames-request", moderation.ListNicknamesRequestSchema, {
    pageSize: 10,
    pageToken: "YWRh",
    prefix: "a",
  }),
  sample("list-nicknames-response", moderation.ListNicknamesResponseSchema, {
    registrations: [
      {
        nickname: "åda",
        userId: user.id,
        role: Role.MODERATOR,
        registeredTime: time,
        lastSeenTime: time,
      },
    ],
    nextPageToken: "YWRh",
  }),
  sample("update-nickname-request", moderation.UpdateNicknameRequestSchema, {
    nickname: "åda",
    role: Role.UNSPECIFIED,
    newSecret: true,
    release: true,
  }),
  sample("update-nickname-response", moderation.UpdateNicknameResponseSchema, { secret: "s3cret" }),
];

/** Each kind of event, every field set. */
const kinds: Record<NonNullable<Event["kind"]["case"]>, object> = {
  joined: { user },
  left: { user, removed: true },
  groupMessage: { sender: "bob", senderId: "xJ3", text: "hi all", senderRegistered: true, replyToId: id },
  privateMessage: {
    sender: "bob",
    senderId: "xJ3",
    recipient: "åda",
    recipientId: user.id,
    text: "psst",
    senderRegistered: true,
    replyToId: id,
  },
  ignoreChanged: { ignoring: true },
  undelivered: { messageIds: [id, "AQAAAAAAKwECAwQFBgcI"], recipient: "åda", recipientId: user.id },
  announcement: { text: "你好" },
  redacted: {
    ids: [id],
    sender: "bob",
    reason: "a password",
    senderId: "xJ3",
    editIds: ["AQAAAAAAKwECAwQFBgcI"],
  },
  moderated: {
    action: ModerationAction.BAN,
    moderator: "åda",
    nickname: "bob",
    userId: "xJ3",
    reason: "刷屏",
    until: time,
    reference: "kestra",
  },
  roomChanged: { room: { ...room, online: 0 } },
  userChanged: { user: owner },
  edited: {
    messageId: id,
    sender: "bob",
    senderId: "xJ3",
    text: "psst, you",
    senderRegistered: true,
    recipient: "åda",
    recipientId: user.id,
  },
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

export const samples: readonly Sample[] = [...calls, ...moderationCalls, ...items];
