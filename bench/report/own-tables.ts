import type { Figures } from "../job.js";
import type { System } from "../systems/system.js";
import { median, table, withEnds } from "./format.js";
import { countsIn, lookUp, systemsIn } from "./look-up.js";
import type { Row } from "./results.js";

/** TLS beside cleartext. */
export function tlsSection(rows: readonly Row[], systems: readonly System[]): string[] {
  const names = ["tls T1", "tls T32"];
  const head = ["Case", "T1 µs", "× cleartext", "T32 µs", "× cleartext", "µs CPU per connect", "× cleartext"];
  const body = countsIn(rows, names).flatMap((subscribers) =>
    systemsIn(rows, systems, names).map(({ name, title }) => {
      const { of, against } = lookUp(rows, name, subscribers);
      const base = name.replace(/-tls$/, "");
      const cells = (workload: string, figure: "cpuMicrosPerDelivery" | "cpuMicrosPerConnect") => [
        withEnds(of(workload, figure)),
        name === base ? "" : withEnds(against(workload, figure, base)),
      ];
      return [
        `S = ${subscribers}: ${title}`,
        ...names.flatMap((workload) => cells(workload, "cpuMicrosPerDelivery")),
        ...cells("tls connects", "cpuMicrosPerConnect"),
      ];
    }),
  );
  return body.length === 0 ? [] : [`### TLS\n\n${table(head, body)}`];
}

/** The store on disk beside the one in memory. */
export function diskSection(rows: readonly Row[], systems: readonly System[]): string[] {
  const one = diskResponses(rows, systems);
  const many = diskDeliveries(rows, systems);
  return one === undefined && many === undefined
    ? []
    : [["### Store on disk", one, many].filter((part) => part !== undefined).join("\n\n")];
}

function diskResponses(rows: readonly Row[], systems: readonly System[]): string | undefined {
  const names = ["disk 1", "disk 64"];
  const head = ["S = 1", "outstanding", "messages/s", "× memory", "response p50 ms", "response p99 ms"];
  const body = names.flatMap((workload) =>
    systemsIn(rows, systems, [workload]).map(({ name, title }) => {
      const { of, against } = lookUp(rows, name, 1);
      return [
        title,
        workload.replace("disk ", ""),
        withEnds(of(workload, "deliveriesPerSecond")),
        name === "parlance-h1" ? "" : withEnds(against(workload, "deliveriesPerSecond", "parlance-h1")),
        withEnds(of(workload, "responseP50Ms")),
        withEnds(of(workload, "responseP99Ms")),
        withEnds(of(workload, "cpuMicrosPerMessage")),
      ];
    }),
  );
  return body.length === 0 ? undefined : table([...head, "µs CPU per message"], body);
}

function diskDeliveries(rows: readonly Row[], systems: readonly System[]): string | undefined {
  const names = ["disk T1", "disk T32"];
  const body = systemsIn(rows, systems, names).map(({ name, title }) => {
    const { of } = lookUp(rows, name, 1_000);
    return [title, ...names.map((workload) => withEnds(of(workload, "cpuMicrosPerDelivery")))];
  });
  return body.length === 0 ? undefined : table(["S = 1,000", "T1 µs", "T32 µs"], body);
}

/** A figure of a workload at a number of subscribers; with `×` also as a ratio to one server. */
type ServersColumn = readonly [head: string, workload: string, figure: keyof Figures, compared?: "×"];

const fewReaders: readonly ServersColumn[] = [
  ["200/s: p50 ms", "servers 200/s", "p50Ms", "×"],
  ["p99 ms", "servers 200/s", "p99Ms"],
  ["64 outstanding: deliveries/s", "servers 64", "deliveriesPerSecond", "×"],
  ["CPU µs per message", "servers 64", "cpuMicrosPerMessage"],
  ["engine µs per message", "servers 64", "engineMicrosPerMessage"],
];
const manyReaders: readonly ServersColumn[] = [
  ["T1 µs", "servers T1", "cpuMicrosPerDelivery", "×"],
  ["engine µs per message", "servers T1", "engineMicrosPerMessage"],
  ["T8 µs", "servers T8", "cpuMicrosPerDelivery", "×"],
  ["engine µs per message", "servers T8", "engineMicrosPerMessage"],
];

/** Several servers on one engine, beside one on SQLite. */
export function serversTables(rows: readonly Row[], systems: readonly System[]): string[] {
  return [fewReaders, manyReaders].flatMap((columns) => serversTable(rows, systems, columns));
}

function serversTable(
  rows: readonly Row[],
  systems: readonly System[],
  columns: readonly ServersColumn[],
): string[] {
  const base = "parlance-sqlite";
  const measured = systemsIn(
    rows,
    systems,
    columns.map(([, workload]) => workload),
  );
  const body = measured.map(({ name, title }) => [
    title,
    ...columns.flatMap(([, workload, figure, compared]) => {
      const { of, against } = lookUp(rows, name, countsIn(rows, [workload])[0] ?? 0);
      const ratio = name === base ? "" : withEnds(against(workload, figure, base));
      return [withEnds(of(workload, figure)), ...(compared ? [ratio] : [])];
    }),
  ]);
  const heads = columns.flatMap(([head, , , compared]) => (compared ? [head, "× one server"] : [head]));
  return body.length === 0 ? [] : [table(["System", ...heads], body)];
}

/** What a moderator does in a crowd, and what logins with secrets cost the others. */
export function moderationTables(rows: readonly Row[], systems: readonly System[]): string[] {
  const names = ["ban", "erase", "logins"];
  const head = [
    "Store",
    "ban to the last feed closed, ms",
    "500 messages erased, ms",
    "Broadcast p99 ms",
    "with logins",
    "×",
    "logins admitted",
  ];
  const body = countsIn(rows, names).flatMap((subscribers) =>
    systemsIn(rows, systems, names).map(({ name, title }) => {
      const { of, within } = lookUp(rows, name, subscribers);
      return [
        `S = ${subscribers}: ${title}`,
        withEnds(of("ban", "actionMs")),
        withEnds(of("erase", "actionMs")),
        withEnds(of("no logins", "responseP99Ms")),
        withEnds(of("logins", "responseP99Ms")),
        withEnds(within("logins", "no logins", "responseP99Ms")),
        withEnds(of("logins", "admitted")),
      ];
    }),
  );
  return body.length === 0 ? [] : [table(head, body)];
}

const MEBI = 2 ** 20;

/** One row for each figure of the page that has a target: the limits are docs/performance.md's. */
const pageTargets: readonly {
  readonly title: string;
  readonly workload: string;
  readonly figure: keyof Figures;
  readonly atMost: number;
  /** The unit of the title, in that of the figure. Default 1. */
  readonly unit?: number;
}[] = [
  { title: "First contentful paint, ms", workload: "page opening", figure: "firstPaintMs", atMost: 300 },
  { title: "Nickname can be typed, ms", workload: "page opening", figure: "readyMs", atMost: 500 },
  {
    title: "Heap just after joining, MiB",
    workload: "page joined",
    figure: "heapBytes",
    atMost: 12,
    unit: MEBI,
  },
  {
    title: "Heap after all messages, MiB",
    workload: "page rows",
    figure: "heapBytes",
    atMost: 60,
    unit: MEBI,
  },
  {
    title: "Renderer after all messages, MiB",
    workload: "page rows",
    figure: "maxRssBytes",
    atMost: 200,
    unit: MEBI,
  },
  { title: "Rows in the document", workload: "page rows", figure: "rows", atMost: 2_000 },
  { title: "Scroll jump p50, ms", workload: "page rows", figure: "jumpP50Ms", atMost: 20 },
  { title: "Scroll jump, longest of 40, ms", workload: "page rows", figure: "jumpMaxMs", atMost: 32 },
  { title: "Live line p50, ms", workload: "page rows", figure: "lineP50Ms", atMost: 60 },
  { title: "Last of ten tabs p50, ms", workload: "page tabs", figure: "lineP50Ms", atMost: 250 },
];

/** How the page opens, and what many messages and several tabs cost it. */
export function pageTables(rows: readonly Row[], systems: readonly System[]): string[] {
  const body = systemsIn(rows, systems, ["page opening", "page rows", "page tabs"]).flatMap(({ name }) => {
    const { of } = lookUp(rows, name, 1);
    return pageTargets.flatMap(({ title, workload, figure, atMost, unit = 1 }) => {
      const found = of(workload, figure);
      if (found === undefined) return [];
      return [
        [
          title,
          `≤ ${atMost}`,
          median(found, 1 / unit),
          found.median / unit <= atMost ? "reached" : "**missed**",
        ],
      ];
    });
  });
  return body.length === 0 ? [] : [table(["Page", "target", "found", "verdict"], body)];
}

/** What a search costs its caller and the others. */
export function searchTables(rows: readonly Row[], systems: readonly System[]): string[] {
  const names = ["first search", "search"];
  const head = [
    "Store",
    "first search ms",
    "search p50 ms",
    "p99 ms",
    "µs CPU",
    "longest turn of the loop ms",
    "without searches ms",
  ];
  const body = systemsIn(rows, systems, names).map(({ name, title }) => {
    const { of } = lookUp(rows, name, 1);
    return [
      title,
      withEnds(of("first search", "actionMs")),
      withEnds(of("search", "responseP50Ms")),
      withEnds(of("search", "responseP99Ms")),
      withEnds(of("search", "cpuMicrosPerSearch")),
      withEnds(of("search", "longestPauseMs")),
      withEnds(of("no search", "longestPauseMs")),
    ];
  });
  return body.length === 0 ? [] : [table(head, body)];
}

/** Absolute, unlike most other targets, whatever the machine. */
const replayEventsPerCpuSecond = 200_000;

/** Replay from the store, after a restart. */
export function replaySection(rows: readonly Row[], systems: readonly System[]): string[] {
  const cases = { replay: "after the start", "replay again": "again" };
  const names = Object.keys(cases);
  const head = ["Reader", "events per CPU second", "target", "verdict", "µs CPU per event", "wall s"];
  const body = systemsIn(rows, systems, names).flatMap(({ name, title }) =>
    Object.entries(cases).map(([workload, what]) => {
      const { of } = lookUp(rows, name, 1);
      const speed = of(workload, "eventsPerCpuSecond");
      const reached = speed !== undefined && speed.median >= replayEventsPerCpuSecond;
      return [
        `${title}: ${what}`,
        withEnds(speed),
        `≥ ${replayEventsPerCpuSecond.toLocaleString("en-GB")}`,
        reached ? "reached" : "**missed**",
        withEnds(of(workload, "cpuMicrosPerDelivery")),
        withEnds(of(workload, "seconds")),
      ];
    }),
  );
  if (body.length === 0) return [];
  const note = "This target is a speed, not a ratio: it is reported and does not fail `--check`.";
  return [`### Replay\n\n${table(head, body)}\n\n${note}`];
}

/** The gain by the fast path. */
export function fastPathSection(rows: readonly Row[], systems: readonly System[]): string[] {
  const base = "parlance-through-connect";
  const head = ["Case", "µs CPU per message", "× through Connect", "messages/s"];
  const body = countsIn(rows, ["fast-path"]).flatMap((subscribers) =>
    systemsIn(rows, systems, ["fast-path"]).map(({ name, title }) => {
      const { of, against } = lookUp(rows, name, subscribers);
      const speed = of("fast-path", "deliveriesPerSecond");
      return [
        `S = ${subscribers}: ${title}`,
        withEnds(of("fast-path", "cpuMicrosPerMessage")),
        name === base ? "" : withEnds(against("fast-path", "cpuMicrosPerMessage", base)),
        median(speed, 1 / subscribers),
      ];
    }),
  );
  return body.length === 0 ? [] : [`### The unary path\n\n${table(head, body)}`];
}
