import type { Claim, Clock, Ids, Inspection } from "../room/ports.js";

/** Leases of an embedded engine, in memory and timed by the monotonic clock: none outlives the process. */
export interface Leases {
  /** `ttlMs` may be Infinity. */
  begin(ttlMs: number): string;
  /** False once the lease has ended. */
  renew(lease: string, ttlMs: number): boolean;
  end(lease: string): void;
  endAll(): void;
  lives(lease: string): boolean;
  /** All that live. */
  live(): string[];
  /** Another lease has taken over a claim of this one (promise N8). */
  lose(lease: string, name: string): void;
  /** The names lost since the last call. */
  takeLost(lease: string): string[];
}

/** Promise N8. `deadBut`: the claims that are on none of some leases. */
export function inspectLease(
  leases: Leases,
  lease: string,
  ttlMs: number,
  deadBut: (live: readonly string[]) => readonly Claim[],
): Inspection {
  return {
    renewed: leases.renew(lease, ttlMs),
    lost: leases.takeLost(lease),
    dead: deadBut(leases.live()),
  };
}

export function createLeases(clock: Clock, ids: Ids): Leases {
  const endsAt = new Map<string, number>();
  const lost = new Map<string, Set<string>>();

  function lives(lease: string): boolean {
    const until = endsAt.get(lease);
    if (until !== undefined && until > clock.monotonic()) return true;
    end(lease);
    return false;
  }

  function end(lease: string): void {
    endsAt.delete(lease);
    lost.delete(lease);
  }

  const live = () => [...endsAt.keys()].filter(lives);

  return {
    lives,
    live,
    begin(ttlMs) {
      live();
      const lease = ids.random();
      endsAt.set(lease, clock.monotonic() + ttlMs);
      return lease;
    },
    renew(lease, ttlMs) {
      if (!lives(lease)) return false;
      endsAt.set(lease, clock.monotonic() + ttlMs);
      return true;
    },
    end,
    endAll() {
      endsAt.clear();
      lost.clear();
    },
    lose(lease, name) {
      if (!lives(lease)) return;
      const names = lost.get(lease) ?? new Set();
      lost.set(lease, names.add(name));
    },
    takeLost(lease) {
      const names = [...(lost.get(lease) ?? [])];
      lost.delete(lease);
      return names;
    },
  };
}
