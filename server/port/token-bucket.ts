/** Permits `burst` at once and `perSecond` in the long run. Times are of a monotonic clock. */
export class TokenBucket {
  private tokens: number;
  private atMs: number | undefined;

  constructor(
    private readonly burst: number,
    private readonly perSecond: number,
  ) {
    this.tokens = burst;
  }

  /** Takes one token; false if there is none. */
  take(nowMs: number): boolean {
    this.refill(nowMs);
    if (this.tokens < 1) return false;
    this.tokens--;
    return true;
  }

  isEmpty(nowMs: number): boolean {
    this.refill(nowMs);
    return this.tokens < 1;
  }

  isHalfEmpty(nowMs: number): boolean {
    this.refill(nowMs);
    return this.tokens < this.burst / 2;
  }

  isFull(nowMs: number): boolean {
    this.refill(nowMs);
    return this.tokens >= this.burst;
  }

  private refill(nowMs: number): void {
    const elapsedMs = nowMs - (this.atMs ?? nowMs);
    this.atMs = nowMs;
    this.tokens = Math.min(this.burst, this.tokens + (elapsedMs / 1_000) * this.perSecond);
  }
}
