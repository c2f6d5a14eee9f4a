/** Events and signals as the session delivers them: those of the schema, with people as `Person` and times in ms. */
import { durationMs, timestampMs } from "@bufbuild/protobuf/wkt";
import type { SubscribeResponse } from "../../gen/parlance/v1/chat_service_pb.js";
import {
  type Event as EventMessage,
  GapReason,
  GoodbyeReason,
  ModerationAction as ModerationActionNumber,
} from "../../gen/parlance/v1/event_pb.js";
import { type Limits, limitsOf } from "./limits.js";
import { type Member, memberOf, type Person, type Role } from "./person.js";
import { nameOf, type Room, roomOf } from "./room.js";

/** Something that happened in the room, as its log keeps it. */
export type Event = EventHead & EventKind;

interface EventHead {
  /** Unique for ever. */
  readonly id: string;
  /** Position in the log, to resume after. */
  readonly cursor: string;
  /** By the server's clock, since 1970. */
  readonly timeMs: number;
  /** The same as the schema has it. */
  readonly message: EventMessage;
}

type EventKind =
  | { readonly kind: "joined"; readonly user: Member }
  /** `removed`: by a moderator. */
  | { readonly kind: "left"; readonly user: Member; readonly removed: boolean }
  | {
      readonly kind: "groupMessage";
      readonly sender: Person;
      /** Whether the nickname was the sender's own when the message was sent. */
      readonly senderRegistered: boolean;
      readonly text: string;
      /** Id of the event that it replies to; "" if it is no reply. */
      readonly replyToId: string;
    }
  | {
      readonly kind: "privateMessage";
      readonly sender: Person;
      /** As in a group message. */
      readonly senderRegistered: boolean;
      readonly recipient: Person;
      readonly text: string;
      /** As in a group message. */
      readonly replyToId: string;
    }
  /** A message has another text; the event of the message, with its first text, stays as it is. */
  | {
      readonly kind: "edited";
      /** Id of the message's event. */
      readonly messageId: string;
      readonly sender: Person;
      readonly senderRegistered: boolean;
      /** Of a private message; null: of a group message. */
      readonly recipient: Person | null;
      readonly text: string;
    }
  /** The member's own state, changed here or on another device. */
  | { readonly kind: "ignoreChanged"; readonly ignoring: boolean }
  /** Private messages of the member whose recipient left before they were delivered; `messageIds` in log order. */
  | { readonly kind: "undelivered"; readonly recipient: Person; readonly messageIds: readonly string[] }
  /** A moderator speaks to everyone. */
  | { readonly kind: "announcement"; readonly text: string }
  /** Messages of one sender were erased: show and keep them no longer. */
  | {
      readonly kind: "redacted";
      readonly messageIds: readonly string[];
      /** Ids of edits of these messages. */
      readonly editIds: readonly string[];
      readonly sender: Person;
      readonly reason: string;
    }
  /** What a moderator did: for moderators, and for the person concerned. */
  | {
      readonly kind: "moderated";
      readonly action: ModerationAction;
      /** Nickname; "" for the operator, and for the person concerned. */
      readonly moderator: string;
      /** null if it concerns no person. */
      readonly person: Person | null;
      readonly reason: string;
      /** By the server's clock, since 1970; null: without end. */
      readonly untilMs: number | null;
      /** Id of the ban or the invite, or "". */
      readonly reference: string;
    }
  | { readonly kind: "roomChanged"; readonly room: Room }
  | {
      readonly kind: "userChanged";
      readonly user: Member;
      readonly registered: boolean;
      readonly role: Role;
    };

/** What a moderator did: the names of ModerationAction, UNKNOWN for those of a later schema. */
export type ModerationAction = Exclude<keyof typeof ModerationActionNumber, "UNSPECIFIED"> | "UNKNOWN";

/** Something about the feed itself, which the log does not keep. */
export type Signal = SignalHead & SignalKind;

interface SignalHead {
  /** Position of this reader in the log. */
  readonly cursor: string;
  /** The same as the schema has it. */
  readonly message: SignalMessage;
}

type SignalKind =
  /** Start of a connection. */
  | {
      readonly kind: "hello";
      /** The present by the server's clock, since 1970; null if the server does not state it. */
      readonly timeMs: number | null;
      /** Whether the member ignores group messages. */
      readonly ignoring: boolean;
      /** Whether the feed continues where an earlier one ended. */
      readonly resumed: boolean;
      /** null if the server does not state them. */
      readonly limits: Limits | null;
    }
  /** End of the replay. `online`: members in the room here; each later `joined` adds one, each `left` subtracts one. */
  | { readonly kind: "caughtUp"; readonly replayed: number; readonly online: number }
  | { readonly kind: "heartbeat" }
  /** Events are missing here. */
  | { readonly kind: "gap"; readonly reason: MissingReason }
  /** End of a connection, announced by the server. */
  | {
      readonly kind: "goodbye";
      readonly reason: EndReason;
      readonly reconnect: boolean;
      readonly retryDelayMs: number;
    };

/** One message of the feed that is no event. */
export type SignalMessage = Exclude<
  SubscribeResponse["item"],
  { readonly case: "event" } | { readonly case: undefined }
>;

/** Why events are missing: the names of GapReason, UNKNOWN for those of a later schema. */
export type MissingReason = Exclude<keyof typeof GapReason, "UNSPECIFIED"> | "UNKNOWN";

/** Why the server ended a feed: the names of GoodbyeReason, UNKNOWN for those of a later schema. */
export type EndReason = Exclude<keyof typeof GoodbyeReason, "UNSPECIFIED"> | "UNKNOWN";

/** Undefined for a kind of a later schema. */
export function eventOf(message: EventMessage): Event | undefined {
  const kind = kindOf(message);
  if (!kind) return undefined;
  const { id, cursor } = message;
  return { id, cursor, timeMs: message.time ? timestampMs(message.time) : 0, message, ...kind };
}

function kindOf({ kind }: EventMessage): EventKind | undefined {
  switch (kind.case) {
    case "joined":
      return { kind: kind.case, user: memberOf(kind.value.user) };
    case "left":
      return { kind: kind.case, user: memberOf(kind.value.user), removed: kind.value.removed };
    case "groupMessage": {
      const { sender, senderId, senderRegistered, text, replyToId } = kind.value;
      return {
        kind: kind.case,
        sender: { nickname: sender, id: senderId },
        senderRegistered,
        text,
        replyToId,
      };
    }
    case "privateMessage": {
      const { sender, senderId, senderRegistered, recipient, recipientId, text, replyToId } = kind.value;
      return {
        kind: kind.case,
        sender: { nickname: sender, id: senderId },
        senderRegistered,
        recipient: { nickname: recipient, id: recipientId },
        text,
        replyToId,
      };
    }
    case "edited": {
      const { messageId, sender, senderId, senderRegistered, recipient, recipientId, text } = kind.value;
      return {
        kind: kind.case,
        messageId,
        sender: { nickname: sender, id: senderId },
        senderRegistered,
        recipient: recipientId === "" ? null : { nickname: recipient, id: recipientId },
        text,
      };
    }
    case "ignoreChanged":
      return { kind: kind.case, ignoring: kind.value.ignoring };
    case "undelivered": {
      const { recipient, recipientId, messageIds } = kind.value;
      return { kind: kind.case, recipient: { nickname: recipient, id: recipientId }, messageIds };
    }
    case "announcement":
      return { kind: kind.case, text: kind.value.text };
    case "redacted": {
      const { ids, editIds, sender, senderId, reason } = kind.value;
      return {
        kind: kind.case,
        messageIds: ids,
        editIds,
        sender: { nickname: sender, id: senderId },
        reason,
      };
    }
    case "moderated": {
      const { action, moderator, nickname, userId, reason, until, reference } = kind.value;
      return {
        kind: kind.case,
        action: nameOf(ModerationActionNumber, action),
        moderator,
        person: nickname === "" && userId === "" ? null : { nickname, id: userId },
        reason,
        untilMs: until ? timestampMs(until) : null,
        reference,
      };
    }
    case "roomChanged":
      return kind.value.room && { kind: kind.case, room: roomOf(kind.value.room) };
    case "userChanged": {
      const user = memberOf(kind.value.user);
      return { kind: kind.case, user, registered: user.registered, role: user.role };
    }
    default:
      return undefined;
  }
}

export function signalOf(message: SignalMessage): Signal {
  return { cursor: message.value.cursor, message, ...signalKindOf(message) };
}

function signalKindOf(message: SignalMessage): SignalKind {
  switch (message.case) {
    case "hello": {
      const { time, ignoring, resumed, limits } = message.value;
      const timeMs = time ? timestampMs(time) : null;
      return { kind: message.case, timeMs, ignoring, resumed, limits: limits ? limitsOf(limits) : null };
    }
    case "caughtUp": {
      const { replayed, online } = message.value;
      return { kind: message.case, replayed, online };
    }
    case "heartbeat":
      return { kind: message.case };
    case "gap":
      return { kind: message.case, reason: nameOf(GapReason, message.value.reason) };
    case "goodbye": {
      const { reason, reconnect, retryDelay } = message.value;
      const retryDelayMs = retryDelay ? durationMs(retryDelay) : 0;
      return { kind: message.case, reason: nameOf(GoodbyeReason, reason), reconnect, retryDelayMs };
    }
  }
}
