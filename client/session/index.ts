/**
 * `parlance-chat/client`: take part in a room from a program. Needs Node 22.13 or later; no terminal, no disk, no global
 * state.
 *
 *     import { connect } from "parlance-chat/client";
 *
 *     const session = await connect({ server: "http://127.0.0.1:12231", nickname: "echo" });
 *     for await (const event of session.events()) {
 *       if (event.kind.case === "privateMessage" && event.kind.value.sender !== session.self.nickname) {
 *         await session.whisper(event.kind.value.sender, event.kind.value.text);
 *       }
 *     }
 *
 * Retried automatically: feeds reconnect for ever, with a backoff of 0.5 to 15 s, and resume after the last event
 * with no loss and no duplicates; calls are retried for up to 4 minutes with the same request_id, so that nothing is
 * sent twice; messages above the rate limit wait; a session that expired logs in again under the same nickname.
 *
 * Thrown: `SessionEnded` after a logout elsewhere or a final goodbye, and a ConnectError for everything else that the
 * retries do not repair. `refusalOf(error)` returns the room's reason. `retryable` of both says whether trying again
 * later can succeed. All times are milliseconds.
 *
 * This folder owns the connection: transport, token, retries and the feed's cursor. It keeps nothing on disk and shows
 * nothing; all but node.ts also runs in a page.
 */
export type {
  BroadcastResponse,
  Command,
  HelpResponse,
  SendToResponse,
  ToggleIgnoreResponse,
} from "../../gen/parlance/v1/chat_service_pb.js";
export type { Event } from "../../gen/parlance/v1/event_pb.js";
export { GapReason, GoodbyeReason } from "../../gen/parlance/v1/event_pb.js";
export type { User } from "../../gen/parlance/v1/user_pb.js";
export type { ChatClient, MakeTransport } from "./client.js";
export {
  type EndReason,
  isTransient,
  type Reason,
  type Refusal,
  refusalOf,
  SessionEnded,
} from "./errors.js";
export type { Feed, FeedItem } from "./feed.js";
export type { Limits } from "./limits.js";
export type { History, HistoryOptions, Users } from "./lists.js";
export { connect } from "./node.js";
export type { Self } from "./self.js";
export type { FeedStart, ResumedSession, SendOptions, Session, SessionOptions } from "./session.js";
