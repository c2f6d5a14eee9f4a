const KEPT_MS = 5 * 60_000;
const MAX_ANSWERS = 4_096;

interface Kept<T> {
  readonly answer: Promise<T>;
  readonly untilMs: number;
}

/**
 * The answers that a member lately got, by request_id: a retry gets the first one, also while the first is still
 * under way. So it is neither charged to the flood bucket nor refused for a state that began in between. The log's
 * own memory of keys stands behind it, for retries after a restart.
 */
export class RecentAnswers<T> {
  private readonly kept = new Map<string, Kept<T>>();

  /** `work` is done unless it was; a failure is not kept. Tells whether it had been done before. */
  async once(
    requestId: string,
    nowMs: number,
    work: () => Promise<T>,
  ): Promise<{ answer: T; again: boolean }> {
    if (requestId === "") return { answer: await work(), again: false };
    const earlier = this.kept.get(requestId);
    if (earlier && earlier.untilMs >= nowMs) return { answer: await earlier.answer, again: true };
    const answer = work();
    this.kept.delete(requestId);
    this.kept.set(requestId, { answer, untilMs: nowMs + KEPT_MS });
    this.trim(nowMs);
    try {
      return { answer: await answer, again: false };
    } catch (error) {
      if (this.kept.get(requestId)?.answer === answer) this.kept.delete(requestId);
      throw error;
    }
  }

  private trim(nowMs: number): void {
    for (const [oldest, { untilMs }] of this.kept) {
      if (untilMs >= nowMs && this.kept.size <= MAX_ANSWERS) break;
      this.kept.delete(oldest);
    }
  }
}
