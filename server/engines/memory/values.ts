import type { Clock, PutOptions, Versioned } from "../../room/ports.js";
import { createExpiring } from "./expiring.js";

export interface MemoryValues {
  get(key: string): Versioned | null;
  put(key: string, value: Uint8Array, options?: PutOptions): number | null;
  delete(...keys: string[]): void;
  sweep(): void;
}

export function createMemoryValues(clock: Clock, nextVersion: () => number): MemoryValues {
  const held = createExpiring<Versioned>(clock.monotonic);
  return {
    get: (key) => held.get(key) ?? null,
    put(key, value, { ttlMs = Number.POSITIVE_INFINITY, ifVersion } = {}) {
      if (ifVersion !== undefined && ifVersion !== (held.get(key)?.version ?? 0)) return null;
      const version = nextVersion();
      held.set(key, { version, value }, ttlMs);
      return version;
    },
    delete(...keys) {
      for (const key of keys) held.delete(key);
    },
    sweep: held.sweep,
  };
}
