import type { Clock } from "../room/ports.js";

export interface SlowConsumerLimits {
  /** A reader that takes nothing for this long is ended. */
  readonly stallMs: number;
  /** The same once the ring has moved past it, so that only the store could serve it. */
  readonly overtakenMs: number;
  readonly sweepMs: number;
  /** How long an ended reader has to take its last bytes before its stream is cut. */
  readonly cutMs: number;
}

/** A reader under backpressure. */
export interface Blocked {
  /** Monotonic ms. */
  readonly sinceMs: number;
  /** Whether the ring no longer holds what the reader needs next. */
  overtaken(): boolean;
  tooSlow(): void;
}

/** Finds readers that take nothing. Needs a timer: a peer that stops reading emits no event that one could wait for. */
export class SlowConsumers {
  private readonly blocked = new Set<Blocked>();
  private armed = false;

  constructor(
    private readonly clock: Clock,
    private readonly limits: SlowConsumerLimits,
  ) {}

  add(reader: Blocked): void {
    this.blocked.add(reader);
    this.arm();
  }

  delete(reader: Blocked): void {
    this.blocked.delete(reader);
  }

  private arm(): void {
    if (this.armed || this.blocked.size === 0) return;
    this.armed = true;
    this.clock.after(this.limits.sweepMs, () => {
      this.armed = false;
      this.sweep();
      this.arm();
    });
  }

  private sweep(): void {
    const { stallMs, overtakenMs } = this.limits;
    const now = this.clock.monotonic();
    for (const reader of this.blocked) {
      const forMs = now - reader.sinceMs;
      if (forMs < stallMs && (forMs < overtakenMs || !reader.overtaken())) continue;
      this.blocked.delete(reader);
      reader.tooSlow();
    }
  }
}
