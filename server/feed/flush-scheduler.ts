import type { RecordKind } from "../room/log/record.js";
import type { Clock } from "../room/ports.js";

export interface CoalescingLimits {
  /** Number of open feeds from which joined and left events are coalesced. */
  readonly largeRoom: number;
  /** How long they wait, ms: less than a person notices. */
  readonly delayMs: number;
}

/**
 * Decides when appended events are flushed to live readers: at the end of the turn, so that all of a turn share one write
 * per reader. In a large room a joined or left event alone is not worth a write per reader (a thousand logins in a row
 * would be half a million writes): it is flushed with the next message, or after `delayMs`. The order of events is not
 * changed.
 */
export class FlushScheduler {
  private atEndOfTurn = false;
  private cancelDelay: (() => void) | undefined;

  constructor(
    private readonly clock: Clock,
    private readonly limits: CoalescingLimits,
    private readonly openFeeds: () => number,
    private readonly flush: () => void,
  ) {}

  /** An event of this kind is to be flushed. */
  schedule(kind: RecordKind): void {
    if (this.atEndOfTurn) return;
    const canWait = kind === "joined" || kind === "left";
    if (canWait && this.openFeeds() >= this.limits.largeRoom) {
      this.cancelDelay ??= this.clock.after(this.limits.delayMs, this.run);
      return;
    }
    this.atEndOfTurn = true;
    setImmediate(this.run);
  }

  private readonly run = (): void => {
    this.atEndOfTurn = false;
    this.cancelDelay?.();
    this.cancelDelay = undefined;
    this.flush();
  };
}
