/** What the views in the tabs and the hub send each other by a MessagePort: plain data that can be cloned. */
import type { HelpWords } from "../../chat/input/commands.js";
import type { Completion } from "../../chat/input/complete.js";
import type { Line, Problem } from "../../chat/line.js";
import type { Connection } from "../../chat/state.js";
import type { Person } from "../../session/person.js";

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
      /** Whether nobody is signed in at the application that embeds the room. */
      readonly isSignedOut: boolean;
      /** The server's suggestion in place of a refused nickname. */
      readonly suggestion: string | null;
      readonly busy: boolean;
    }
  | {
      readonly phase: "in";
      readonly self: Person;
      readonly connection: Connection;
      readonly ignoring: boolean;
      /** null if it is not known. */
      readonly online: number | null;
      /** Texts that wait for the connection or their turn, or have had no response for a while. */
      readonly pending: number;
    };

export type Out = Extract<Status, { phase: "out" }>;

/** Not in the room, and nothing is known of why. */
export const OUT: Out = {
  phase: "out",
  nickname: "",
  problem: null,
  reason: null,
  suggestion: null,
  isSignedOut: false,
  busy: false,
};

/** What the words of the chat model are taken from: the language of the view that was opened last. */
export type ModelWords = HelpWords & { readonly locale: string };

/** Calls of a view, which the hub replies to. */
export interface Calls {
  /** Submits a whole input. The reply: the problem, if the text did not go out. */
  readonly submit: { readonly ask: string; readonly reply: Problem | null };
  readonly complete: {
    readonly ask: { readonly text: string; readonly cursor: number };
    readonly reply: Completion | null;
  };
  /** Reads back from a cursor. null: it failed. */
  readonly older: { readonly ask: string; readonly reply: Older | null };
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
    }
  | { readonly kind: "login"; readonly nickname: string }
  | { readonly kind: "leave" }
  /** The input as it is typed. */
  | { readonly kind: "follow"; readonly text: string }
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
  | { readonly kind: "stored"; readonly stored: Stored | null }
  /** Whom the followed input reaches; null: everyone. */
  | { readonly kind: "recipient"; readonly nickname: string | null }
  | { readonly kind: "reply"; readonly id: number; readonly value: Calls[keyof Calls]["reply"] };
