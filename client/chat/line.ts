import type { EndReason, ModerationAction } from "../session/event.js";
import type { CertificateFault, ForeignResponse, ProxyFault } from "../session/obstacle.js";
import type { Role } from "../session/person.js";
import type { Room } from "../session/room.js";
import type { Habit } from "./input/habits.js";

/**
 * A line of the scrollback as data; `client/text` puts it into the words of a Catalog. Times named `at` are
 * milliseconds since 1970, by the server's clock where an event carries one, else by the local clock. Names and texts
 * are foreign: they must be sanitised before they are shown.
 */
export type Line =
  | SpokenLine
  | QuoteLine
  | NoticeLine
  | RuleLine
  | ProblemLine
  | UsersLine
  | BansLine
  | HelpLine;

/** The message of a line, for what can be done with it where lines can be pointed at. */
export interface MessageRef {
  /** Id of its event. */
  readonly id: string;
  /** `User.id` of the sender. */
  readonly senderId: string;
}

/** A message that an input is about, where lines can be pointed at: it replies to it, or is its new text. */
export interface About {
  readonly does: "reply" | "edit";
  /** Id of its event. */
  readonly id: string;
}

export type SpokenLine =
  | (Partial<MessageRef> & {
      readonly kind: "message";
      readonly at: number;
      readonly sender: string;
      /** Whether the nickname was the sender's own. */
      readonly registered: boolean;
      /** Whether the sender is known as a program. */
      readonly bot: boolean;
      readonly text: string;
      /** Whether the reader sent it. */
      readonly own: boolean;
      /** False for a replayed message, which never notifies. */
      readonly live: boolean;
      /** Whether its text was erased since it was shown. Default false. */
      readonly erased?: boolean;
    })
  | (Partial<MessageRef> & {
      readonly kind: "private";
      readonly at: number;
      readonly sender: string;
      /** As above. */
      readonly registered: boolean;
      readonly bot: boolean;
      readonly recipient: string;
      /** `User.id` of the recipient. */
      readonly recipientId?: string;
      readonly text: string;
      /** From the reader's point of view; `self` is a message to oneself. */
      readonly direction: "in" | "out" | "self";
      readonly live: boolean;
      /** As above. */
      readonly erased?: boolean;
    });

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
  /** The recipient of the message just sent is not in the room, and receives it when it comes back. */
  | { readonly kind: "stored"; readonly at: number; readonly nickname: string }
  /** The reader registered its nickname. */
  | {
      readonly kind: "registered";
      readonly at: number;
      readonly nickname: string;
      /** The one that the server made, which is shown this once; "": the reader chose it. */
      readonly secret: string;
      /** Whether it is kept on disk. */
      readonly kept: boolean;
    }
  /** A message that is about to be erased without a question. `nickname`: null for the reader. */
  | { readonly kind: "redacting"; readonly at: number; readonly message: MeantMessage }
  /** The reader issued an invite. `uses`: 0 for any number. */
  | {
      readonly kind: "invite";
      readonly at: number;
      readonly code: string;
      readonly uses: number;
      readonly forMs: number;
    }
  /** Private messages of the reader whose recipient left before they were delivered. */
  | {
      readonly kind: "undelivered";
      readonly at: number;
      readonly nickname: string;
      readonly count: number;
      /** Texts of those that are known here, in their order; at most `count`. */
      readonly texts: readonly string[];
      /** Ids of their messages. */
      readonly ids?: readonly string[];
    }
  /** May have several rows. `id`: of its event. */
  | { readonly kind: "announcement"; readonly at: number; readonly text: string; readonly id?: string }
  /** A message has another text. `own`: the reader's. */
  | {
      readonly kind: "edited";
      readonly at: number;
      /** Id of the event of the edit. */
      readonly id?: string;
      /** Id of the event of the message. */
      readonly messageId?: string;
      /** Whether its text was erased since it was shown. Default false. */
      readonly erased?: boolean;
      readonly nickname: string;
      readonly own: boolean;
      readonly isPrivate: boolean;
      readonly text: string;
    }
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
  /** The reader ignores a person from now on: a guest until it leaves. */
  | {
      readonly kind: "person_ignored";
      readonly at: number;
      readonly nickname: string;
      readonly registered: boolean;
    }
  /** The reader no longer ignores a person. */
  | { readonly kind: "person_shown"; readonly at: number; readonly nickname: string }
  /** Output of /ignore: the people who are ignored. */
  | { readonly kind: "ignored_people"; readonly at: number; readonly nicknames: readonly string[] }
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

/** Above a reply or an edit: the message that it is about, as it was. */
export interface QuoteLine {
  readonly kind: "quote";
  readonly at: number;
  /** null if it is not known here: older than what was read, or erased. */
  readonly message: { readonly nickname: string; readonly text: string } | null;
  /** Id of its event. */
  readonly id?: string;
}

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
  /** Above what a registered nickname missed since it last left, on whatever device. `count`: as above. */
  | { readonly kind: "while_away"; readonly at: number; readonly count: number | null }
  /** Above the output of /history: the latest events, or `older` ones than before. */
  | { readonly kind: "history"; readonly at: number; readonly count: number; readonly older: boolean }
  /** Below it. `atStart`: nothing older is kept. */
  | { readonly kind: "history_end"; readonly at: number; readonly atStart: boolean }
  /** Above the first message that arrived while the reader was not looking, or since the last run. */
  | { readonly kind: "read_up_to"; readonly at: number }
  /** Above what /find found, or `older` than what it found before; `count` 0: nothing. */
  | {
      readonly kind: "found";
      readonly at: number;
      readonly text: string;
      readonly count: number;
      readonly older: boolean;
    }
  /** Below it. `atStart`: all that is kept was searched. */
  | { readonly kind: "found_end"; readonly at: number; readonly atStart: boolean }
  /** Gap: older messages are no longer kept, the others follow. `offlineMs`: null if it is not known. */
  | { readonly kind: "trimmed"; readonly at: number; readonly offlineMs: number | null };

/** A message that is meant by its place. */
export interface MeantMessage {
  /** Its sender; null for the reader. */
  readonly nickname: string | null;
  readonly text: string;
  /** By the server's clock, since 1970. */
  readonly at: number;
}

/** Bytes of UTF-8, and lines. */
export interface TextSize {
  readonly bytes: number;
  readonly lines: number;
}

export interface TextLimits {
  readonly maxTextBytes: number;
  readonly maxTextLines: number;
}

/** A line marked with a `!`. */
export interface ProblemLine {
  readonly kind: "problem";
  readonly at: number;
  readonly problem: Problem;
}

/** Where a refused text is now: "input": in the input; "held": among the pending lines, from where Up brings it back. */
export type Kept = "input" | "held" | "none";

export type Problem =
  /** The only one that is shown with a time. */
  | { readonly what: "connection_lost" }
  /** `typed` and `suggestion` with their slash. */
  | { readonly what: "unknown_command"; readonly typed: string; readonly suggestion: string | null }
  /** It would have gone to everyone, and looks like a command or like a message for one person: `meant`. */
  | { readonly what: "looks_like"; readonly like: "command" | "private"; readonly meant: string }
  /** A command of other chats, with its slash. */
  | { readonly what: "habit"; readonly habit: Habit; readonly typed: string }
  /** A name or a text is missing behind `/msg`, `/query`, `/say`. */
  | { readonly what: "nothing_searched" }
  | { readonly what: "bad_form"; readonly form: "msg" | "query" | "say" }
  /** /help knows nothing of it. */
  | { readonly what: "no_help"; readonly topic: string }
  /** `command`, with its slash, takes no argument. */
  | { readonly what: "takes_nothing"; readonly command: string }
  | { readonly what: "no_such_user"; readonly nickname: string; readonly suggestion: string | null }
  /** The person who was addressed has left, and someone else has the nickname now. */
  | { readonly what: "another_person"; readonly nickname: string; readonly kept: Kept }
  /** No member had the nickname when it was typed, and someone has it now. */
  | { readonly what: "joined_since"; readonly nickname: string; readonly kept: Kept }
  /** `@name` of an unknown member, and no text: a space may be missing. */
  | { readonly what: "space_missing"; readonly nickname: string }
  /** Whom a private message is for, as it was typed, and no text. */
  | { readonly what: "nothing_to_send"; readonly behind: string }
  | { readonly what: "nobody_to_reply_to" }
  /** The argument of `command` (with its slash) is no number from 1 to `max`. */
  | { readonly what: "bad_count"; readonly command: string; readonly max: number }
  /** What follows `command` (with its slash) is not what it takes; `help`: its row in the catalogue. */
  | { readonly what: "bad_arguments"; readonly command: string; readonly help: CommandHelp }
  /** Asked before it is done; the same input again confirms it. */
  /** A reply to everyone, where someone has written privately since. */
  | { readonly what: "confirm_quote"; readonly message: MeantMessage; readonly kept: Kept }
  | { readonly what: "confirm_redact"; readonly message: MeantMessage; readonly kept: Kept }
  | { readonly what: "confirm_ban"; readonly network: string; readonly kept: Kept }
  | { readonly what: "confirm_unregister"; readonly nickname: string; readonly kept: Kept }
  /** No message of the person (null: the reader) is known at that place. */
  | { readonly what: "nothing_to_redact"; readonly nickname: string | null }
  /** The reader has sent nothing here that could be edited. */
  | { readonly what: "nothing_to_edit" }
  /** No one else, or not this person, has said anything here that could be quoted. */
  | { readonly what: "nothing_to_quote"; readonly nickname: string | null }
  /** The message is no longer kept, or not visible. */
  | { readonly what: "message_gone" }
  /** No such person to act on. */
  | { readonly what: "no_such_person"; readonly nickname: string }
  /** Oneself cannot be ignored. */
  | { readonly what: "ignores_self" }
  /** No one of that name is ignored. */
  | { readonly what: "not_ignored"; readonly nickname: string }
  /** The person who was meant has left, and someone else has the nickname now: nothing was done to them. */
  | { readonly what: "another_target"; readonly nickname: string; readonly kept: Kept }
  | { readonly what: "no_such_ban"; readonly id: string }
  /** The server does not have what `command` (with its slash) needs. */
  | { readonly what: "not_offered"; readonly command: string }
  /** The reader's role does not permit it; `message`: in the server's wording. */
  | { readonly what: "not_allowed"; readonly message: string; readonly kept: Kept }
  /** `retryMs`: null without end. */
  | { readonly what: "muted"; readonly retryMs: number | null; readonly kept: Kept }
  /** Guests may not speak at present; `message`: in the server's wording. */
  | { readonly what: "registered_only"; readonly message: string; readonly kept: Kept }
  /** The server does not implement ListEvents. */
  | { readonly what: "no_history" }
  | { readonly what: "rate_limited"; readonly retryMs: number; readonly kept: Kept }
  | {
      readonly what: "text_too_long";
      /** At least one of them exceeds its limit; the server's own count is not known. */
      readonly size: TextSize;
      readonly limits: TextLimits;
      readonly kept: Kept;
    }
  | { readonly what: "ignoring"; readonly kept: Kept }
  /** All retries failed; `message` is the last error. */
  | { readonly what: "not_sent"; readonly message: string; readonly kept: Kept }
  /** The connection ended before the server had confirmed this text: it may have arrived. */
  | { readonly what: "not_confirmed"; readonly kept: Kept }
  /** The client left before the server had confirmed this text. */
  | { readonly what: "left_behind"; readonly text: string }
  /** The client left before this text could be sent. */
  | { readonly what: "left_unsent"; readonly text: string }
  /** Typed while a login was under way that asked for more: it may have been meant for the login. */
  | { readonly what: "typed_at_login"; readonly kept: Kept }
  /** Pending lines were cancelled. */
  | { readonly what: "cancelled"; readonly count: number }
  /** The person's own editor could not be run, or ended with an error. */
  | { readonly what: "editor_failed"; readonly editor: string; readonly why: string }
  /** The input holds characters in the place of bytes that were not UTF-8. */
  | { readonly what: "not_utf8" }
  /** The input is full: it holds `room` characters (UTF-16 units), and more were left out. */
  | { readonly what: "input_full"; readonly room: number }
  /** Any other refusal, in the server's wording. */
  | { readonly what: "refused"; readonly message: string; readonly kept: Kept }
  /** `code`: the system's code of the cause, such as ECONNREFUSED, or ""; `message`: the cause in words. */
  | {
      readonly what: "cannot_reach";
      readonly server: string;
      readonly code: string;
      readonly message: string;
    }
  /** The connection failed at a proxy; `status` and `code` as in ProxyFault. */
  | ({ readonly what: "proxy"; readonly server: string } & ProxyFault)
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
  /** Registered, and no secret was given. */
  | { readonly what: "nickname_registered"; readonly nickname: string; readonly suggestion: string | null }
  /** The secret is not that of the nickname. */
  | { readonly what: "secret_wrong"; readonly nickname: string }
  /** The room asks for its passphrase or an invite; `given`: what was given is not valid. */
  | { readonly what: "invite_needed"; readonly given: boolean }
  /** The room is entered through the application that it belongs to. */
  | { readonly what: "external_only" }
  /** Guests may not enter at present; `retryMs`: null if waiting does not help. */
  | { readonly what: "guests_refused"; readonly retryMs: number | null }
  /** In the server's wording, with the moderator's reason; `reference`: id of the ban. */
  | { readonly what: "banned"; readonly message: string; readonly reference: string }
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
  /** `User.id`. */
  readonly id?: string;
  readonly self: boolean;
  readonly registered: boolean;
  readonly role: Role;
  readonly bot: boolean;
  /** Whether the reader ignores it. Default false. */
  readonly ignored?: boolean;
}

/** Output of /bans, the newest first. */
export interface BansLine {
  readonly kind: "bans";
  readonly at: number;
  readonly bans: readonly ListedBan[];
}

export interface ListedBan {
  readonly id: string;
  /** Nickname, network or both; at least one is not "". */
  readonly nickname: string;
  readonly network: string;
  /** The rest of the ban; null: without end. */
  readonly forMs: number | null;
  /** "" for the operator. */
  readonly moderator: string;
  /** "" if none was given. */
  readonly reason: string;
}

/** Output of /help: rows in the reader's language; the Catalog's last sentence is added when it is shown. */
export interface HelpLine {
  readonly kind: "help";
  readonly at: number;
  readonly rows: readonly HelpRow[];
  /** Whether they are about one topic, and not all commands. Default false. */
  readonly isTopic?: boolean;
}

export interface HelpRow {
  readonly usage: string;
  readonly summary: string;
}

/** The row of a command in the catalogue: its usage and summary. */
export type CommandHelp =
  | "ls"
  | "ignore"
  | "reply"
  | "history"
  | "register"
  | "unregister"
  | "redact"
  | "find"
  | "quote"
  | "edit"
  | "kick"
  | "ban"
  | "bans"
  | "unban"
  | "mute"
  | "erase"
  | "announce"
  | "invite"
  | "close"
  | "ignorePerson"
  | "showPerson"
  | "reconnect"
  | "clear"
  | "help"
  | "quit";
