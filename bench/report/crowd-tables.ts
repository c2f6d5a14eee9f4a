import type { Figures } from "../job.js";
import type { System } from "../systems/system.js";
import { median, nothing, table, withEnds } from "./format.js";
import { countsIn, lookUp, systemsIn } from "./look-up.js";
import { type Row, ratio } from "./results.js";

const milli = 1e-3;

function count(subscribers: number): string {
  return subscribers.toLocaleString("en-GB");
}

/** A cell for each number of subscribers. */
function growth(
  rows: readonly Row[],
  systems: readonly System[],
  figure: keyof Figures,
  scale: number,
): string {
  const counts = countsIn(rows, ["arrivals"]);
  const body = systems.map(({ name, title }) => [
    title,
    ...counts.map((subscribers) => median(lookUp(rows, name, subscribers).of("arrivals", figure), scale)),
  ]);
  return table(["System", ...counts.map((subscribers) => `to ${count(subscribers)}`)], body);
}

/** The first, the fifth and the last thousand of the arrivals. */
function arrivalDetails(rows: readonly Row[], systems: readonly System[]): string {
  const counts = countsIn(rows, ["arrivals"]);
  const shown = [...new Set([counts[0], counts[4], counts.at(-1)])].filter((one) => one !== undefined);
  const head = [
    "Case",
    "connects/s",
    "first event p50 ms",
    "first event p99 ms",
    "CPU ms per connect so far",
    "× ws",
  ];
  const body = systems.flatMap(({ name, title }) =>
    shown.map((subscribers) => {
      const { of, against } = lookUp(rows, name, subscribers);
      return [
        `${title}, to ${count(subscribers)}`,
        withEnds(of("arrivals", "connectsPerSecond")),
        withEnds(of("arrivals", "firstEventP50Ms")),
        withEnds(of("arrivals", "firstEventP99Ms")),
        withEnds(of("arrivals", "cpuMicrosPerConnectSoFar"), milli),
        name === "ws" ? nothing : withEnds(against("arrivals", "cpuMicrosPerConnectSoFar", "ws")),
      ];
    }),
  );
  return table(head, body);
}

/** What each further thousand of arrivals costs. */
export function arrivalsSection(rows: readonly Row[], systems: readonly System[]): string[] {
  const measured = systemsIn(rows, systems, ["arrivals"]);
  if (measured.length === 0) return [];
  const costs = growth(rows, measured, "cpuMicrosPerConnect", milli);
  return [
    `### Arrivals\n\nCPU ms per connect, in each further thousand:\n\n${costs}\n\n${arrivalDetails(rows, measured)}`,
  ];
}

/** The return of everyone after a restart. */
export function herdSection(rows: readonly Row[], systems: readonly System[]): string[] {
  const head = ["Case", "seconds", "× nats", "CPU ms per feed", "caught up p50 ms", "p99 ms"];
  head.push("events replayed to each", "listen overflows");
  const body = countsIn(rows, ["herd"]).flatMap((subscribers) =>
    systemsIn(rows, systems, ["herd"]).map(({ name, title }) => {
      const { of, against } = lookUp(rows, name, subscribers);
      const overflows = of("herd", "listenOverflows");
      return [
        `${title}, S = ${count(subscribers)}`,
        withEnds(of("herd", "seconds")),
        name === "nats" ? nothing : withEnds(against("herd", "seconds", "nats")),
        withEnds(of("herd", "cpuMicrosPerConnect"), milli),
        withEnds(of("herd", "p50Ms")),
        withEnds(of("herd", "p99Ms")),
        withEnds(of("herd", "eventsReplayed")),
        overflows === undefined ? nothing : `${overflows.median}`,
      ];
    }),
  );
  return body.length === 0 ? [] : [`### Return after a restart\n\n${table(head, body)}`];
}

/** The longest turns of the event loop. */
export function pauseSection(rows: readonly Row[], systems: readonly System[]): string[] {
  const names = ["pause quiet", "pause broadcast", "pause arriving"];
  const head = [
    "Longest pause of the event loop, ms",
    "quiet",
    "during one Broadcast",
    "during the arrivals",
    "waited for the CPU",
  ];
  const body = countsIn(rows, names).flatMap((subscribers) =>
    systemsIn(rows, systems, names).map(({ name, title }) => [
      `${title}, S = ${count(subscribers)}`,
      ...names.map((workload) => withEnds(lookUp(rows, name, subscribers).of(workload, "longestPauseMs"))),
      names
        .map((workload) => median(lookUp(rows, name, subscribers).of(workload, "waitedForCpuMs")))
        .join(" / "),
    ]),
  );
  return body.length === 0 ? [] : [`### Pauses\n\n${table(head, body)}`];
}

/** A whole list of the members beside one message to them. */
export function listSection(rows: readonly Row[], systems: readonly System[]): string[] {
  const head = ["Case", "CPU ms per list", "CPU ms per Broadcast", "list / Broadcast"];
  const body = countsIn(rows, ["list users"]).flatMap((subscribers) =>
    systemsIn(rows, systems, ["list users"]).map(({ name, title }) => {
      const { of } = lookUp(rows, name, subscribers);
      const series = { system: name, subscribers };
      const list = { ...series, workload: "list users", figure: "cpuMicrosPerList" } as const;
      const broadcast = { ...series, workload: "list T1", figure: "cpuMicrosPerMessage" } as const;
      return [
        `${title}, S = ${count(subscribers)}`,
        withEnds(of(list.workload, list.figure), milli),
        withEnds(of(broadcast.workload, broadcast.figure), milli),
        withEnds(ratio(rows, list, broadcast)),
      ];
    }),
  );
  return body.length === 0 ? [] : [`### Lists\n\n${table(head, body)}`];
}

/** The memory of idle subscribers, as an operator sees it and after a forced collection. */
export function idleSection(rows: readonly Row[], systems: readonly System[]): string[] {
  const names = ["idle", "idle collected"];
  const kibibyte = 1 / 1024;
  const head = ["KiB per idle subscriber", "as it is", "× nats", "after a forced collection"];
  const body = countsIn(rows, names).flatMap((subscribers) =>
    systemsIn(rows, systems, names).map(({ name, title }) => {
      const { of, against } = lookUp(rows, name, subscribers);
      return [
        `${title}, S = ${count(subscribers)}`,
        withEnds(of("idle", "rssBytesPerSubscriber"), kibibyte),
        name === "nats" ? nothing : withEnds(against("idle", "rssBytesPerSubscriber", "nats")),
        withEnds(of("idle collected", "rssBytesPerSubscriber"), kibibyte),
      ];
    }),
  );
  return body.length === 0 ? [] : [`### Idle subscribers\n\n${table(head, body)}`];
}
