import type { Figures } from "../job.js";
import { type Row, ratio, type Series } from "./results.js";
import type { Spread } from "./stats.js";

/** The bound of a ratio. */
export type Bound = { readonly atMost: number } | { readonly atLeast: number };

/** A target: the ratio of two series of the same rounds. */
export type Gate = Bound & {
  readonly title: string;
  readonly of: Series;
  readonly to: Series;
};

/** A gate and its result. */
export interface Verdict {
  readonly gate: Gate;
  /** Undefined: no round had both. */
  readonly found: Spread | undefined;
  /** Undefined: not judged. */
  readonly reached: boolean | undefined;
}

const h1 = "parlance-h1";
const h2 = "parlance-h2";

function against(
  system: string,
  other: string,
  subscribers: number,
  workload: string,
  atMost: number,
  figure: keyof Figures = "cpuMicrosPerDelivery",
): Gate {
  const unit = figure === "p99Ms" ? "p99" : "CPU per delivery";
  return {
    title: `${system} against ${other}, S=${subscribers}, ${workload}, ${unit}`,
    of: { system, subscribers, workload, figure },
    to: { system: other, subscribers, workload, figure },
    atMost,
  };
}

function withinSystem(
  system: string,
  subscribers: number,
  [workload, base]: readonly [string, string],
  figure: keyof Figures,
  what: string,
  atMost: number,
): Gate {
  return {
    title: `${system}, S=${subscribers}, ${workload} against ${base}, ${what}`,
    of: { system, subscribers, workload, figure },
    to: { system, subscribers, workload: base, figure },
    atMost,
  };
}

const sqlite = "parlance-sqlite";

/** The targets of the project, as ratios. */
export const gates: readonly Gate[] = [
  against(h1, "inspircd", 1_000, "T1", 1.5),
  against(h1, "inspircd", 1_000, "T32", 1.1),
  against(h1, "inspircd", 5_000, "T32", 0.7),
  against(h1, "nats", 5_000, "T32", 0.7),
  against(h1, "ws", 1_000, "T32", 0.1),
  against(h1, "threads", 1_000, "T32", 0.1),
  against(h1, "inspircd", 1_000, "fixed", 1.5, "p99Ms"),
  against(h2, "inspircd", 1_000, "T1", 2.5),
  against(h2, "inspircd", 1_000, "T32", 2.2),
  against(h2, "inspircd", 5_000, "T32", 1.3),
  against(h2, "naive-h2", 1_000, "T1", 0.25),
  against(h2, "naive-h2", 1_000, "T32", 0.03),
  against(h2, "grpc-js", 1_000, "T1", 1),
  against(h2, "grpc-js", 1_000, "T32", 0.1),
  against(h2, "inspircd", 1_000, "fixed", 3, "p99Ms"),
  ...[h1, h2].flatMap((system) => [
    withinSystem(system, 1_000, ["ignoring", "plain"], "cpuMicrosPerDelivery", "CPU per delivery", 1.3),
    withinSystem(system, 1_000, ["private", "plain"], "cpuMicrosPerDelivery", "CPU per delivery", 1.3),
    withinSystem(system, 100, ["stalled", "steady"], "p99Ms", "p99 of the other readers", 1.5),
    withinSystem(system, 100, ["stalled", "steady"], "maxRssBytes", "maximum memory", 1.1),
  ]),
  {
    title: `${sqlite} against ${h1}, 64 outstanding, messages per second`,
    of: { system: sqlite, subscribers: 1, workload: "disk 64", figure: "deliveriesPerSecond" },
    to: { system: h1, subscribers: 1, workload: "disk 64", figure: "deliveriesPerSecond" },
    atLeast: 0.25,
  },
  against(sqlite, h1, 1_000, "disk T1", 1.1),
  against(sqlite, h1, 1_000, "disk T32", 1.1),
];

/** Whether a value is within the bound. */
export function isWithin(bound: Bound, value: number): boolean {
  return "atMost" in bound ? value <= bound.atMost : value >= bound.atLeast;
}

/** Compares the medians with the targets; judges none if the machine is not precise enough (`judge` false). */
export function judgeGates(rows: readonly Row[], judge: boolean): Verdict[] {
  return gates.map((gate) => {
    const found = ratio(rows, gate.of, gate.to);
    return { gate, found, reached: found === undefined || !judge ? undefined : isWithin(gate, found.median) };
  });
}
