/** Events and signals as the session delivers them: those of the schema, with people as `Person` and times in ms. */
import { durationMs, timestampMs } from "@bufbuild/protobuf/wkt";
import type { SubscribeResponse } from "../../gen/parlance/v1/chat_service_pb.js";
import { type Event as EventMessage, GapReason, GoodbyeReason } from "../../gen/parlance/v1/event_pb.js";
import { type Limits, limitsOf } from "./limits.js";
import type { Person } from "./person.js";

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
  | { readonly kind: "joined"; readonly user: Person }
  | { readonly kind: "left"; readonly user: Person }
  | { readonly kind: "groupMessage"; readonly sender: Person; readonly text: string }
  | {
      readonly kind: "privateMessage";
      readonly sender: Person;
      readonly recipient: Person;
      readonly text: string;
    }
  /** The member's own state, changed here or on another device. */
  | { readonly kind: "ignoreChanged"; readonly ignoring: boolean }
  /** Private messages of the member whose recipient left before they were delivered; `messageIds` in log order. */
  | { readonly kind: "undelivered"; readonly recipient: Person; readonly messageIds: readonly string[] };

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
    case "left": {
      const { nickname = "", id = "" } = kind.value.user ?? {};
      return { kind: kind.case, user: { nickname, id } };
    }
    case "groupMessage": {
      const { sender, senderId, text } = kind.value;
      return { kind: kind.case, sender: { nickname: sender, id: senderId }, text };
    }
    case "privateMessage": {
      const { sender, senderId, recipient, recipientId, text } = kind.value;
      return {
        kind: kind.case,
        sender: { nickname: sender, id: senderId },
        recipient: { nickname: recipient, id: recipientId },
        text,
      };
    }
    case "ignoreChanged":
      return { kind: kind.case, ignoring: kind.value.ignoring };
    case "undelivered": {
      const { recipient, recipientId, messageIds } = kind.value;
      return { kind: kind.case, recipient: { nickname: recipient, id: recipientId }, messageIds };
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
      const { ignoring, resumed, limits } = message.value;
      return { kind: message.case, ignoring, resumed, limits: limits ? limitsOf(limits) : null };
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

/** The name of a reason; UNKNOWN for those of a later schema. */
function nameOf<Name extends string>(
  names: { readonly [key in Name]: number } & { readonly [value: number]: string },
  value: number,
): Exclude<Name, "UNSPECIFIED"> | "UNKNOWN" {
  const name = names[value] as Name | undefined;
  return name === undefined || name === "UNSPECIFIED" ? "UNKNOWN" : (name as Exclude<Name, "UNSPECIFIED">);
}
