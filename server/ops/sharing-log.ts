import type { Observation } from "../room/observer.js";
import { type Clock, type Store, Unavailable } from "../room/ports.js";
import type { Log } from "./log.js";
import { wrapAppend } from "./wrap-append.js";

const EVERY_MS = 60_000;
/** Half of what a lease lasts: it is renewed each 2.5 s. */
const OLD_LEASE_MS = 5_000;

/** How well this server keeps up with the store, at the moment. */
export interface SharingReadings {
  /** Events in the log that the room has not applied, and for how long there have been any. */
  readonly lag: { readonly events: number; readonly ms: number };
  /** Since the lease was renewed. */
  readonly leaseAgeMs: number;
}

const NOTHING = { appends: 0, unknown: 0, reconnects: 0, takeovers: 0, reaped: 0 };

/**
 * One record a minute with the figures of a store that servers share, so that their logs alone show what happened between
 * them; no record of a minute in which nothing did.
 */
export class SharingLog {
  private counts = { ...NOTHING };
  private inFlight = 0;
  private readings: (() => SharingReadings) | undefined;
  private cancel = () => {};

  constructor(
    private readonly log: Pick<Log, "info">,
    private readonly clock: Pick<Clock, "after">,
  ) {}

  /** The same store, whose appends are counted. */
  counted(store: Store): Store {
    return wrapAppend(store, (append) => async (data, options) => {
      this.inFlight++;
      try {
        const appended = await append(data, options);
        if (!appended.duplicate) this.counts.appends++;
        return appended;
      } catch (error) {
        if (error instanceof Unavailable && error.outcome === "unknown") this.counts.unknown++;
        throw error;
      } finally {
        this.inFlight--;
      }
    });
  }

  observe({ kind }: Observation): void {
    if (kind === "store_recovered") this.counts.reconnects++;
    else if (kind === "claim_taken_over") this.counts.takeovers++;
    else if (kind === "member_reaped") this.counts.reaped++;
  }

  start(readings: () => SharingReadings): void {
    this.readings = readings;
    this.arm();
  }

  /** Logs what was counted and not logged yet. */
  stop(): void {
    this.cancel();
    this.write();
  }

  private arm(): void {
    this.cancel = this.clock.after(EVERY_MS, () => {
      this.write();
      this.arm();
    });
  }

  private write(): void {
    if (!this.readings) return;
    const { lag, leaseAgeMs } = this.readings();
    const { counts, inFlight } = this;
    const hasCounted = Object.values(counts).some((count) => count > 0);
    if (!hasCounted && inFlight === 0 && lag.events === 0 && leaseAgeMs < OLD_LEASE_MS) return;
    this.counts = { ...NOTHING };
    this.log.info("shared store, last minute", {
      ...counts,
      in_flight: inFlight,
      lag_events: lag.events,
      lag_ms: Math.round(lag.ms),
      lease_age_ms: Math.round(leaseAgeMs),
    });
  }
}
