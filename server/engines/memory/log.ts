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
import { startAfter } from "../position.js";
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
  readonly steady: SteadyClock;
  readonly watchers: Watchers;
  /** Checks the fence and applies its `then`. Throws Fenced. */
  readonly pass: (fence: Fence) => void;
}

/**
 * Events in a ring indexed by number: the cost of an append, a trim and a lookup does not depend on how many are kept.
 */
export function createMemoryLog({ clock, epoch, maxEvents, steady, watchers, pass }: Settings): MemoryLog {
  const ring: (Entry | undefined)[] = [];
  const seen = createExpiring<Appended>(clock.monotonic);
  let first = 1;
  let last = 0;
  /** Event times never decrease (promise L1). */
  let newestAt = 0;

  const head = (): Head => ({ epoch, first, last });
  const at = (seq: number): Entry => ring[seq % maxEvents]!;

  function trim(atMost: number): void {
    const horizon = steady.horizon();
    for (let left = atMost; left > 0 && first <= last && at(first).at < horizon; left--) {
      ring[first++ % maxEvents] = undefined;
    }
  }

  return {
    head,
    append(data, { key, keyTtlMs = keyTtlDefaultMs, fence } = {}) {
      const known = key === undefined ? undefined : seen.get(key);
      if (known) return known;
      if (fence) pass(fence);
      const now = Math.max(newestAt, clock.now());
      newestAt = now;
      const entry = { epoch, seq: ++last, at: now, data };
      ring[last % maxEvents] = entry;
      if (last - first === maxEvents) first++;
      trim(trimsPerAppend);
      const position = { epoch, seq: last, at: now };
      if (key !== undefined) seen.set(key, { ...position, duplicate: true }, keyTtlMs);
      watchers.notify(entry);
      return { ...position, duplicate: false };
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
