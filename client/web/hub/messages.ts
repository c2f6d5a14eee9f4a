/** What the views in the tabs and the hub send each other by a MessagePort: plain data that can be cloned. */
import type { Given } from "../../chat/input/arguments.js";
import type { HelpWords } from "../../chat/input/commands.js";
import type { Completion } from "../../chat/input/complete.js";
import type { About, Line, NoticeLine, Problem } from "../../chat/line.js";
import type { LoginQuestion } from "../../chat/problem.js";
import type { Connection, Ignored } from "../../chat/state.js";
import type { Feature } from "../../session/limits.js";
import type { Member, Person } from "../../session/person.js";
import type { Room } from "../../session/room.js";

/** What the browser keeps of a session, so that a reload or a closed tab does not leave the room. */
export interface Stored {
  readonly token: string;
  readonly self: Person;
  /** Of the last event that was shown; "" before. */
  readonly cursor: string;
  /** Local clock, ms since 1970: when the connection was last known to be open. */
  readonly seenMs: number;
}

/** Lines that were printed together. */
export interface Batch {
  readonly lines: readonly Line[];
  /** Cursor to read back from, for what precedes these lines; "" if it is not known. */
  readonly before: string;
}

/** Events from before what a view shows. */
export interface Older extends Batch {
  /** Whether nothing older is kept. */
  readonly atStart: boolean;
}

/** Events from after what a view shows. */
export interface Newer {
  readonly lines: readonly Line[];
  /** Cursor to read on from. */
  readonly after: string;
  /** Whether they reach the present. */
  readonly atEnd: boolean;
}

/** A part of the log, with what it goes on from on both sides. */
export type Region = Older & Newer;

/** A message, an edit or an announcement that contains what was searched for. */
export interface Found {
  /** Of its event. */
  readonly id: string;
  readonly cursor: string;
  readonly line: Line;
}

/** The results of a search, oldest first. */
export interface Results {
  readonly found: readonly Found[];
  /** Cursor to search on from. */
  readonly before: string;
  /** Whether all that is kept was searched. */
  readonly atStart: boolean;
}

/** An input that is not sent, or not confirmed. */
export interface PendingLine {
  readonly id: number;
  /** As it may be shown. */
  readonly text: string;
  /** From 1, in the order in which they are sent. */
  readonly place: number;
  /** Whether it is under way, so that it can be neither changed nor cancelled. */
  readonly isSending: boolean;
  /** Local clock: when the rate limit lets it through; null: it is not known to be limited. */
  readonly retryAtMs: number | null;
}

export interface Entering {
  /** "" where the room is entered through an application. */
  readonly nickname: string;
  /** "": as a guest. */
  readonly secret: string;
  /** "": none. */
  readonly invite: string;
}

export type Status =
  /** Not in the room. `problem`: why the last login failed, or why the session ended. */
  | {
      readonly phase: "out";
      readonly nickname: string;
      readonly problem: Problem | null;
      /**
       * The same for programs: a reason of the protocol, or UNREACHABLE, TOKEN_UNAVAILABLE (the application that embeds the
       * room could not be asked for a token) or UNKNOWN.
       */
      readonly reason: string | null;
      /** Whether no user is signed in at the application that embeds the room. */
      readonly isSignedOut: boolean;
      /** What a moderator did that ended the stay, with the reason that was given. */
      readonly removal: NoticeLine | null;
      /** What the problem asks for. */
      readonly question: LoginQuestion;
      /** The server's suggestion in place of a refused nickname. */
      readonly suggestion: string | null;
      readonly busy: boolean;
      /** What the room asks for; null if it is not known. */
      readonly room: Room | null;
      readonly features: readonly Feature[];
    }
  | {
      readonly phase: "in";
      readonly self: Person;
      readonly connection: Connection;
      readonly ignoring: boolean;
      /** null if it is not known. */
      readonly online: number | null;
      /** Texts that wait for the connection or their turn, or have had no response for a while. */
      readonly pending: readonly PendingLine[];
      /** Title of the room; "" if it has none, or it is not known. */
      readonly title: string;
      readonly registered: boolean;
      /** Names of the commands that are offered to the reader here. */
      readonly commands: readonly string[];
    };

export type Out = Extract<Status, { phase: "out" }>;

/** Not in the room, and nothing is known of why. */
export const OUT: Out = {
  phase: "out",
  nickname: "",
  problem: null,
  reason: null,
  isSignedOut: false,
  removal: null,
  question: "nickname",
  suggestion: null,
  busy: false,
  room: null,
  features: [],
};

/** What a menu on a name goes by. */
export interface PersonFacts extends Member {
  readonly isSelf: boolean;
  readonly isHere: boolean;
  readonly isIgnored: boolean;
  /** Whether the reader's role is above this person's. */
  readonly isBelow: boolean;
}

/** What the words of the chat model are taken from: the language of the view that was opened last. */
export type ModelWords = HelpWords & { readonly locale: string };

/** An input that is being typed. */
export interface Followed {
  /** Whom it reaches; null: everyone. */
  readonly recipient: string | null;
  /** Whether it contains a secret, which is neither shown nor kept. */
  readonly isSecret: boolean;
}

/** Calls of a view, which the hub replies to. */
export interface Calls {
  /** Whether there is a hub at the other end. */
  readonly ping: { readonly ask: null; readonly reply: null };
  /** The input as it is typed: an address means the person who has the name then. */
  readonly follow: { readonly ask: string; readonly reply: Followed | null };
  /** Submits a whole input. The reply: the problem, if the text did not go out. */
  readonly submit: {
    readonly ask: { readonly text: string; readonly about: About | null };
    readonly reply: Problem | null;
  };
  /** Does what a command does, with what was chosen in a menu or a dialog and confirmed there. */
  readonly perform: {
    readonly ask: { readonly command: string; readonly given: Given; readonly person: Person | null };
    readonly reply: Problem | null;
  };
  readonly complete: {
    readonly ask: { readonly text: string; readonly cursor: number };
    readonly reply: Completion | null;
  };
  readonly person: { readonly ask: Person; readonly reply: PersonFacts | null };
  /** The lines that a view shows when it opens. */
  readonly latest: { readonly ask: null; readonly reply: readonly Batch[] | null };
  /** Reads back from a cursor. null: it failed. */
  readonly older: { readonly ask: string; readonly reply: Older | null };
  /** Reads on from a cursor. */
  readonly newer: { readonly ask: string; readonly reply: Newer | null };
  /** Reads what is around an event, by its cursor. */
  readonly around: { readonly ask: string; readonly reply: Region | null };
  readonly find: {
    readonly ask: { readonly text: string; readonly before: string };
    readonly reply: Results | Problem | null;
  };
  /** Takes a pending input out, to change it; null: it is no longer there. */
  readonly take: {
    readonly ask: number;
    readonly reply: { readonly text: string; readonly about: About | null } | null;
  };
  /** Drops a pending input. */
  readonly cancel: { readonly ask: number; readonly reply: null };
}

export type Call = {
  readonly [Name in keyof Calls]: {
    readonly kind: "call";
    readonly id: number;
    readonly name: Name;
    readonly ask: Calls[Name]["ask"];
  };
}[keyof Calls];

/** From a view to the hub. */
export type Request =
  | {
      readonly kind: "open";
      /** Base URL of the room. */
      readonly server: string;
      readonly words: ModelWords;
      readonly stored: Stored | null;
      /** People whom the reader ignores. */
      readonly ignored: readonly Ignored[];
    }
  | ({ readonly kind: "login" } & Entering)
  | { readonly kind: "leave" }
  /** The reader asks to connect now. */
  | { readonly kind: "reconnect" }
  /** The machine may have slept, or the network is back: do not wait for the next attempt. */
  | { readonly kind: "wake" }
  /** The tab goes. */
  | { readonly kind: "close" }
  | Call;

/** From the hub to a view. */
export type Update =
  | { readonly kind: "status"; readonly status: Status }
  /** `fresh`: instead of what is shown. */
  | { readonly kind: "batches"; readonly batches: readonly Batch[]; readonly fresh: boolean }
  /** These messages and edits were erased: their texts are shown no longer. */
  | { readonly kind: "erased"; readonly ids: readonly string[] }
  | { readonly kind: "stored"; readonly stored: Stored | null }
  | { readonly kind: "ignored"; readonly ignored: readonly Ignored[] }
  /** The secret that the server made for the reader's nickname: to be shown this once. */
  | { readonly kind: "secret"; readonly nickname: string; readonly secret: string }
  /** The reader typed a search. */
  | { readonly kind: "search"; readonly text: string }
  | { readonly kind: "reply"; readonly id: number; readonly value: Calls[keyof Calls]["reply"] };
