import type { Clock } from "../room/ports.js";

export interface StallLimits {
  /** A reader that takes nothing for so long is ended. */
  readonly silentMs: number;
  /** The same, once the ring has moved on past it: only the store could still serve it. */
  readonly overtakenMs: number;
  /** How often to look. */
  readonly sweepMs: number;
  /** How long an ended reader has to take its last bytes before it is cut off. */
  readonly cutMs: number;
}

/** Someone who was handed bytes and has not taken them. */
export interface Pending {
  /** Monotonic ms. */
  readonly sinceMs: number;
  overtaken(): boolean;
  stalled(): void;
}

export interface Stalls {
  add(pending: Pending): void;
  delete(pending: Pending): void;
}

/**
 * Looks at those who take nothing, and at nobody else. It has to be a timer: a peer that has stopped reading gives no
 * sign that one could wait for.
 */
export function createStalls(clock: Clock, limits: StallLimits): Stalls {
  const pending = new Set<Pending>();
  let armed = false;

  function arm(): void {
    if (armed || pending.size === 0) return;
    armed = true;
    clock.after(limits.sweepMs, () => {
      armed = false;
      sweep();
      arm();
    });
  }

  function sweep(): void {
    const now = clock.monotonic();
    for (const one of pending) {
      const forMs = now - one.sinceMs;
      if (forMs < limits.silentMs && (forMs < limits.overtakenMs || !one.overtaken())) continue;
      pending.delete(one);
      one.stalled();
    }
  }

  return {
    add(one) {
      pending.add(one);
      arm();
    },
    delete: (one) => pending.delete(one),
  };
}
