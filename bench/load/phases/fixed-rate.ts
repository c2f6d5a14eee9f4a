import { createHistogram, type Histogram } from "../histogram.js";
import { waitUntil } from "../wait.js";
import { type Stage, spreadSlot } from "./closed-loop.js";

/** Timers are late by up to 1 ms, so the last interval before a scheduled time is spent polling the clock. */
const spinMs = 2;
/** Time limit for a server that cannot keep up to finish. */
const drainMs = 10_000;

/** The result of a fixed-rate phase. */
export interface FixedRate {
  readonly latencies: Histogram;
  /** Messages that did not reach all subscribers in time. */
  readonly undelivered: number;
}

/**
 * Sends at scheduled times for `seconds`. Latency is measured from the scheduled time, so that a server that delays
 * its senders does not hide it (no coordinated omission). Messages without a free slot wait in order.
 */
export async function runFixedRate(
  { crowd, ledger, outbox }: Stage,
  { messagesPerSecond, seconds }: { messagesPerSecond: number; seconds: number },
): Promise<FixedRate> {
  const latencies = createHistogram();
  const total = Math.max(1, Math.round(messagesPerSecond * seconds));
  const intervalMs = 1000 / messagesPerSecond;
  const startMs = performance.now() + intervalMs;
  const free = Array.from({ length: outbox.slots }, (_, index) => spreadSlot(index, outbox.slots));
  const queue: number[] = [];
  ledger.record(latencies);

  function dispatch(): void {
    while (free.length > 0 && queue.length > 0) {
      const slot = free.shift()!;
      outbox.publish(slot, queue.shift()!, undefined, () => {
        free.push(slot);
        dispatch();
      });
    }
  }

  await new Promise<void>((resolve) => {
    let next = 0;
    function tick(): void {
      while (next < total && performance.now() >= startMs + next * intervalMs) {
        const id = ledger.open(crowd.receiving, startMs + next * intervalMs, () => {});
        crowd.spoke(id);
        queue.push(id);
        next += 1;
      }
      dispatch();
      if (next === total) {
        resolve();
        return;
      }
      const leftMs = startMs + next * intervalMs - performance.now();
      if (leftMs > spinMs) setTimeout(tick, leftMs - spinMs);
      else setImmediate(tick);
    }
    tick();
  });
  await waitUntil(() => ledger.underWay === 0 && free.length === outbox.slots, drainMs);
  ledger.record(undefined);
  return { latencies, undelivered: ledger.underWay };
}
