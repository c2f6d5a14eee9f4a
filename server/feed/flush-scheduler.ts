import type { RecordKind } from "../room/log/record.js";
import type { Clock } from "../room/ports.js";

export interface CoalescingLimits {
  /** Number of open feeds from which joined and left events are coalesced. */
  readonly largeRoom: number;
  /** How long they wait at least, ms: less than a person notices. */
  readonly delayMs: number;
  /** How long they wait at least after a flush, in multiples of what that took. */
  readonly rest: number;
  /** Bound on that, ms. */
  readonly maxRestMs: number;
  /** How many of them wait at most: from there on, what a flush costs is its bytes, and waiting saves none of them. */
  readonly maxWaiting: number;
}

/**
 * Decides when appended events are flushed to live readers: at the end of the turn, so that all of a turn share one write
 * per reader. In a large room a joined or left event alone is not worth a write per reader (a thousand logins in a row
 * would be half a million writes): it is flushed with the next message, or after `delayMs`, or later if a flush is
 * expensive, or once so many wait that waiting saves nothing. The order of events is not changed.
 *
 * How expensive a flush is, is measured: from its start until the event loop has passed the check phase behind its last
 * slice, as that is where HTTP/2 sends what was written; what runs between the slices counts, too. With a constant delay,
 * a flush that takes longer than that would be due again as soon as it is through, and as Node accepts one connection per
 * turn, a crowd that arrives would be let in one reader per flush.
 */
export class FlushScheduler {
  /** Events that were scheduled since the last flush. */
  private waiting = 0;
  private endOfTurn: NodeJS.Immediate | undefined;
  private cancelDelay: (() => void) | undefined;
  /** Flushes whose duration is not known yet. */
  private measuring = 0;
  /** Monotonic ms. */
  private restUntilMs = 0;

  constructor(
    private readonly clock: Clock,
    private readonly limits: CoalescingLimits,
    private readonly openFeeds: () => number,
    /** `done` is to be called when every reader has been written what is flushed. */
    private readonly flush: (done: () => void) => void,
  ) {}

  /** An event of this kind is to be flushed. */
  schedule(kind: RecordKind): void {
    this.waiting++;
    if (this.endOfTurn) return;
    const canWait = kind === "joined" || kind === "left";
    if (canWait && this.openFeeds() >= this.limits.largeRoom) this.delay();
    else this.endOfTurn = setImmediate(this.flushNow);
  }

  /** Flushes what is scheduled without waiting. */
  readonly flushNow = (): void => {
    clearImmediate(this.endOfTurn);
    this.endOfTurn = undefined;
    this.cancelDelay?.();
    this.cancelDelay = undefined;
    if (this.waiting === 0) return;
    this.waiting = 0;
    const startMs = this.clock.monotonic();
    this.measuring++;
    this.flush(() => setImmediate(() => this.measured(startMs)));
  };

  private measured(startMs: number): void {
    const { rest, maxRestMs } = this.limits;
    const endMs = this.clock.monotonic();
    const restMs = Math.min(rest * (endMs - startMs), maxRestMs);
    this.restUntilMs = Math.max(this.restUntilMs, endMs + restMs);
    this.measuring--;
    if (this.waiting > 0 && !this.endOfTurn) this.delay();
  }

  private delay(): void {
    // While a flush is being measured, it is not known for how long.
    if (this.measuring > 0) return;
    const { delayMs, maxWaiting } = this.limits;
    if (this.waiting >= maxWaiting) this.endOfTurn = setImmediate(this.flushNow);
    else if (!this.cancelDelay) {
      const restMs = this.restUntilMs - this.clock.monotonic();
      this.cancelDelay = this.clock.after(Math.max(delayMs, restMs), this.flushNow);
    }
  }
}
