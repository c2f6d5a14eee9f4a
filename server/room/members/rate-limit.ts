/** `perSecond`: in the long run; 0: no limit. `burst`: size of the bucket, at least 1. */
export interface RateLimit {
  readonly perSecond: number;
  readonly burst: number;
}

/** Far below a clock's resolution, far above the rounding error of summed fractions. */
const ROUNDING_MS = 0.001;

/**
 * A token bucket, one per member. It starts full and keeps one number, the time at which it will be full again (the
 * generic cell rate algorithm, ITU-T I.371).
 */
export class RateLimiter {
  private readonly intervalMs: number;
  private readonly burstMs: number;
  private fullAtMs = -Infinity;

  constructor({ perSecond, burst }: RateLimit) {
    this.intervalMs = perSecond === 0 ? 0 : 1_000 / perSecond;
    this.burstMs = this.intervalMs * (Math.max(1, burst) - 1);
  }

  /**
   * Takes a token and returns 0, or takes none and returns after how many whole milliseconds there is one. `nowMs`:
   * monotonic.
   */
  acquire(nowMs: number): number {
    if (this.intervalMs === 0) return 0;
    const fromMs = Math.max(this.fullAtMs, nowMs);
    const waitMs = fromMs - nowMs - this.burstMs;
    if (waitMs > ROUNDING_MS) return Math.ceil(waitMs);
    this.fullAtMs = fromMs + this.intervalMs;
    return 0;
  }

  /** Returns the token of the latest `acquire`. */
  refund(): void {
    this.fullAtMs -= this.intervalMs;
  }
}
