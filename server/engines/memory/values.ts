import type { Clock, Listed, PutOptions, Versioned } from "../../room/ports.js";
import { createExpiring } from "./expiring.js";

export interface MemoryValues {
  get(key: string): Versioned | null;
  put(key: string, value: Uint8Array, options?: PutOptions): number | null;
  delete(...keys: string[]): void;
  list(prefix: string, after: string, limit: number): readonly Listed[];
  sweep(): void;
}

export function createMemoryValues(clock: Clock, nextVersion: () => number): MemoryValues {
  const held = createExpiring<Versioned>(clock.monotonic);
  /** All keys in order, and some that are gone; undefined: to be made anew. */
  let index: readonly Key[] | undefined;

  /** From the first key that is `from` or comes after it. */
  function indexFrom(from: Buffer): readonly Key[] {
    index ??= [...held.keys()].map(keyOf).sort((a, b) => a.bytes.compare(b.bytes));
    let [low, high] = [0, index.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (index[middle]!.bytes.compare(from) < 0) low = middle + 1;
      else high = middle;
    }
    return index.slice(low);
  }

  return {
    get: (key) => held.get(key) ?? null,
    put(key, value, { ttlMs = Number.POSITIVE_INFINITY, ifVersion } = {}) {
      if (ifVersion !== undefined && ifVersion !== (held.get(key)?.version ?? 0)) return null;
      const version = nextVersion();
      if (!held.get(key)) index = undefined;
      held.set(key, { version, value }, ttlMs);
      return version;
    },
    delete(...keys) {
      for (const key of keys) held.delete(key);
    },
    list(prefix, after, limit) {
      const found: Listed[] = [];
      const start = Buffer.compare(Buffer.from(after), Buffer.from(prefix)) > 0 ? after : prefix;
      for (const { key } of indexFrom(Buffer.from(start))) {
        if (found.length === limit || !key.startsWith(prefix)) break;
        const value = key === after ? undefined : held.get(key);
        if (value) found.push({ key, ...value });
      }
      return found;
    },
    sweep: held.sweep,
  };
}

interface Key {
  readonly key: string;
  readonly bytes: Buffer;
}

function keyOf(key: string): Key {
  return { key, bytes: Buffer.from(key) };
}
