import type { Figures } from "../job.js";
import type { System } from "../systems/system.js";
import { type Chart, drawCharts } from "./chart.js";
import { countsIn, lookUp } from "./look-up.js";
import type { Row } from "./results.js";

/** The curves to show: more lines would hide each other. */
const shown = ["parlance-h1", "parlance-h2", "ws", "nats", "inspircd", "centrifugo"];

function lines(
  rows: readonly Row[],
  systems: readonly System[],
  workload: string,
  figure: keyof Figures,
  scale: number,
): Chart["lines"] {
  const counts = countsIn(rows, [workload]);
  return shown.flatMap((name) => {
    const title = systems.find((system) => system.name === name)?.title;
    if (title === undefined) return [];
    const points = counts.flatMap((subscribers) => {
      const found = lookUp(rows, name, subscribers).of(workload, figure);
      // A logarithmic axis has no place for what is too cheap to measure.
      return found === undefined || found.median <= 0 ? [] : [[subscribers, found.median * scale] as const];
    });
    return [{ name: title, points }];
  });
}

/** How costs grow with the number of subscribers, as an SVG document; undefined if nothing of it was measured. */
export function drawGrowth(rows: readonly Row[], systems: readonly System[]): string | undefined {
  const delivery = (workload: "T1" | "T32", what: string): Chart => ({
    title: `CPU per delivery, ${workload}: ${what}`,
    xLabel: "subscribers",
    yLabel: "CPU, µs",
    logX: true,
    lines: lines(rows, systems, workload, "cpuMicrosPerDelivery", 1),
  });
  return drawCharts([
    {
      title: "Arrivals: CPU per connect, login and feed, in each further thousand",
      xLabel: "subscribers that have arrived",
      yLabel: "CPU, ms",
      logX: false,
      lines: lines(rows, systems, "arrivals", "cpuMicrosPerConnect", 1e-3),
    },
    delivery("T1", "one message in flight"),
    delivery("T32", "32 messages in flight"),
  ]);
}
