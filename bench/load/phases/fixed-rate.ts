import { createHistogram, type Histogram } from "../histogram.js";
import { waitUntil } from "../wait.js";
import { type Stage, spreadPlace } from "./closed-loop.js";

/** Timers are late by up to 1 ms, so the last stretch before a scheduled moment is spent looking at the clock. */
const spinMs = 2;
/** A server that cannot keep up is given this long to finish. */
const drainMs = 10_000;

/** What a fixed-rate phase found. */
export interface FixedRate {
  readonly latencies: Histogram;
  /** Messages that did not reach everyone in time. */
  readonly undelivered: number;
}

/**
 * Sends at scheduled moments for `seconds`. Latency counts from the scheduled moment, so that a server that holds up
 * its senders does not hide it. Messages for which no place is free wait in order.
 */
export async function runFixedRate(
  { crowd, ledger, outbox }: Stage,
  { messagesPerSecond, seconds }: { messagesPerSecond: number; seconds: number },
): Promise<FixedRate> {
  const latencies = createHistogram();
  const total = Math.max(1, Math.round(messagesPerSecond * seconds));
  const intervalMs = 1000 / messagesPerSecond;
  const startMs = performance.now() + intervalMs;
  const free = Array.from({ length: outbox.places }, (_, index) => spreadPlace(index, outbox.places));
  const queue: number[] = [];
  ledger.record(latencies);

  function dispatch(): void {
    while (free.length > 0 && queue.length > 0) {
      const place = free.shift()!;
      outbox.publish(place, queue.shift()!, undefined, () => {
        free.push(place);
        dispatch();
      });
    }
  }

  await new Promise<void>((resolve) => {
    let next = 0;
    function tick(): void {
      while (next < total && performance.now() >= startMs + next * intervalMs) {
        const id = ledger.open(crowd.hearing, startMs + next * intervalMs, () => {});
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
  await waitUntil(() => ledger.underWay === 0 && free.length === outbox.places, drainMs);
  ledger.record(undefined);
  return { latencies, undelivered: ledger.underWay };
}
