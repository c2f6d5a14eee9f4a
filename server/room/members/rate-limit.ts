/** `perSecond`: in the long run; 0: no limit. `burst`: size of the bucket, at least 1. */
export interface RateLimit {
  readonly perSecond: number;
  readonly burst: number;
}

/** Far below a clock's resolution, far above the rounding error of summed fractions. */
const ROUNDING_MS = 0.001;

/**
 * A token bucket, one per member, and one per address and budget. It starts full and keeps one number, the time at which it will be full again (the
 * generic cell rate algorithm, ITU-T I.371).
 */
export class RateLimiter {
  private readonly intervalMs: number;
  /** The time that a full bucket is worth. */
  private readonly burstMs: number;
  private fullAtMs = -Infinity;

  constructor({ perSecond, burst }: RateLimit) {
    this.intervalMs = perSecond === 0 ? 0 : 1_000 / perSecond;
    this.burstMs = this.intervalMs * Math.max(1, burst);
  }

  /**
   * Takes `tokens` and returns 0, or takes none and returns after how many whole milliseconds there are so many. More
   * than the bucket holds are had when it is full. `nowMs`: monotonic.
   */
  acquire(nowMs: number, tokens = 1): number {
    const waitMs = this.waitMs(nowMs, tokens);
    if (waitMs === 0) this.charge(nowMs, tokens);
    return waitMs;
  }

  /** After how many whole milliseconds there are `tokens`; 0: there are. */
  waitMs(nowMs: number, tokens = 1): number {
    const costMs = Math.min(this.intervalMs * tokens, this.burstMs);
    const waitMs = Math.max(this.fullAtMs, nowMs) + costMs - nowMs - this.burstMs;
    return waitMs > ROUNDING_MS ? Math.ceil(waitMs) : 0;
  }

  /** Takes tokens whether there are so many or not. */
  charge(nowMs: number, tokens = 1): void {
    if (this.intervalMs > 0) this.fullAtMs = Math.max(this.fullAtMs, nowMs) + this.intervalMs * tokens;
  }

  isFull(nowMs: number): boolean {
    return this.fullAtMs <= nowMs;
  }

  /** Returns the token of the latest `acquire`. */
  refund(): void {
    this.fullAtMs -= this.intervalMs;
  }
}
