/** For tests: a room with one member behind an in-memory transport, whose feed the test writes. */
import {
  create,
  type DescMethodUnary,
  type JsonValue,
  type Message,
  type MessageInitShape,
  toJson,
} from "@bufbuild/protobuf";
import { durationFromMs } from "@bufbuild/protobuf/wkt";
import { Code, ConnectError, createRouterTransport, type HandlerContext } from "@connectrpc/connect";
import {
  type BroadcastRequest,
  ChatService,
  type EditMessageRequest,
  type LoginRequest,
  Presence,
  type SearchEventsRequest,
  type SearchEventsResponseSchema,
  type SendToRequest,
  type SubscribeRequest,
  SubscribeResponseSchema,
} from "../../gen/parlance/v1/chat_service_pb.js";
import { ErrorDetailSchema, ErrorReason } from "../../gen/parlance/v1/errors_pb.js";
import type { EventSchema } from "../../gen/parlance/v1/event_pb.js";
import type { LimitsSchema } from "../../gen/parlance/v1/limits_pb.js";
import { ModerationService } from "../../gen/parlance/v1/moderation_service_pb.js";
import type { Role } from "../../gen/parlance/v1/user_pb.js";
import type { MakeTransport } from "./client.js";
import type { Member } from "./person.js";

export type EventInit = MessageInitShape<typeof EventSchema>;
/** What a feed sends: an event or a signal. */
export type Item = NonNullable<MessageInitShape<typeof SubscribeResponseSchema>["item"]>;
/** What one Subscribe does: items, errors, and delays. */
export type FeedScript = (request: SubscribeRequest, context: HandlerContext) => AsyncIterable<Item>;

export interface FakeRoom {
  readonly transport: MakeTransport;
  /** One script for each Subscribe, in order; when they run out, a feed sends hello and is silent. */
  readonly feeds: FeedScript[];
  /** The request of each Subscribe. */
  readonly subscribed: { readonly after: string; readonly backlog: number; readonly token: string }[];
  /** The request of each Login. */
  readonly logins: LoginRequest[];
  readonly broadcasts: BroadcastRequest[];
  readonly whispers: SendToRequest[];
  readonly edits: EditMessageRequest[];
  /** The request of each SearchEvents, and what the next ones return, one each. */
  readonly searches: SearchEventsRequest[];
  readonly found: MessageInitShape<typeof SearchEventsResponseSchema>[];
  /** What Login returns as limits; none by default. */
  limits: MessageInitShape<typeof LimitsSchema> | undefined;
  /** What the next Logins return as left_cursor, one each; "" when they run out. */
  readonly leftCursors: string[];
  /** The secrets of each RegisterNickname. */
  readonly registered: string[];
  /** Requests of ModerationService by the name of their RPC, as JSON. */
  readonly moderated: [name: string, request: JsonValue][];
  readonly redacted: string[];
  unregistered: number;
  /** Who is in the room, and how many of them one page has. */
  readonly users: { readonly nickname: string; readonly id: string; readonly role: Role }[];
  listed: number;
  /** Whether the recipients of private messages are registered and away. */
  stores: boolean;
  /** Thrown by the next calls of an RPC, one each. */
  readonly failures: {
    readonly login: unknown[];
    readonly broadcast: unknown[];
    readonly sendTo: unknown[];
    readonly act: unknown[];
  };
  /** Of each recipient. */
  presence: Presence;
  logouts: number;
}

export function createFakeRoom(): FakeRoom {
  const failures: FakeRoom["failures"] = { login: [], broadcast: [], sendTo: [], act: [] };
  const fail = (errors: unknown[]) => {
    if (errors.length > 0) throw errors.shift();
  };
  const moderate = (method: DescMethodUnary, request: Message): object => {
    room.moderated.push([method.localName, toJson(method.input, request)]);
    fail(failures.act);
    return {};
  };
  const room: FakeRoom = {
    feeds: [],
    subscribed: [],
    logins: [],
    broadcasts: [],
    whispers: [],
    edits: [],
    searches: [],
    found: [],
    limits: undefined,
    leftCursors: [],
    registered: [],
    moderated: [],
    redacted: [],
    unregistered: 0,
    users: [],
    listed: 100,
    stores: false,
    failures,
    presence: Presence.ONLINE,
    logouts: 0,
    transport: (interceptors) =>
      createRouterTransport(
        (router) => {
          router.service(ChatService, {
            login(request) {
              room.logins.push(request);
              fail(failures.login);
              const id = `${room.logins.length}`;
              const leftCursor = room.leftCursors.shift() ?? "";
              const user = { nickname: request.nickname, id };
              const limits = room.limits && { limits: room.limits };
              return { token: `token-${id}`, user, motd: "", leftCursor, ...limits };
            },
            async *subscribe(request, context) {
              const token = context.requestHeader.get("authorization") ?? "";
              room.subscribed.push({ after: request.after, backlog: request.backlog, token });
              const script = room.feeds.shift() ?? silent;
              for await (const item of script(request, context)) {
                yield create(SubscribeResponseSchema, { item });
              }
            },
            broadcast(request) {
              room.broadcasts.push(request);
              fail(failures.broadcast);
              return { id: `b${room.broadcasts.length}`, cursor: `c${room.broadcasts.length}` };
            },
            sendTo(request) {
              room.whispers.push(request);
              fail(failures.sendTo);
              const recipientPresence = room.stores ? Presence.UNSPECIFIED : room.presence;
              return { id: `w${room.whispers.length}`, recipientPresence, stored: room.stores };
            },
            editMessage(request) {
              room.edits.push(request);
              fail(failures.act);
              return { id: `e${room.edits.length}` };
            },
            searchEvents(request) {
              room.searches.push(request);
              fail(failures.act);
              return room.found.shift() ?? { atStart: true };
            },
            registerNickname({ secret }) {
              room.registered.push(secret);
              fail(failures.act);
              return { secret: secret === "" ? "made by the server" : "" };
            },
            unregisterNickname() {
              room.unregistered++;
              return {};
            },
            redact({ ids }) {
              room.redacted.push(...ids);
              fail(failures.act);
              return { erased: ids.length };
            },
            listUsers({ prefix }) {
              const listed = room.users.filter((user) => prefix === "" || user.nickname === prefix);
              return { users: listed.slice(0, room.listed), totalSize: room.users.length };
            },
            logout() {
              room.logouts++;
              return {};
            },
          });
          const { method } = ModerationService;
          router.service(ModerationService, {
            kick: (request) => moderate(method.kick, request),
            ban: (request) => moderate(method.ban, request),
            unban: (request) => moderate(method.unban, request),
            mute: (request) => moderate(method.mute, request),
            erase: (request) => moderate(method.erase, request),
            announce: (request) => moderate(method.announce, request),
            updateRoom: (request) => moderate(method.updateRoom, request),
            createInvite: (request) => ({ ...moderate(method.createInvite, request), code: "prli_code" }),
            listBans: () => ({ bans: [{ id: "kestra", nickname: "bob", moderator: "mia", reason: "spam" }] }),
          });
        },
        { transport: { interceptors } },
      ),
  };
  return room;
}

async function* silent(_request: SubscribeRequest, context: HandlerContext): AsyncIterable<Item> {
  yield hello();
  await silence(context);
}

/** Sends nothing more, until the reader leaves. */
export function silence(context: HandlerContext): Promise<never> {
  return new Promise((_resolve, reject) => {
    context.signal.addEventListener("abort", () => reject(context.signal.reason), { once: true });
  });
}

export function hello(
  heartbeatMs = 15_000,
  { cursor = "", limits = {} }: { cursor?: string; limits?: MessageInitShape<typeof LimitsSchema> } = {},
): Item {
  const whole = { heartbeatInterval: durationFromMs(heartbeatMs), ...limits };
  return { case: "hello", value: { cursor, limits: whole } };
}

/** A member without any mark. */
export const guest = (nickname: string, id: string): Member => ({
  ...{ nickname, id },
  ...{ registered: false, role: "MEMBER", bot: false },
});

export function event(init: EventInit): Item {
  return { case: "event", value: init };
}

/** A group message. */
export function message(text: string, { cursor = text, id = text } = {}): Item {
  return event({
    id,
    cursor,
    kind: { case: "groupMessage", value: { sender: "alice", senderId: "a", text } },
  });
}

export function refusal(
  code: Code,
  reason: ErrorReason,
  { retryMs, suggestion = "", field = "" }: { retryMs?: number; suggestion?: string; field?: string } = {},
): ConnectError {
  const value = {
    reason,
    field,
    suggestion,
    ...(retryMs === undefined ? {} : { retryDelay: durationFromMs(retryMs) }),
  };
  return new ConnectError("refused", code, undefined, [{ desc: ErrorDetailSchema, value }]);
}

export const notLoggedIn = () => refusal(Code.Unauthenticated, ErrorReason.NOT_LOGGED_IN);
export const unavailable = () => new ConnectError("gone", Code.Unavailable);
