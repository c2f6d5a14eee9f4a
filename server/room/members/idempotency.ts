const KEPT_MS = 5 * 60_000;
const MAX_RESULTS = 4_096;

interface Kept<T> {
  readonly result: Promise<T>;
  readonly untilMs: number;
}

/**
 * A member's recent results by request_id. A retry returns the result of the first call, which may still be in
 * progress; so it neither costs a token of the rate limit nor is refused for a state that began in between. After a
 * restart the log's idempotency keys (promise L3) take over.
 */
export class IdempotencyCache<T> {
  private readonly kept = new Map<string, Kept<T>>();

  /** Runs `work` unless it ran before; failures are not cached. `again`: the result is that of an earlier call. */
  async once(
    requestId: string,
    nowMs: number,
    work: () => Promise<T>,
  ): Promise<{ result: T; again: boolean }> {
    if (requestId === "") return { result: await work(), again: false };
    const earlier = this.kept.get(requestId);
    if (earlier && earlier.untilMs >= nowMs) return { result: await earlier.result, again: true };
    const result = work();
    this.kept.delete(requestId);
    this.kept.set(requestId, { result, untilMs: nowMs + KEPT_MS });
    this.trim(nowMs);
    try {
      return { result: await result, again: false };
    } catch (error) {
      if (this.kept.get(requestId)?.result === result) this.kept.delete(requestId);
      throw error;
    }
  }

  private trim(nowMs: number): void {
    for (const [oldest, { untilMs }] of this.kept) {
      if (untilMs >= nowMs && this.kept.size <= MAX_RESULTS) break;
      this.kept.delete(oldest);
    }
  }
}
