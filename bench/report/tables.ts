import type { System } from "../systems/system.js";
import { median, nothing, table, withEnds } from "./format.js";
import { countsIn, lookUp, systemsIn } from "./look-up.js";
import { type Row, ratio } from "./results.js";
import type { Spread } from "./stats.js";

const perCent = 100;
const mebibyte = 2 ** -20;

/** The reference of the comparison: InspIRCd if it ran, otherwise Node's floor. */
function referenceOf(rows: readonly Row[]): string {
  return rows.some(({ system }) => system === "inspircd") ? "inspircd" : "floor";
}

/** A throughput is only a lower bound where the load client was as busy as the server. */
function wall(speed: Spread | undefined, server: Spread | undefined, load: Spread | undefined): string {
  if (speed === undefined) return nothing;
  const bounded = load !== undefined && server !== undefined && load.median >= 0.9 * server.median;
  return `${bounded ? "≥ " : nothing}${median(speed)}`;
}

function busy(server: Spread | undefined, load: Spread | undefined): string {
  return server === undefined ? nothing : `${median(server, perCent)} / ${median(load, perCent)}`;
}

function deliveryTable(rows: readonly Row[], systems: readonly System[], subscribers: number): string {
  const reference = referenceOf(rows);
  const head = ["System", "T1 µs", `T1 × ${reference}`, "T32 µs", `T32 × ${reference}`, "T32 deliveries/s"];
  head.push(
    "server / load busy %",
    "p50 ms",
    "p99 ms",
    "p99.9 ms",
    "max ms",
    "connects/s",
    "CPU ms per connect",
  );
  const body = systems.map(({ name, title }) => {
    const { of, against } = lookUp(rows, name, subscribers);
    const shares = [of("T32", "serverBusyShare"), of("T32", "loadBusyShare")] as const;
    return [
      title,
      withEnds(of("T1", "cpuMicrosPerDelivery")),
      withEnds(against("T1", "cpuMicrosPerDelivery", reference)),
      withEnds(of("T32", "cpuMicrosPerDelivery")),
      withEnds(against("T32", "cpuMicrosPerDelivery", reference)),
      wall(of("T32", "deliveriesPerSecond"), ...shares),
      busy(...shares),
      ...(["p50Ms", "p99Ms", "p999Ms", "maxMs"] as const).map((figure) => median(of("fixed", figure))),
      median(of("storm", "connectsPerSecond")),
      median(of("storm", "cpuMicrosPerConnect"), 1e-3),
    ];
  });
  return table(head, body);
}

/** One table for each number of subscribers. */
export function deliverySections(rows: readonly Row[], systems: readonly System[]): string[] {
  const workloads = ["T1", "T32", "fixed", "storm"];
  return countsIn(rows, workloads).map((subscribers) => {
    const here = rows.filter((row) => row.subscribers === subscribers);
    return `### S = ${subscribers}\n\n${deliveryTable(here, systemsIn(here, systems, workloads), subscribers)}`;
  });
}

/** The cost of one message with one subscriber: of its call, above all. */
export function callSection(rows: readonly Row[], systems: readonly System[]): string[] {
  const body = systemsIn(rows, systems, ["unary"]).map(({ name, title }) => [
    title,
    withEnds(lookUp(rows, name, 1).of("unary", "cpuMicrosPerMessage")),
  ]);
  return body.length === 0
    ? []
    : [`### One message, one subscriber\n\n${table(["System", "µs CPU per message"], body)}`];
}

const mixed: readonly (readonly [workload: string, what: string])[] = [
  ["plain", "all receive everything"],
  ["private", "5 % of the messages are private"],
  ["ignoring", "5 % of the subscribers ignore"],
];

/** The cost of visibility. */
export function mixedSection(rows: readonly Row[], systems: readonly System[]): string[] {
  const names = mixed.map(([workload]) => workload);
  const body = countsIn(rows, names).flatMap((subscribers) =>
    systemsIn(rows, systems, names).flatMap(({ name, title }) =>
      mixed.map(([workload, what]) => {
        const { of } = lookUp(rows, name, subscribers);
        const series = { system: name, subscribers, workload, figure: "cpuMicrosPerDelivery" } as const;
        const compared =
          workload === "plain" ? undefined : ratio(rows, series, { ...series, workload: "plain" });
        return [
          `${title}, S = ${subscribers}: ${what}`,
          withEnds(of(workload, series.figure)),
          withEnds(compared),
        ];
      }),
    ),
  );
  return body.length === 0 ? [] : [`### Visibility, T32\n\n${table(["Case", "µs", "× plain"], body)}`];
}

/** The effect of stalled readers on the others. */
export function stalledSection(rows: readonly Row[], systems: readonly System[]): string[] {
  const names = ["steady", "stalled"];
  const head = [
    "Case",
    "p50 ms",
    "p99 ms",
    "max ms",
    "RSS start MiB",
    "RSS max MiB",
    "kernel TCP max MiB",
    "ended",
  ];
  const body = countsIn(rows, names).flatMap((subscribers) =>
    systemsIn(rows, systems, names).flatMap(({ name, title }) =>
      names.map((workload) => {
        const { of } = lookUp(rows, name, subscribers);
        const ended = of(workload, "stalledEnded");
        return [
          `${title}, S = ${subscribers}: ${workload === "steady" ? "all read" : "10 % stop reading"}`,
          ...(["p50Ms", "p99Ms", "maxMs"] as const).map((figure) => withEnds(of(workload, figure))),
          ...(["startRssBytes", "maxRssBytes", "maxKernelTcpBytes"] as const).map((figure) =>
            withEnds(of(workload, figure), mebibyte),
          ),
          ended === undefined ? nothing : `${ended.median} of ${of(workload, "stalled")?.median}`,
        ];
      }),
    ),
  );
  return body.length === 0 ? [] : [`### Stalled readers, 2 KB messages\n\n${table(head, body)}`];
}
