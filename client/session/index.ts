/**
 * `parlance-chat/client`: take part in a room from a program. Needs Node >= 20.19; no terminal, no global state.
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
 * What is retried by itself: feeds reconnect for ever, with waits of 0.5 to 15 s, and go on after the last event
 * without a hole or a duplicate; calls are repeated for up to 4 minutes with the same request_id, so that nothing is
 * said twice; messages that come too fast wait; a session that ended is begun anew under the same nickname. What is
 * thrown: `SessionEnded` after a logout elsewhere, and a ConnectError for everything that a retry cannot mend;
 * `refusalOf(error)` names its reason. All times are milliseconds.
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
export type { ChatClient, MakeTransport } from "./connect.js";
export { isTransient, type Reason, type Refusal, refusalOf, SessionEnded } from "./errors.js";
export type { Feed, FeedItem } from "./feed.js";
export type { Past, PastOptions } from "./list-events.js";
export type { Users } from "./list-users.js";
export { connect } from "./node.js";
export type { Limits, Self } from "./self.js";
export type { FeedStart, ResumedSession, SendOptions, Session, SessionOptions } from "./session.js";
