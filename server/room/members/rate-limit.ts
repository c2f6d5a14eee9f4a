/** What a bucket answers: go on, or come back in so many whole milliseconds. */
export type Taken = { readonly ok: true } | { readonly ok: false; readonly retryDelayMs: number };

/** A token bucket, one for each member. */
export interface Flood {
  /** Takes one if there is one. `nowMs`: monotonic. */
  take(nowMs: number): Taken;
  /** Undoes the latest take. */
  giveBack(): void;
}

/** `perSecond`: in the long run; 0: no limit. `burst`: how many at once before that applies, at least 1. */
export interface FloodSettings {
  readonly perSecond: number;
  readonly burst: number;
}

/** Far less than a clock can tell apart, far more than sums of fractions are wrong by. */
const ROUNDING_MS = 0.001;

const OK: Taken = { ok: true };
const unlimited: Flood = { take: () => OK, giveBack: () => undefined };

/** Begins full. Keeps nothing but the moment it will be full again (the generic cell rate algorithm, ITU-T I.371). */
export function createFlood({ perSecond, burst }: FloodSettings): Flood {
  if (perSecond === 0) return unlimited;
  const intervalMs = 1_000 / perSecond;
  const slackMs = intervalMs * (Math.max(1, burst) - 1);
  let fullAtMs = -Infinity;
  return {
    take(nowMs) {
      const fromMs = Math.max(fullAtMs, nowMs);
      const waitMs = fromMs - nowMs - slackMs;
      if (waitMs > ROUNDING_MS) return { ok: false, retryDelayMs: Math.ceil(waitMs) };
      fullAtMs = fromMs + intervalMs;
      return OK;
    },
    giveBack() {
      fullAtMs -= intervalMs;
    },
  };
}
