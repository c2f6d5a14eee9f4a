import type { Histogram } from "./histogram.js";
import { maxMarkerId } from "./marker.js";

/** The messages in flight, and whether each reached exactly its recipients. */
export interface Ledger {
  /**
   * Opens the next message, which `expected` streams must receive; returns its id. Its latency is measured from
   * `sinceMs`, by the clock of `performance.now`.
   */
  open(expected: number, sinceMs: number, done: () => void): number;
  /** A stream received message `id`. */
  deliver(id: number): void;
  /** Receives latencies from now on; undefined: they are not measured. */
  record(latencies: Histogram | undefined): void;
  readonly underWay: number;
  readonly delivered: number;
  /** Markers of messages that were never sent, or were already complete. Must be 0. */
  readonly strays: number;
  /** Number of messages opened so far; their ids are 0 to one less. */
  readonly opened: number;
}

/** An empty ledger. */
export function createLedger(): Ledger {
  const pending = new Map<number, { left: number; sinceMs: number; done: () => void }>();
  let histogram: Histogram | undefined;
  let nextId = 0;
  let delivered = 0;
  let strays = 0;
  return {
    open(expected, sinceMs, done) {
      if (nextId > maxMarkerId) throw new Error("more messages than a marker can count");
      const id = nextId;
      nextId += 1;
      pending.set(id, { left: expected, sinceMs, done });
      return id;
    },
    deliver(id) {
      const message = pending.get(id);
      if (message === undefined) {
        strays += 1;
        return;
      }
      delivered += 1;
      histogram?.add(performance.now() - message.sinceMs, 1);
      message.left -= 1;
      if (message.left === 0) {
        pending.delete(id);
        message.done();
      }
    },
    record(latencies) {
      histogram = latencies;
    },
    get underWay() {
      return pending.size;
    },
    get delivered() {
      return delivered;
    },
    get strays() {
      return strays;
    },
    get opened() {
      return nextId;
    },
  };
}
