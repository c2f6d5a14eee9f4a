import type { Figures } from "../job.js";
import { ratiosByRound, type Spread, spread } from "./stats.js";

interface Where {
  readonly block: string;
  readonly round: number;
  readonly system: string;
  readonly subscribers: number;
}

/** The figures of one phase at one system in one round. */
export interface Row extends Where {
  readonly workload: string;
  /** Load average of the machine over the preceding minute. */
  readonly loadAverage: number;
  readonly figures: Figures;
}

/** A step that did not complete. */
export interface Failure extends Where {
  readonly reason: string;
}

/** One figure of one system in one workload, over the rounds. */
export interface Series {
  readonly system: string;
  readonly subscribers: number;
  readonly workload: string;
  readonly figure: keyof Figures;
}

/** The values of a series by round. */
function valuesByRound(rows: readonly Row[], series: Series): Map<number, number> {
  const values = new Map<number, number>();
  for (const row of rows) {
    const { system, subscribers, workload } = series;
    if (row.system !== system || row.subscribers !== subscribers || row.workload !== workload) continue;
    const value = row.figures[series.figure];
    if (value !== undefined && Number.isFinite(value)) values.set(row.round, value);
  }
  return values;
}

/** Median and ends of a series; undefined if nothing was measured. */
export function summary(rows: readonly Row[], series: Series): Spread | undefined {
  return spread([...valuesByRound(rows, series).values()]);
}

/** Median and ends of the per-round ratios of two series; undefined if no round has both. */
export function ratio(rows: readonly Row[], of: Series, to: Series): Spread | undefined {
  return spread(ratiosByRound(valuesByRound(rows, of), valuesByRound(rows, to)));
}

/** Median and ends of the per-round differences of two series; undefined if no round has both. */
export function difference(rows: readonly Row[], of: Series, from: Series): Spread | undefined {
  const base = valuesByRound(rows, from);
  const found = [...valuesByRound(rows, of)].flatMap(([round, value]) => {
    const less = base.get(round);
    return less === undefined ? [] : [value - less];
  });
  return spread(found);
}
