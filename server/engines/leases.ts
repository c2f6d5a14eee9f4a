import type { Clock, Ids } from "../room/ports.js";

/** Leases of an embedded engine, in memory and timed by the monotonic clock: none outlives the process. */
export interface Leases {
  /** `ttlMs` may be Infinity. */
  begin(ttlMs: number): string;
  /** False once the lease has ended. */
  renew(lease: string, ttlMs: number): boolean;
  end(lease: string): void;
  lives(lease: string): boolean;
}

export function createLeases(clock: Clock, ids: Ids): Leases {
  const endsAt = new Map<string, number>();

  function lives(lease: string): boolean {
    const end = endsAt.get(lease);
    if (end !== undefined && end > clock.monotonic()) return true;
    endsAt.delete(lease);
    return false;
  }

  return {
    lives,
    begin(ttlMs) {
      for (const lease of endsAt.keys()) lives(lease);
      const lease = ids.random();
      endsAt.set(lease, clock.monotonic() + ttlMs);
      return lease;
    },
    renew(lease, ttlMs) {
      if (!lives(lease)) return false;
      endsAt.set(lease, clock.monotonic() + ttlMs);
      return true;
    },
    end(lease) {
      endsAt.delete(lease);
    },
  };
}
