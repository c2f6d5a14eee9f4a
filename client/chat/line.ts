import type { EndReason, ModerationAction, Role } from "../session/event.js";
import type { CertificateFault, ForeignResponse } from "../session/obstacle.js";
import type { Room } from "../session/room.js";

/**
 * A line of the scrollback as data; `client/text` puts it into the words of a Catalog. Times named `at` are
 * milliseconds since 1970, by the server's clock where an event carries one, else by the local clock. Names and texts
 * are foreign: they must be sanitised before they are shown.
 */
export type Line = SpokenLine | NoticeLine | RuleLine | ProblemLine | UsersLine | HelpLine;

export type SpokenLine =
  | {
      readonly kind: "message";
      readonly at: number;
      readonly sender: string;
      readonly text: string;
      /** Whether the reader sent it. */
      readonly own: boolean;
      /** False for a replayed message, which never notifies. */
      readonly live: boolean;
    }
  | {
      readonly kind: "private";
      readonly at: number;
      readonly sender: string;
      readonly recipient: string;
      readonly text: string;
      /** From the reader's point of view; `self` is a message to oneself. */
      readonly direction: "in" | "out" | "self";
      readonly live: boolean;
    };

/** Lines marked with a `*`. */
export type NoticeLine =
  /** The reader joined. */
  | {
      readonly kind: "welcome";
      readonly at: number;
      readonly nickname: string;
      /** Members in the room; null if it is not known yet. */
      readonly online: number | null;
    }
  /** Folded: all who joined within two seconds, in order, at least one. */
  | { readonly kind: "joined"; readonly at: number; readonly nicknames: readonly string[] }
  | { readonly kind: "left"; readonly at: number; readonly nicknames: readonly string[] }
  /** The same of those whom a moderator removed. */
  | { readonly kind: "removed"; readonly at: number; readonly nicknames: readonly string[] }
  /** The connection is restored; `missed`: whether events were missed (or may have been) and are shown above. */
  | { readonly kind: "resumed"; readonly at: number; readonly missed: boolean }
  /** Gap: the log was replaced by another one. */
  | { readonly kind: "store_replaced"; readonly at: number }
  /** Gap: the log lost its newest part. */
  | { readonly kind: "log_went_back"; readonly at: number }
  | { readonly kind: "ignoring"; readonly at: number }
  /** `skipped`: number of group messages not delivered; null if unknown (changed on another device). */
  | { readonly kind: "ignoring_ended"; readonly at: number; readonly skipped: number | null }
  /** The recipient of the message just sent has no connection, and receives it only if back within `withinMs`. */
  | {
      readonly kind: "away";
      readonly at: number;
      readonly nickname: string;
      /** 0 if it is not known. */
      readonly withinMs: number;
    }
  /** Private messages of the reader whose recipient left before they were delivered. */
  | {
      readonly kind: "undelivered";
      readonly at: number;
      readonly nickname: string;
      readonly count: number;
      /** Texts of those that are known here, in their order; at most `count`. */
      readonly texts: readonly string[];
    }
  /** May have several rows. */
  | { readonly kind: "announcement"; readonly at: number; readonly text: string }
  /** Messages of one sender were erased. `own`: the reader's. */
  | {
      readonly kind: "redacted";
      readonly at: number;
      readonly nickname: string;
      readonly own: boolean;
      readonly count: number;
      /** "" if none was given. */
      readonly reason: string;
    }
  /** What a moderator did. `own`: it concerns the reader. */
  | {
      readonly kind: "moderated";
      readonly at: number;
      readonly action: ModerationAction;
      /** "" for the operator, and for the person concerned. */
      readonly moderator: string;
      /** "" if it concerns no person. */
      readonly nickname: string;
      readonly own: boolean;
      /** "" if none was given. */
      readonly reason: string;
      /** How long it holds; null: without end. */
      readonly forMs: number | null;
      /** Id of the ban or the invite, or "". */
      readonly reference: string;
    }
  | { readonly kind: "room_changed"; readonly at: number; readonly room: Room }
  /** A member was given or has lost a registered nickname or a role. `own`: the reader. */
  | {
      readonly kind: "user_changed";
      readonly at: number;
      readonly nickname: string;
      readonly own: boolean;
      readonly registered: boolean;
      readonly role: Role;
    }
  /** Message of the day; may have several rows. */
  | { readonly kind: "motd"; readonly at: number; readonly text: string }
  /** The server ended the feed. */
  | { readonly kind: "goodbye"; readonly at: number; readonly reason: EndReason };

/** Lines between four dashes. Day lines are not among them: the scrollback adds one where a local day begins. */
export type RuleLine =
  /** Below the backlog: the number of messages from before the reader joined. */
  | { readonly kind: "before"; readonly at: number; readonly count: number }
  /** Above the missed events. `count`: messages; null: too many to be held and counted, they follow. */
  | {
      readonly kind: "offline";
      readonly at: number;
      readonly offlineMs: number;
      readonly count: number | null;
    }
  /** Above the output of /history: the latest events, or `older` ones than before. */
  | { readonly kind: "history"; readonly at: number; readonly count: number; readonly older: boolean }
  /** Below it. `atStart`: nothing older is kept. */
  | { readonly kind: "history_end"; readonly at: number; readonly atStart: boolean }
  /** Gap: older messages are no longer kept, the others follow. */
  | { readonly kind: "trimmed"; readonly at: number; readonly offlineMs: number };

/** A line marked with a `!`. */
export interface ProblemLine {
  readonly kind: "problem";
  readonly at: number;
  readonly problem: Problem;
}

/** Where a refused text is now: "input": back in the input; "history": the newest entry of the input history. */
export type Kept = "input" | "history" | "none";

export type Problem =
  /** The only one that is shown with a time. */
  | { readonly what: "connection_lost" }
  /** `typed` and `suggestion` with their slash. */
  | { readonly what: "unknown_command"; readonly typed: string; readonly suggestion: string | null }
  /** `command`, with its slash, takes no argument. */
  | { readonly what: "takes_nothing"; readonly command: string }
  | { readonly what: "no_such_user"; readonly nickname: string; readonly suggestion: string | null }
  /** The person who was addressed has left, and someone else has the nickname now. */
  | { readonly what: "another_person"; readonly nickname: string; readonly kept: Kept }
  /** No member had the nickname when it was typed, and someone has it now. */
  | { readonly what: "joined_since"; readonly nickname: string; readonly kept: Kept }
  /** `@name` of an unknown member, and no text: a space may be missing. */
  | { readonly what: "space_missing"; readonly nickname: string }
  /** `@name` of a member who is online, and no text. */
  | { readonly what: "nothing_to_send"; readonly nickname: string }
  | { readonly what: "nobody_to_reply_to" }
  /** The argument of `command` (with its slash) is no number from 1 to `max`. */
  | { readonly what: "bad_count"; readonly command: string; readonly max: number }
  /** The server does not implement ListEvents. */
  | { readonly what: "no_history" }
  | { readonly what: "rate_limited"; readonly retryMs: number; readonly kept: Kept }
  | {
      readonly what: "text_too_long";
      readonly maxBytes: number;
      readonly maxLines: number;
      readonly kept: Kept;
    }
  | { readonly what: "ignoring"; readonly kept: Kept }
  /** Not connected: nothing was sent. */
  | { readonly what: "offline"; readonly kept: Kept }
  /** Disconnected until the reader connects again: nothing was sent. */
  | { readonly what: "disconnected"; readonly kept: Kept }
  /** All retries failed; `message` is the last error. */
  | { readonly what: "not_sent"; readonly message: string; readonly kept: Kept }
  /** The client left before the server had confirmed this text. */
  | { readonly what: "left_behind"; readonly text: string }
  /** Any other refusal, in the server's wording. */
  | { readonly what: "refused"; readonly message: string; readonly kept: Kept }
  /** `code`: the system's code of the cause, such as ECONNREFUSED, or ""; `message`: the cause in words. */
  | {
      readonly what: "cannot_reach";
      readonly server: string;
      readonly code: string;
      readonly message: string;
    }
  /** `names`: what a certificate of the wrong host is for. */
  | {
      readonly what: "certificate";
      readonly server: string;
      readonly fault: CertificateFault;
      readonly names: readonly string[];
    }
  /** The port speaks TLS and the address does not, or the reverse; `use`: the address that would work. */
  | {
      readonly what: "wrong_scheme";
      readonly server: string;
      readonly isTls: boolean;
      readonly use: string;
    }
  /** Something else is at this address; `found.location` as an address of its own. */
  | { readonly what: "not_parlance"; readonly server: string; readonly found: ForeignResponse }
  /** Calls work and the feed does not. `software`: what is in between, as far as headers name it, or "". */
  | {
      readonly what: "held_back";
      readonly server: string;
      readonly waitedMs: number;
      readonly software: string;
    }
  /** The token of PARLANCE_TOKEN is unknown, or its session has ended. */
  | { readonly what: "bad_token" }
  | { readonly what: "nickname_space" }
  | { readonly what: "nickname_start" }
  | { readonly what: "nickname_taken"; readonly nickname: string; readonly suggestion: string | null }
  | { readonly what: "nickname_reserved"; readonly nickname: string; readonly suggestion: string | null }
  | { readonly what: "nickname_registered"; readonly nickname: string; readonly suggestion: string | null }
  /** In the server's wording, which names the rule. */
  | { readonly what: "nickname_invalid"; readonly message: string }
  /** The session ended and another member has the nickname now. */
  | { readonly what: "session_lost"; readonly nickname: string }
  /** A line of `--json` input that cannot be parsed. */
  | { readonly what: "bad_input"; readonly message: string };

/** Output of /ls: the reader first, then the others in the collation of the reader's language. */
export interface UsersLine {
  readonly kind: "users";
  readonly at: number;
  readonly users: readonly ListedUser[];
  /** Number of members online; more than `users` if the list was cut. */
  readonly total: number;
}

export interface ListedUser {
  readonly nickname: string;
  readonly self: boolean;
}

/** Output of /help: rows in the reader's language; the Catalog's last sentence is added when it is shown. */
export interface HelpLine {
  readonly kind: "help";
  readonly at: number;
  readonly rows: readonly HelpRow[];
}

export interface HelpRow {
  readonly usage: string;
  readonly summary: string;
}
