import type { RecordKind } from "../../../server/room/log/record.js";
import type { Position } from "../../../server/room/ports.js";

/** What clients observed during a run, and the content of the store at its end. */
export interface History {
  /** The log, in order. */
  readonly log: readonly Logged[];
  /** Older epochs of the store -> their last numbers. */
  readonly ends: ReadonlyMap<string, number>;
  /** The store's last epoch. */
  readonly epoch: string;
  /** Member ids of the announced claims in the store. */
  readonly claimed: readonly string[];
  readonly requests: readonly Request[];
  /** Member id -> acknowledged toggles. */
  readonly toggles: ReadonlyMap<string, number>;
  readonly feeds: readonly FeedRun[];
}

/** An event in the store. */
export interface Logged {
  readonly id: string;
  readonly seq: number;
  /** ms since 1970. */
  readonly at: number;
  readonly kind: RecordKind;
  /** See RoomRecord. */
  readonly ids: readonly string[];
  /** The event in short, as a reader records it. */
  readonly content: string;
  /** Of a message. */
  readonly text?: string;
  /** Of joined and left. */
  readonly nickname?: string;
  /** Of undelivered: the messages, and whom they were sent to. */
  readonly messageIds?: readonly string[];
  readonly recipientId?: string;
}

/** A message that a client tried to send, with retries. Its text begins with its request_id and a space. */
export interface Request {
  readonly memberId: string;
  readonly requestId: string;
  /** Logical time of the first attempt, shared by the whole run. */
  readonly begun: number;
  /** Logical time of the last response. */
  readonly done?: number;
  readonly answers: readonly Answer[];
}

export interface Answer {
  readonly id: string;
  readonly seq: number;
  readonly at: number;
}

/** One stream of one reader, from Subscribe to its end. */
export interface FeedRun {
  readonly memberId: string;
  readonly after?: Position;
  readonly frames: readonly Frame[];
}

/** One frame of a stream. */
export interface Frame extends Position {
  readonly kind: "event" | "note" | "gap";
  /** Of an event, as in Logged; of a gap, its reason. */
  readonly content: string;
  /** Of an event, as in Logged. */
  readonly id?: string;
  /** Of caught_up. */
  readonly online?: number;
}
