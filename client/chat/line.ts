/**
 * What the scrollback tells, as data: the session says what happened, `client/terminal` says it in words of a
 * Catalog. Times named `at` are milliseconds since 1970 by the server's clock where an event has one, else by ours.
 * Names and texts are foreign: they are shown only after they were sanitised.
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
      /** False if it was replayed: such lines never notify. */
      readonly live: boolean;
    }
  | {
      readonly kind: "private";
      readonly at: number;
      readonly sender: string;
      readonly recipient: string;
      readonly text: string;
      /** Seen from the reader; `self` is a message to oneself. */
      readonly direction: "in" | "out" | "self";
      readonly live: boolean;
    };

/** Lines with a `*`. */
export type NoticeLine =
  /** The reader came in. */
  | { readonly kind: "welcome"; readonly at: number; readonly nickname: string; readonly online: number }
  /** Folded: everyone who came within two seconds, in order, at least one. */
  | { readonly kind: "joined"; readonly at: number; readonly nicknames: readonly string[] }
  | { readonly kind: "left"; readonly at: number; readonly nicknames: readonly string[] }
  /** The connection is back; `missed`: whether lines were missed (or may have been) and now stand above. */
  | { readonly kind: "resumed"; readonly at: number; readonly missed: boolean }
  /** Gap: the room has another log than before. */
  | { readonly kind: "store_replaced"; readonly at: number }
  /** Gap: the room's log lost its newest part. */
  | { readonly kind: "log_went_back"; readonly at: number }
  | { readonly kind: "ignoring"; readonly at: number }
  /** `skipped`: group messages passed over; null where it is not known (the switch was moved on another device). */
  | { readonly kind: "ignoring_ended"; readonly at: number; readonly skipped: number | null }
  /** Message of the day; several rows are possible. */
  | { readonly kind: "motd"; readonly at: number; readonly text: string }
  /** The server's last word. */
  | { readonly kind: "goodbye"; readonly at: number; readonly reason: GoodbyeWhy };

export type GoodbyeWhy = "SHUTTING_DOWN" | "LOGGED_OUT" | "TOO_SLOW" | "SESSION_EXPIRED" | "UNKNOWN";

/** Lines between four dashes. Day lines are not here: the view opens each local day by itself. */
export type RuleLine =
  /** Under the backlog: so many messages are from before the reader joined. */
  | { readonly kind: "before"; readonly at: number; readonly count: number }
  /** Over what was missed. `count`: messages; null: more than could be held back, they follow. */
  | {
      readonly kind: "offline";
      readonly at: number;
      readonly offlineMs: number;
      readonly count: number | null;
    }
  /** Over events that were read back: the latest ones, or `older` than those before. */
  | { readonly kind: "past"; readonly at: number; readonly count: number; readonly older: boolean }
  /** Under them. `atStart`: nothing older is kept. */
  | { readonly kind: "past_end"; readonly at: number; readonly atStart: boolean }
  /** Gap: older messages are gone, those that are kept follow. */
  | { readonly kind: "trimmed"; readonly at: number; readonly offlineMs: number };

/** A line with a `!`. */
export interface ProblemLine {
  readonly kind: "problem";
  readonly at: number;
  readonly problem: Problem;
}

/** Where the refused line went: "input" is back in the input, "history" is the newest entry of the history. */
export type Kept = "input" | "history" | "none";

export type Problem =
  /** The only one that is shown with its time. */
  | { readonly what: "connection_lost" }
  /** `typed` and `suggestion` with their slash. */
  | { readonly what: "unknown_command"; readonly typed: string; readonly suggestion: string | null }
  /** `command` with its slash is one, but what follows it means nothing. */
  | { readonly what: "takes_nothing"; readonly command: string }
  | { readonly what: "no_such_user"; readonly nickname: string; readonly suggestion: string | null }
  /** `@name` of nobody we know, and nothing after it: a space may be missing. */
  | { readonly what: "space_missing"; readonly nickname: string }
  /** `@name` of someone online, and nothing after it. */
  | { readonly what: "nothing_to_send"; readonly nickname: string }
  | { readonly what: "nobody_to_reply_to" }
  /** What follows `command` (with its slash) is no number from 1 to `most`. */
  | { readonly what: "bad_count"; readonly command: string; readonly most: number }
  /** The server is too old to be read back. */
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
  /** Tried again and again, and given up; `message` is the last error. */
  | { readonly what: "not_delivered"; readonly message: string; readonly kept: Kept }
  /** The client left before the server had answered for this text. */
  | { readonly what: "left_behind"; readonly text: string }
  /** Any other refusal, in the server's words. */
  | { readonly what: "refused"; readonly message: string; readonly kept: Kept }
  /** `code`: the system's name for the cause, such as ECONNREFUSED, or ""; `message` says it in other words. */
  | {
      readonly what: "cannot_reach";
      readonly server: string;
      readonly code: string;
      readonly message: string;
    }
  | { readonly what: "nickname_space" }
  | { readonly what: "nickname_start" }
  | { readonly what: "nickname_taken"; readonly nickname: string; readonly suggestion: string | null }
  | { readonly what: "nickname_reserved"; readonly nickname: string; readonly suggestion: string | null }
  /** In the server's words, which name the rule. */
  | { readonly what: "nickname_invalid"; readonly message: string }
  /** The session ended and someone else has the nickname now. */
  | { readonly what: "session_lost"; readonly nickname: string }
  /** A row of `--json` input that cannot be read. */
  | { readonly what: "bad_input"; readonly message: string };

/** Answer of /ls: the reader first, then the others in the order of the reader's language. */
export interface UsersLine {
  readonly kind: "users";
  readonly at: number;
  readonly users: readonly ListedUser[];
  /** Everyone online; more than `users` if the list was cut. */
  readonly total: number;
}

export interface ListedUser {
  readonly nickname: string;
  readonly self: boolean;
  readonly ignoring: boolean;
}

/** Answer of /help: rows in the reader's language; the view adds the Catalog's last sentence. */
export interface HelpLine {
  readonly kind: "help";
  readonly at: number;
  readonly rows: readonly HelpRow[];
}

export interface HelpRow {
  readonly usage: string;
  readonly summary: string;
}
