/**
 * `parlance-chat/client`: take part in a room from a program. Runs on Node 22.13 or later and in browsers; no terminal,
 * no disk, no global state.
 *
 *     import { connect } from "parlance-chat/client";
 *
 *     const session = await connect({ server: "http://127.0.0.1:12231", nickname: "echo" });
 *     for await (const event of session.events()) {
 *       if (event.kind === "privateMessage" && event.sender.id !== session.self.id) {
 *         await session.whisper(event.sender, event.text);
 *       }
 *     }
 *
 * The room learns of a session by its first `events()`, `say` or `whisper`: one that only lists leaves no trace.
 *
 * An event is what the room's log keeps, with an `id` that is unique for ever. People have a `nickname` and an `id`: the
 * same nickname with another id is another person, so reply to a person and not to a nickname. What concerns the feed
 * alone (`hello`, `caughtUp`, `heartbeat`, `gap`, `goodbye`) is a signal: `session.events({ onSignal })`. `session.online`
 * is the number of members.
 *
 * Retried automatically: feeds reconnect for ever, with a backoff of 0.5 to 15 s, and resume after the last event
 * with no loss and no duplicates; calls are retried for up to 4 minutes with the same request_id, so that nothing is
 * sent twice; messages above the rate limit wait; a session that expired logs in again under the same nickname.
 *
 * Thrown: `SessionEnded` after a logout elsewhere, when a newer feed took the place of this one (REPLACED), when a
 * moderator removed the member (REMOVED, BANNED), or after another final goodbye; and a ConnectError for everything else that the retries do not repair. `refusalOf(error)`
 * returns the room's reason. `retryable` of both states whether trying again later can succeed. All times are
 * milliseconds.
 *
 * This folder owns the connection: transport, token, retries and the feed's cursor. It keeps nothing on disk and shows
 * nothing; all but transport.ts also runs in a browser, where transport.browser.ts takes its place.
 */
export type {
  BroadcastResponse,
  Command,
  EditMessageResponse,
  GetRoomResponse,
  HelpResponse,
  RegisterNicknameResponse,
  SendToResponse,
  ToggleIgnoreResponse,
} from "../../gen/parlance/v1/chat_service_pb.js";
export { Presence } from "../../gen/parlance/v1/chat_service_pb.js";
export type { User } from "../../gen/parlance/v1/user_pb.js";
export type { ChatClient, MakeTransport, ModerationClient } from "./client.js";
export {
  isTransient,
  type Reason,
  type Refusal,
  refusalOf,
  SessionEnded,
} from "./errors.js";
export type { EndReason, Event, MissingReason, ModerationAction, Signal } from "./event.js";
export type { Feed, FeedItem } from "./feed.js";
export type { Feature, Limits } from "./limits.js";
export type { History, HistoryOptions, Users } from "./lists.js";
export type { Credentials } from "./login.js";
export type { Member, Person, Role } from "./person.js";
export type { Room } from "./room.js";
export {
  connect,
  type EventsOptions,
  type FeedStart,
  type MessageOptions,
  type ResumedSession,
  type SendOptions,
  type Session,
  type SessionOptions,
} from "./session.js";
