import type { OutcomeRow } from "../../job.js";
import { createHistogram } from "../histogram.js";

/** The clocks at one moment: elapsed milliseconds and the server's CPU time. */
export interface Reading {
  readonly ms: number;
  readonly serverMicros: number;
}

/** Divides arrivals into slices of `every`: the last slice may be shorter. */
export interface Arrivals {
  /** One more subscriber has had its first event. */
  arrived(tookMs: number): void;
  /** A row for each slice; its `subscribers` counts all that had arrived at its end. */
  rows(workload: string): OutcomeRow[];
}

/** Begins to count now. `read` reads the clocks. */
export function countArrivals(every: number, total: number, read: () => Reading): Arrivals {
  const start = read();
  const slices: OutcomeRow["figures"][] = [];
  const ends: number[] = [];
  let last = start;
  let count = 0;
  let took = createHistogram();

  function close(): void {
    const now = read();
    const inSlice = took.count;
    const seconds = (now.ms - last.ms) / 1000;
    ends.push(count);
    slices.push({
      seconds,
      connectsPerSecond: inSlice / seconds,
      cpuMicrosPerConnect: (now.serverMicros - last.serverMicros) / inSlice,
      cpuMicrosPerConnectSoFar: (now.serverMicros - start.serverMicros) / count,
      firstEventP50Ms: took.quantile(0.5),
      firstEventP99Ms: took.quantile(0.99),
    });
    last = now;
    took = createHistogram();
  }

  return {
    arrived(tookMs) {
      count += 1;
      took.add(tookMs, 1);
      if (count % every === 0 || count === total) close();
    },
    rows: (workload) =>
      slices.map((figures, index) => ({ workload, figures, subscribers: ends[index] ?? total })),
  };
}
