import { PositionLost } from "../room/ports.js";
import { gapReasons } from "./control-events.js";
import { openEntry } from "./entry.js";
import type { Progress, Step } from "./progress.js";
import type { Ring } from "./ring.js";
import type { StoreReader } from "./store-reader.js";

const MAX_PAGE = 256;

export interface Source {
  /** At once from the ring, else from the store. Never beyond what the room has applied and the feed has flushed. */
  next(progress: Progress, wanted: () => boolean): Step | Promise<Step>;
}

/** `flushed`: the number of the last event that live readers were sent. */
export function createSource(ring: Ring, store: StoreReader, flushed: () => number): Source {
  function inRing(progress: Progress): Step | undefined {
    const generation = ring.generation();
    if (progress.generation !== generation || progress.seq < ring.base()) return undefined;
    if (progress.seq === flushed()) return { kind: "head" };
    if (progress.seq > flushed()) return { kind: "ahead" };
    return { kind: "entries", entries: ring.after(progress.seq, flushed(), MAX_PAGE), generation };
  }

  async function fromStore(progress: Progress, wanted: () => boolean): Promise<Step> {
    for (;;) {
      const generation = ring.generation();
      const answer = await store.readPatiently(progress, wanted);
      if (!answer) return { kind: "unwanted" };
      if (generation !== ring.generation()) continue;
      if (answer instanceof PositionLost)
        return {
          kind: "gap",
          reason: gapReasons[answer.reason],
          resume: answer.resume,
          head: ring.head().seq,
        };
      // In another generation the replay cannot end at a number that was lost with the last one.
      progress.target = Math.min(progress.target, Math.max(ring.head().seq, progress.seq));
      // The room knows nothing yet of what was not flushed, so nobody could say who may see it.
      const known = answer.entries.filter((entry) => entry.seq <= flushed());
      const entries = known.map((entry) => openEntry(entry, answer.epoch));
      if (entries.length > 0) return { kind: "entries", entries, generation };
      progress.generation = generation;
      const step = inRing(progress);
      if (step) return step;
      throw new Error(`the log has nothing between ${progress.seq} and ${ring.base()}, and does not say why`);
    }
  }

  return { next: (progress, wanted) => inRing(progress) ?? fromStore(progress, wanted) };
}
