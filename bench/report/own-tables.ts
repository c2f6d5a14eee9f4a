import type { System } from "../systems/system.js";
import { median, table, withEnds } from "./format.js";
import { countsIn, lookUp, systemsIn } from "./look-up.js";
import type { Row } from "./results.js";

/** The store on disk beside the one in memory. */
export function diskSection(rows: readonly Row[], systems: readonly System[]): string[] {
  const one = diskAnswers(rows, systems);
  const many = diskDeliveries(rows, systems);
  return one === undefined && many === undefined
    ? []
    : [["### Store on disk", one, many].filter((part) => part !== undefined).join("\n\n")];
}

function diskAnswers(rows: readonly Row[], systems: readonly System[]): string | undefined {
  const names = ["disk 1", "disk 64"];
  const head = ["S = 1", "outstanding", "messages/s", "× memory", "answer p50 ms", "answer p99 ms"];
  const body = names.flatMap((workload) =>
    systemsIn(rows, systems, [workload]).map(({ name, title }) => {
      const { of, against } = lookUp(rows, name, 1);
      return [
        title,
        workload.replace("disk ", ""),
        withEnds(of(workload, "deliveriesPerSecond")),
        name === "parlance-h1" ? "" : withEnds(against(workload, "deliveriesPerSecond", "parlance-h1")),
        withEnds(of(workload, "answerP50Ms")),
        withEnds(of(workload, "answerP99Ms")),
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

/** Absolute, unlike all other targets: what the project set itself for reading back, on whatever machine. */
const replayEventsPerCpuSecond = 200_000;

/** Reading back from the store, after a restart. */
export function replaySection(rows: readonly Row[], systems: readonly System[]): string[] {
  const cases = { replay: "right after the start", "replay again": "once more" };
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
  const note = "This target is a speed and no ratio, so it is told and does not fail `--check`.";
  return [`### Reading back\n\n${table(head, body)}\n\n${note}`];
}

/** What the fast path saves. */
export function laneSection(rows: readonly Row[], systems: readonly System[]): string[] {
  const base = "parlance-through-connect";
  const head = ["Case", "µs CPU per message", "× through Connect", "messages/s"];
  const body = countsIn(rows, ["lane"]).flatMap((subscribers) =>
    systemsIn(rows, systems, ["lane"]).map(({ name, title }) => {
      const { of, against } = lookUp(rows, name, subscribers);
      const speed = of("lane", "deliveriesPerSecond");
      return [
        `S = ${subscribers}: ${title}`,
        withEnds(of("lane", "cpuMicrosPerMessage")),
        name === base ? "" : withEnds(against("lane", "cpuMicrosPerMessage", base)),
        median(speed, 1 / subscribers),
      ];
    }),
  );
  return body.length === 0 ? [] : [`### The unary path\n\n${table(head, body)}`];
}
