import { DEFAULT_LIMITS, type Limits } from "../session/limits.js";
import type { Self } from "../session/self.js";
import type { Line } from "./line.js";

/** Everything a client knows, without a terminal. Replaced, never changed; `reduce.ts` makes the next one. */
export interface State {
  /** Base URL. */
  readonly server: string;
  /** null before the first login. */
  readonly self: Self | null;
  readonly limits: Limits;
  readonly connection: Connection;
  /** Whether group messages are switched off. */
  readonly ignoring: boolean;
  /** Whether our own switch is on its way: its answer tells more than the event that comes with it. */
  readonly ignoreAsked: boolean;
  /** Members in the room, oneself included. */
  readonly online: number;
  /** Members that we know of, by `nameKey`; in very large rooms not all of them. */
  readonly people: ReadonlyMap<string, string>;
  /** Who was active, latest first, each once; also people who left. */
  readonly active: readonly Active[];
  /** Nickname of the last person a private message came from or went to. */
  readonly partner: string | null;
  /** Joins or leaves that wait for others to fold with. */
  readonly fold: Fold | null;
  /** What is replayed before the feed is live. */
  readonly replay: Replay | null;
  /** Our clock: since when we missed things, though the feed was never open in this process; null on a fresh start. */
  readonly awaySinceMs: number | null;
}

export type Connection =
  /** Before the first `hello`. */
  | { readonly phase: "connecting" }
  | { readonly phase: "online" }
  | {
      readonly phase: "offline";
      /** Our clock, ms since 1970: when the connection was lost. */
      readonly sinceMs: number;
      /** The attempt that comes next or is under way, from 1. */
      readonly attempt: number;
      /** Our clock; in the past while an attempt is under way. */
      readonly retryAtMs: number;
    }
  /** Ended for good; the client leaves. */
  | { readonly phase: "closed" };

export interface Active {
  readonly nickname: string;
  /** Our clock, ms since 1970. */
  readonly atMs: number;
  /** Whether they said something (joining is activity too). */
  readonly spoke: boolean;
}

export interface Fold {
  readonly kind: "joined" | "left";
  /** Time of the first one. */
  readonly at: number;
  readonly nicknames: readonly string[];
  /** Our clock: when it is told at the latest. */
  readonly untilMs: number;
}

/** A fresh start replays the backlog as it comes; what was missed is held back until it can be counted. */
export type Replay =
  | {
      readonly kind: "backlog";
      /** Messages so far. */
      readonly messages: number;
      /** Whether the reader's own joining was told. */
      readonly welcomed: boolean;
    }
  | {
      readonly kind: "missed";
      /** How long we were away. */
      readonly offlineMs: number;
      /** Our clock: when the lines are shown although there may be more. */
      readonly untilMs: number;
      /** Held lines, and the messages among them. */
      readonly lines: readonly Line[];
      readonly messages: number;
      /** Whether the heading is printed, so that lines are no longer held. */
      readonly opened: boolean;
      /** Whether a gap was told. */
      readonly gap: boolean;
    };

/** The next state, and what goes to the scrollback in this order. */
export interface Step {
  readonly state: State;
  readonly lines: readonly Line[];
}

export function initialState(server: string): State {
  return {
    server,
    self: null,
    limits: DEFAULT_LIMITS,
    connection: { phase: "connecting" },
    ignoring: false,
    ignoreAsked: false,
    online: 0,
    people: new Map(),
    active: [],
    partner: null,
    fold: null,
    replay: null,
    awaySinceMs: null,
  };
}
