import type { Figures } from "../job.js";
import { type Row, ratio, type Series, summary } from "./results.js";
import type { Spread } from "./stats.js";

/** The bound of a ratio. */
export type Bound = { readonly atMost: number } | { readonly atLeast: number };

/** A target: the ratio of two series of the same rounds, or a series of times itself. */
export type Gate = Bound & {
  readonly title: string;
  readonly of: Series;
  /** Undefined: the bound is one of `of`, in milliseconds. */
  readonly to: Series | undefined;
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

function arrivals(system: string, subscribers: number, figure: keyof Figures): Series {
  return { system, subscribers, workload: "arrivals", figure };
}

/** CPU per connect of a later thousand over the first. */
function growth(system: string, subscribers: number, atMost: number): Gate {
  return {
    title: `${system}: CPU per connect of the ${subscribers / 1_000}th thousand over the first`,
    of: arrivals(system, subscribers, "cpuMicrosPerConnect"),
    to: arrivals(system, 1_000, "cpuMicrosPerConnect"),
    atMost,
  };
}

function arrivalsOverWs(system: string, subscribers: number, atMost: number): Gate {
  return {
    title: `${system} against ws: CPU of connect, login and feed, ${subscribers} arrivals`,
    of: arrivals(system, subscribers, "cpuMicrosPerConnectSoFar"),
    to: arrivals("ws", subscribers, "cpuMicrosPerConnectSoFar"),
    atMost,
  };
}

function pause(system: string, workload: string, what: string): Gate {
  const series = { system, subscribers: 10_000, workload, figure: "longestPauseMs" } as const;
  return {
    title: `${system}: longest pause of the event loop, S=10000, ${what}`,
    of: series,
    to: undefined,
    atMost: 20,
  };
}

function overNats(
  system: string,
  workload: "herd" | "idle",
  figure: keyof Figures,
  what: string,
  atMost: number,
): Gate {
  const series = { subscribers: 5_000, workload, figure } as const;
  return {
    title: `${system} against nats, S=5000: ${what}`,
    of: { ...series, system },
    to: { ...series, system: "nats" },
    atMost,
  };
}

function lists(system: string): Gate {
  const series = { system, subscribers: 5_000 };
  return {
    title: `${system}: CPU of a whole list over one Broadcast, S=5000`,
    of: { ...series, workload: "list users", figure: "cpuMicrosPerList" },
    to: { ...series, workload: "list T1", figure: "cpuMicrosPerMessage" },
    atMost: 0.15,
  };
}

/** Two servers on an engine beside one on SQLite. */
function overOneServer(system: string): Gate[] {
  const compared = (
    workload: string,
    subscribers: number,
    figure: keyof Figures,
  ): Pick<Gate, "of" | "to"> => ({
    of: { system, subscribers, workload, figure },
    to: { system: sqlite, subscribers, workload, figure },
  });
  const title = `${system} against ${sqlite}`;
  return [
    {
      title: `${title}, 200 messages/s, p50 from one server to the other`,
      ...compared("servers 200/s", 1, "p50Ms"),
      atMost: 1.5,
    },
    {
      title: `${title}, 64 outstanding, messages per second`,
      ...compared("servers 64", 2, "deliveriesPerSecond"),
      atLeast: 0.4,
    },
    {
      title: `${title}, S=600, T1, CPU per delivery`,
      ...compared("servers T1", 600, "cpuMicrosPerDelivery"),
      atMost: 1.2,
    },
  ];
}

/** A moderator among 1,000 feeds, and logins with secrets. */
function moderated(system: string): Gate[] {
  const series = { system, subscribers: 1_000 } as const;
  return [
    {
      title: `${system}, S=1000: from a ban to the end of the last feed`,
      of: { ...series, workload: "ban", figure: "actionMs" },
      to: undefined,
      atMost: 100,
    },
    {
      title: `${system}, S=1000: 500 messages erased`,
      of: { ...series, workload: "erase", figure: "actionMs" },
      to: undefined,
      atMost: 1_000,
    },
    withinSystem(system, 1_000, ["logins", "no logins"], "responseP99Ms", "p99 of Broadcast", 1.5),
  ];
}

/** Searches in 100,000 messages. */
function searched(system: string): Gate[] {
  const series = { system, subscribers: 1, workload: "search" } as const;
  return [
    {
      title: `${system}: p99 of a search in 100,000 messages`,
      of: { ...series, figure: "responseP99Ms" },
      to: undefined,
      atMost: 40,
    },
  ];
}

/** One server beside another build of it, where `--against` names one: that it costs no more. */
function overOtherBuild(system: string, other: string): Gate[] {
  return [against(system, other, 1_000, "disk T1", 1.05), against(system, other, 1_000, "disk T32", 1.05)];
}

/** The crowd that arrives or comes back, and the fan-out over HTTP/2. */
const firstGates: readonly Gate[] = [
  growth(h2, 5_000, 1),
  growth(h1, 5_000, 1),
  growth(h1, 10_000, 1.2),
  arrivalsOverWs(h1, 1_000, 4),
  arrivalsOverWs(h1, 5_000, 4),
  overNats(sqlite, "herd", "seconds", "all caught up after a restart against bare subscriptions", 4),
  {
    title: `${h2} against ${h1}: CPU of one Broadcast, S=1`,
    of: { system: h2, subscribers: 1, workload: "unary", figure: "cpuMicrosPerMessage" },
    to: { system: h1, subscribers: 1, workload: "unary", figure: "cpuMicrosPerMessage" },
    atMost: 2,
  },
  overNats(h1, "idle", "rssBytesPerSubscriber", "memory of an idle subscriber", 2.2),
  overNats(h2, "idle", "rssBytesPerSubscriber", "memory of an idle subscriber", 2.5),
  ...[h1, h2].flatMap((system) => [
    pause(system, "pause quiet", "quiet"),
    pause(system, "pause broadcast", "during one Broadcast"),
  ]),
  lists(h1),
  lists(h2),
  against(h2, "inspircd", 1_000, "T1", 2.4),
  against(h2, "inspircd", 1_000, "T32", 1.9),
];

/** The targets of the project, most of them ratios. */
export const gates: readonly Gate[] = [
  ...firstGates,
  against(h1, "inspircd", 1_000, "T1", 1.5),
  against(h1, "inspircd", 1_000, "T32", 1.1),
  against(h1, "inspircd", 5_000, "T32", 0.7),
  against(h1, "nats", 5_000, "T32", 0.7),
  against(h1, "ws", 1_000, "T32", 0.1),
  against(h1, "threads", 1_000, "T32", 0.1),
  against(h1, "inspircd", 1_000, "fixed", 1.5, "p99Ms"),
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
  ...overOtherBuild(h1, "other-h1"),
  ...overOtherBuild(sqlite, "other-sqlite"),
  ...overOneServer("parlance-redis"),
  ...overOneServer("parlance-valkey"),
  ...moderated("parlance-moderated"),
  ...moderated("parlance-moderated-sqlite"),
  ...searched("parlance-searched"),
  ...searched("parlance-searched-sqlite"),
];

/** Whether a value is within the bound. */
export function isWithin(bound: Bound, value: number): boolean {
  return "atMost" in bound ? value <= bound.atMost : value >= bound.atLeast;
}

/** Compares the medians with the targets; judges none if the machine is not precise enough (`judge` false). */
export function judgeGates(rows: readonly Row[], judge: boolean): Verdict[] {
  return gates.map((gate) => {
    const found = gate.to === undefined ? summary(rows, gate.of) : ratio(rows, gate.of, gate.to);
    return { gate, found, reached: found === undefined || !judge ? undefined : isWithin(gate, found.median) };
  });
}
