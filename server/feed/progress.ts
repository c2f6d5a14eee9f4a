import { sees, type Viewer } from "../room/log/record.js";
import type { Position } from "../room/ports.js";
import type { ControlEvent, GapReason } from "./control-events.js";
import type { FeedEntry } from "./encoding.js";

/** How far a reader has come: all that is kept for it. */
export interface Progress {
  readonly viewer: Viewer;
  /** All that the viewer may see up to here has been sent. */
  epoch: string;
  seq: number;
  /** The ring's generation in which `seq` is known to be a position of the log; 0: not known. */
  generation: number;
  /** Where the replay ends and the live feed begins. */
  target: number;
  /** Events sent before `target`. */
  replayed: number;
  caughtUp: boolean;
}

interface Gap {
  readonly reason: GapReason;
  readonly resume: Position;
  /** The newest position known here. */
  readonly head: number;
}

/** What there is for a reader to do next. */
export type Step =
  | { readonly kind: "entries"; readonly entries: readonly FeedEntry[]; readonly generation: number }
  | ({ readonly kind: "gap" } & Gap)
  /** The reader has all that was flushed. */
  | { readonly kind: "head" }
  /** The reader has seen more than was flushed here: wait. */
  | { readonly kind: "ahead" }
  /** The reader is gone. */
  | { readonly kind: "unwanted" };

/** One thing to send. `position`: the reader's cursor after a control event; undefined for goodbye. */
export type FeedItem =
  | { readonly kind: "entry"; readonly entry: FeedEntry }
  | { readonly kind: "control"; readonly event: ControlEvent; readonly position?: Position };

/**
 * What a step has for the reader. Moves the reader's progress on only when the next item is taken: an item at which the
 * caller stops counts as not sent.
 */
export function itemsOf(progress: Progress, step: Step): Iterable<FeedItem> {
  switch (step.kind) {
    case "entries":
      return walk(progress, step.entries, step.generation);
    case "gap":
      return jump(progress, step);
    case "head":
    case "ahead":
      return arrive(progress);
    case "unwanted":
      return [];
  }
}

function* walk(
  progress: Progress,
  entries: readonly FeedEntry[],
  generation: number,
): Generator<FeedItem, void> {
  yield* arrive(progress);
  for (const entry of entries) {
    if (sees(progress.viewer, entry, entry.seq)) {
      yield { kind: "entry", entry };
      if (!progress.caughtUp) progress.replayed++;
    }
    progress.epoch = entry.epoch;
    progress.seq = entry.seq;
    progress.generation = generation;
    yield* arrive(progress);
  }
}

function* jump(progress: Progress, { reason, resume, head }: Gap): Generator<FeedItem, void> {
  yield { kind: "control", event: { kind: "gap", reason }, position: resume };
  progress.epoch = resume.epoch;
  progress.seq = resume.seq;
  progress.generation = 0;
  // The old target was a number of a log that is no more.
  progress.target = Math.max(resume.seq, head);
  yield* arrive(progress);
}

/** Sends caught_up once, when the replay is over. */
function* arrive(progress: Progress): Generator<FeedItem, void> {
  if (progress.caughtUp || progress.seq < progress.target) return;
  yield {
    kind: "control",
    event: { kind: "caught_up", replayed: progress.replayed },
    position: positionOf(progress),
  };
  progress.caughtUp = true;
}

export function positionOf({ epoch, seq }: Progress): Position {
  return { epoch, seq };
}
