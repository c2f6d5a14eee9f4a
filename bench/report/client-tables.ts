import { number, table, withEnds } from "./format.js";
import { difference, type Row, type Series, summary } from "./results.js";
import type { Spread } from "./stats.js";

// Targets in milliseconds and shares of a core, so they apply to the machine of the run.
const startMsOverNode = 60;
const keyMs = 50;
const busyShareAt50 = 0.06;

const system = "parlance-h1";
const seriesOf = (workload: string, figure: Series["figure"]): Series => ({
  system,
  subscribers: 1,
  workload,
  figure,
});

function verdict(found: Spread | undefined, atMost: number): string {
  if (found === undefined) return "";
  return found.median <= atMost ? "reached" : "**missed**";
}

function startTable(rows: readonly Row[]): string | undefined {
  const cases = {
    "start node": "`node -e 0`",
    "start help": "`parlance --help`",
    "start first frame": "`parlance`, until its first prompt",
  };
  const body = Object.entries(cases).flatMap(([workload, title]) => {
    const took = summary(rows, seriesOf(workload, "startMs"));
    if (took === undefined) return [];
    if (workload === "start node") return [[title, withEnds(took)]];
    const more = difference(rows, seriesOf(workload, "startMs"), seriesOf("start node", "startMs"));
    return [[title, withEnds(took), withEnds(more), `≤ ${startMsOverNode}`, verdict(more, startMsOverNode)]];
  });
  return body.length === 0
    ? undefined
    : table(["Start", "ms", "ms over Node alone", "target", "verdict"], body);
}

function floodTable(rows: readonly Row[]): string | undefined {
  const workloads = [...new Set(rows.map(({ workload }) => workload))].filter((one) =>
    one.startsWith("flood "),
  );
  const body = workloads.map((workload) => {
    const of = (figure: Series["figure"]) => summary(rows, seriesOf(workload, figure));
    const busy = of("clientBusyShare");
    const keys = of("keyMaxMs");
    const reached = [
      ...(workload === "flood 50"
        ? [`core ≤ ${number(busyShareAt50 * 100)} %: ${verdict(busy, busyShareAt50)}`]
        : []),
      `keys ≤ ${keyMs} ms: ${verdict(keys, keyMs)}`,
    ];
    return [
      workload.replace("flood ", ""),
      withEnds(of("deliveriesPerSecond")),
      withEnds(busy, 100),
      withEnds(of("cpuMicrosPerMessage")),
      withEnds(of("keyP50Ms")),
      withEnds(of("keyP99Ms")),
      withEnds(keys),
      withEnds(of("p50Ms")),
      withEnds(of("p99Ms")),
      withEnds(of("maxRssBytes"), 2 ** -20),
      reached.join("; "),
    ];
  });
  const head = [
    "Messages/s sent",
    "shown/s",
    "% of a core",
    "µs CPU per message",
    "key p50 ms",
    "key p99 ms",
  ];
  const more = ["key max ms", "shown after p50 ms", "p99 ms", "RSS max MiB", "targets"];
  return body.length === 0 ? undefined : table([...head, ...more], body);
}

/** The terminal client: its start, and typing under a steady rate of messages. */
export function clientSection(rows: readonly Row[]): string[] {
  const parts = [startTable(rows), floodTable(rows)].filter((part) => part !== undefined);
  if (parts.length === 0) return [];
  const note = "These targets are times, not ratios: they are reported and do not fail `--check`.";
  return [["### Terminal client", ...parts, note].join("\n\n")];
}
