import type {
  Appended,
  AppendOptions,
  Batch,
  Clock,
  Entry,
  Fence,
  Head,
  Position,
} from "../../room/ports.js";
import { keyTtlDefaultMs, trimsPerAppend } from "../limits.js";
import { numbersToErase, startAfter } from "../position.js";
import type { SteadyClock } from "../steady-clock.js";
import type { Watchers } from "../watchers.js";
import { createExpiring } from "./expiring.js";

export interface MemoryLog {
  append(data: Uint8Array, options?: AppendOptions): Appended;
  read(after: Position | null, limit: number): Batch;
  head(): Head;
  sweep(): void;
}

interface Settings {
  readonly clock: Clock;
  readonly epoch: string;
  readonly maxEvents: number;
  readonly maxKept: number;
  readonly steady: SteadyClock;
  readonly watchers: Watchers;
  /** Checks the fence and applies its `then`; returns the new token of a renewal. Throws Fenced. */
  readonly pass: (fence: Fence) => number | undefined;
}

const NO_DATA = new Uint8Array();

/** How many events the ring has room for at first. */
const INITIAL_SLOTS = 1_024;

/**
 * Events in a ring indexed by number: the cost of an append, a trim and a lookup does not depend on how many are kept.
 * The ring grows with the notices in it.
 */
export function createMemoryLog(settings: Settings): MemoryLog {
  const { clock, epoch, maxEvents, maxKept, steady, watchers, pass } = settings;
  let ring: (Entry | undefined)[] = new Array(INITIAL_SLOTS);
  /** The numbers of the notices among the events kept. */
  const notices = new Set<number>();
  const seen = createExpiring<Appended>(clock.monotonic);
  let first = 1;
  let last = 0;
  /** Event times never decrease (promise L1). */
  let newestAt = 0;

  const head = (): Head => ({ epoch, first, last });
  const at = (seq: number): Entry => ring[seq % ring.length]!;
  const kept = () => last - first + 1;

  function grow(): void {
    const larger: (Entry | undefined)[] = new Array(ring.length * 2);
    for (let seq = first; seq <= last; seq++) larger[seq % larger.length] = at(seq);
    ring = larger;
  }

  /** Readers and watchers may still have the entry of before. */
  function makeVoid(seq: number): void {
    ring[seq % ring.length] = { ...at(seq), data: NO_DATA };
  }

  function dropOldest(): void {
    notices.delete(first);
    ring[first++ % ring.length] = undefined;
  }

  function trim(atMost: number): void {
    while (kept() - notices.size > maxEvents || kept() > maxKept) dropOldest();
    const horizon = steady.horizon();
    for (let left = atMost; left > 0 && first <= last && at(first).at < horizon; left--) dropOldest();
  }

  return {
    head,
    append(data, { key, tag = "", keyTtlMs = keyTtlDefaultMs, fence, notice = false, erase = [] } = {}) {
      const erased = numbersToErase(erase);
      const known = key === undefined ? undefined : seen.get(key);
      if (known) return known;
      const token = fence && pass(fence);
      for (const seq of erased) if (seq >= first && seq <= last) makeVoid(seq);
      const now = Math.max(newestAt, clock.now());
      newestAt = now;
      if (kept() === ring.length) grow();
      const entry = { epoch, seq: ++last, at: now, data };
      ring[last % ring.length] = entry;
      if (notice) notices.add(last);
      trim(trimsPerAppend);
      const appended = { epoch, seq: last, at: now, tag };
      if (key !== undefined) seen.set(key, { ...appended, duplicate: true }, keyTtlMs);
      watchers.notify(entry);
      return { ...appended, duplicate: false, ...(token !== undefined && { token }) };
    },
    read(after, limit) {
      const from = startAfter(after, head(), () => undefined) + 1;
      const count = Math.max(0, Math.min(limit, last - from + 1));
      return { ...head(), entries: Array.from({ length: count }, (_, i) => at(from + i)) };
    },
    sweep() {
      trim(Number.POSITIVE_INFINITY);
      seen.sweep();
    },
  };
}
