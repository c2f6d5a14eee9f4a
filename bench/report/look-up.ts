import type { Figures } from "../job.js";
import type { System } from "../systems/system.js";
import { type Row, ratio, type Series, summary } from "./results.js";

/** Looks figures up for one system and number of subscribers. */
export function lookUp(rows: readonly Row[], system: string, subscribers: number) {
  const series = (workload: string, figure: keyof Figures, other = system): Series => ({
    system: other,
    subscribers,
    workload,
    figure,
  });
  return {
    of: (workload: string, figure: keyof Figures) => summary(rows, series(workload, figure)),
    /** One workload over another of the same system. */
    within: (workload: string, base: string, figure: keyof Figures) =>
      ratio(rows, series(workload, figure), series(base, figure)),
    against: (workload: string, figure: keyof Figures, other: string) =>
      ratio(rows, series(workload, figure), series(workload, figure, other)),
  };
}

/** The numbers of subscribers at which any of the workloads was measured, smallest first. */
export function countsIn(rows: readonly Row[], workloads: readonly string[]): number[] {
  const counts = rows
    .filter(({ workload }) => workloads.includes(workload))
    .map(({ subscribers }) => subscribers);
  return [...new Set(counts)].sort((a, b) => a - b);
}

/** The systems that ran any of the workloads. */
export function systemsIn(
  rows: readonly Row[],
  systems: readonly System[],
  workloads: readonly string[],
): System[] {
  return systems.filter(({ name }) =>
    rows.some((row) => row.system === name && workloads.includes(row.workload)),
  );
}
