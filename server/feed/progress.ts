import { sees } from "../room/log/record.js";
import type { Position } from "../room/ports.js";
import type { FeedViewer } from "../room/verbs/subscribe.js";
import type { FeedEntry } from "./encoding.js";
import type { Ring } from "./ring.js";
import type { GapReason, Signal } from "./signals.js";

/** How far a reader has come: all that is kept for it. */
export interface Progress {
  readonly viewer: FeedViewer;
  /** All that the viewer may see up to here has been sent. */
  epoch: string;
  seq: number;
  /** The ring's generation in which `seq` is known to be a position of the log; 0: not known. */
  generation: number;
  /** Where the replay ends and the live feed begins. */
  target: number;
  /** Members in the room at the target; undefined: the ring may know. */
  targetOnline: number | undefined;
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
  | {
      readonly kind: "entries";
      readonly entries: readonly FeedEntry[];
      readonly generation: number;
      /** The ring's count of erasures when they were read: some may be erased since. */
      readonly erasuresBefore: number;
    }
  | ({ readonly kind: "gap" } & Gap)
  /** The reader has all that was flushed, and no more. */
  | { readonly kind: "head" }
  /** The reader has all that it may have now, which is more than was flushed: wait. */
  | { readonly kind: "ahead" }
  /** The reader is gone. */
  | { readonly kind: "unwanted" };

/** One thing to send. `position`: the reader's cursor. */
export type FeedItem =
  | { readonly kind: "entry"; readonly entry: FeedEntry }
  | { readonly kind: "signal"; readonly signal: Signal; readonly position: Position };

/** What the ring knows of the number of members. */
type Counts = Pick<Ring, "head" | "onlineAt">;

/**
 * What a step has for the reader. Moves the reader's progress on only when the next item is taken: an item at which the
 * caller stops counts as not sent.
 */
export function itemsOf(progress: Progress, step: Step, counts: Counts): Iterable<FeedItem> {
  switch (step.kind) {
    case "entries":
      return walk(progress, step.entries, step.generation, counts);
    case "gap":
      return jump(progress, step, counts);
    case "head":
    case "ahead":
      return arrive(progress, counts);
    case "unwanted":
      return [];
  }
}

function* walk(
  progress: Progress,
  entries: readonly FeedEntry[],
  generation: number,
  counts: Counts,
): Generator<FeedItem, void> {
  yield* arrive(progress, counts);
  for (const entry of entries) {
    if (sees(progress.viewer, entry, entry.seq)) {
      yield { kind: "entry", entry };
      if (!progress.caughtUp) progress.replayed++;
    }
    progress.epoch = entry.epoch;
    progress.seq = entry.seq;
    progress.generation = generation;
    yield* arrive(progress, counts);
  }
}

function* jump(progress: Progress, { reason, resume, head }: Gap, counts: Counts): Generator<FeedItem, void> {
  yield { kind: "signal", signal: { kind: "gap", reason }, position: resume };
  progress.epoch = resume.epoch;
  progress.seq = resume.seq;
  progress.generation = 0;
  // The old target was a number of a log that is no more.
  const target = Math.max(resume.seq, head);
  aimAt(progress, target, counts.onlineAt(target));
  yield* arrive(progress, counts);
}

/** Sends caught_up once, when the replay is over and the number of members at that position is known. */
function* arrive(progress: Progress, counts: Counts): Generator<FeedItem, void> {
  if (progress.caughtUp || progress.seq < progress.target) return;
  const isAtTarget = progress.seq === progress.target;
  const online = (isAtTarget ? progress.targetOnline : undefined) ?? counts.onlineAt(progress.seq);
  if (online === undefined) {
    // Either the room has yet to apply this position, or the ring has left it behind: the replay goes on to the head.
    const { seq } = counts.head;
    if (seq > progress.seq) aimAt(progress, seq, counts.onlineAt(seq));
    return;
  }
  yield {
    kind: "signal",
    signal: { kind: "caught_up", replayed: progress.replayed, online },
    position: positionOf(progress),
  };
  progress.caughtUp = true;
}

/** Sets where the replay ends. */
export function aimAt(progress: Progress, target: number, online: number | undefined): void {
  progress.target = target;
  progress.targetOnline = online;
}

export function positionOf({ epoch, seq }: Progress): Position {
  return { epoch, seq };
}
