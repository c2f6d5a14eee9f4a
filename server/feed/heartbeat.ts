import type { Clock } from "../room/ports.js";

/** Silence is measured in ticks, this many to an interval, so that no reader needs a timer of its own. */
export const TICKS_PER_INTERVAL = 16;

/** Counts ticks while feeds are open. */
export class Heartbeat {
  tick = 0;
  private feeds = 0;
  private cancel: (() => void) | undefined;

  /** `onTick`: called after each tick; a reader that received nothing for TICKS_PER_INTERVAL of them is due. */
  constructor(
    private readonly clock: Clock,
    private readonly intervalMs: number,
    private readonly onTick: () => void,
  ) {}

  feedOpened(): void {
    if (this.feeds++ === 0) this.arm();
  }

  feedClosed(): void {
    if (--this.feeds === 0) this.cancel?.();
  }

  private arm(): void {
    this.cancel = this.clock.after(this.intervalMs / TICKS_PER_INTERVAL, () => {
      this.arm();
      this.tick++;
      this.onTick();
    });
  }
}
