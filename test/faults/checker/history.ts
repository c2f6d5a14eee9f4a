import type { RecordKind } from "../../../server/room/log/record.js";
import type { Position } from "../../../server/room/ports.js";

/** What happened in a run, as far as anyone outside could see it, and what the store holds at its end. */
export interface History {
  /** Everything in the store, in its order. */
  readonly log: readonly Logged[];
  /** Older epochs of the store -> their last numbers. */
  readonly ends: ReadonlyMap<string, number>;
  /** The store's last epoch. */
  readonly epoch: string;
  /** Member ids of the announced claims in the store. */
  readonly claimed: readonly string[];
  readonly requests: readonly Request[];
  /** Member id -> toggles that were answered. */
  readonly toggles: ReadonlyMap<string, number>;
  readonly feeds: readonly FeedRun[];
}

/** An event in the store. */
export interface Logged {
  readonly seq: number;
  /** ms since 1970. */
  readonly at: number;
  readonly kind: RecordKind;
  /** See RoomRecord. */
  readonly ids: readonly string[];
  /** The event in a few characters, as a reader would note it. */
  readonly content: string;
  /** Of a message. */
  readonly text?: string;
  /** Of joined and left. */
  readonly nickname?: string;
  readonly online?: number;
}

/** A message that somebody tried to send, as often as it took. Its text begins with its request_id and a space. */
export interface Request {
  readonly memberId: string;
  readonly requestId: string;
  /** The moment of the first try, in a count of moments that the whole run shares. */
  readonly begun: number;
  /** The moment of the last answer. */
  readonly done?: number;
  readonly answers: readonly Answer[];
}

export interface Answer {
  readonly seq: number;
  readonly at: number;
}

/** One stream of one reader, from Subscribe to its end. */
export interface FeedRun {
  readonly memberId: string;
  readonly after?: Position;
  readonly frames: readonly Frame[];
}

/** One thing that a stream told, but no goodbye, which has no place. */
export interface Frame extends Position {
  readonly kind: "event" | "note" | "gap";
  /** Of an event, as in Logged; of a gap, its reason. */
  readonly content: string;
}
