import type { Facts } from "../host/facts.js";
import type { System } from "../systems/system.js";
import { clientSection } from "./client-tables.js";
import { arrivalsSection, herdSection, idleSection, listSection, pauseSection } from "./crowd-tables.js";
import { nothing, number, table, withEnds } from "./format.js";
import type { Gate, Verdict } from "./gates.js";
import {
  diskSection,
  fastPathSection,
  moderationTables,
  pageTables,
  replaySection,
  searchTables,
  serversTables,
  tlsSection,
} from "./own-tables.js";
import type { Failure, Row } from "./results.js";
import { callSection, deliverySections, mixedSection, stalledSection } from "./tables.js";

/** Everything that a run measured. */
export interface Report {
  readonly facts: Facts;
  readonly rows: readonly Row[];
  readonly failures: readonly Failure[];
  readonly verdicts: readonly Verdict[];
}

/** Blocks that are repeated by themselves, and have a place of their own in the page. */
const apart = {
  servers: { title: "Two servers on one engine", tables: serversTables },
  moderation: { title: "Moderation, and logins with secrets", tables: moderationTables },
  page: { title: "The page", tables: pageTables },
  search: { title: "Searches in a long log", tables: searchTables },
} as const;

/** The name of such a block. */
export type Apart = keyof typeof apart;

function splitReport(report: Report, part: Apart | "rest"): Report {
  const isIn = (block: string) => (Object.hasOwn(apart, block) ? block : "rest") === part;
  const blockOf = ({ of }: Gate) =>
    report.rows.find(({ system, workload }) => system === of.system && workload === of.workload)?.block;
  return {
    facts: report.facts,
    rows: report.rows.filter(({ block }) => isIn(block)),
    failures: report.failures.filter(({ block }) => isIn(block)),
    verdicts: report.verdicts.filter(({ gate }) => isIn(blockOf(gate) ?? "rest")),
  };
}

function factLines(facts: Facts, rows: readonly Row[]): string {
  const { versions } = facts;
  const pinning = rows.every(({ block }) => block === "page") ? "none" : facts.pinning;
  const loads = rows.map(({ loadAverage }) => loadAverage);
  const lines = [
    `Measured ${facts.date.slice(0, 16).replace("T", " ")} UTC at commit ${facts.commit} (\`${facts.server}\`), \`npm run bench -- ${facts.arguments}\`.`,
    `CPU: ${facts.cpu}, ${facts.cores} cores, virtualisation: ${facts.virtualisation}; ${number(facts.memoryBytes / 2 ** 30)} GiB; ${facts.kernel}; Node ${facts.node}.`,
    pinning === "none"
      ? "Server and load client were **not pinned** to separate cores."
      : `Server pinned to CPU ${pinning.server}, load client to CPU ${pinning.load}.`,
    `Load average before a row: ${number(Math.min(...loads))} to ${number(Math.max(...loads))}.`,
    `Versions: ${Object.entries(versions)
      .filter(([name]) => rows.some(({ system }) => system === name))
      .map(([name, version]) => `${name} ${version}`)
      .join("; ")}.`,
    ...(facts.absent.length > 0 ? [`Not installed here: ${facts.absent.join(", ")}.`] : []),
  ];
  return lines.map((line) => `- ${line}`).join("\n");
}

function judgement(reached: boolean | undefined): string {
  if (reached === undefined) return "not judged";
  return reached ? "reached" : "**missed**";
}

/** Every goal that was measured, the most important first; not those of the parts that stand apart. */
export function renderGoals(report: Report): string {
  return goalTable(splitReport(report, "rest"));
}

/** A block with a place of its own: a section with facts, goals and figures. Empty if it was not measured. */
export function renderApart(part: Apart, whole: Report, systems: readonly System[]): string {
  const report = splitReport(whole, part);
  const { title, tables } = apart[part];
  const { facts, rows, failures } = report;
  if (rows.length === 0 && failures.length === 0) return nothing;
  const sections = [
    `### ${title}`,
    factLines(facts, rows),
    goalTable(report),
    ...tables(rows, systems),
    ...faultSection(report),
  ];
  return sections.filter((section) => section !== nothing).join("\n\n");
}

function goalTable({ verdicts, facts }: Report): string {
  const rows = verdicts.flatMap(({ gate, found, reached }) => {
    if (found === undefined) return [];
    const unit = gate.to === undefined ? " ms" : "";
    const target = "atMost" in gate ? `≤ ${gate.atMost}` : `≥ ${gate.atLeast}`;
    return [[gate.title, `${target}${unit}`, `${withEnds(found)}${unit}`, judgement(reached)]];
  });
  if (rows.length === 0) return nothing;
  const why = canJudge(facts)
    ? nothing
    : "\n\nNot judged: this requires two cores, pinning, and a kernel with schedstat.";
  return `${table(["Goal", "target", "found", "verdict"], rows)}${why}`;
}

function faultSection({ rows, failures }: Report): string[] {
  const wrong = rows.filter(({ figures }) => (figures.faults ?? 0) > 0);
  if (failures.length === 0 && wrong.length === 0) return [];
  const lines = [
    ...failures.map(
      ({ system, block, round, reason }) =>
        `${system}, ${block}, round ${round}: ${reason.replace(/\s+/g, " ").slice(0, 300)}`,
    ),
    ...wrong.map(
      ({ system, block, round, workload, figures }) =>
        `${system}, ${block}, round ${round}, ${workload}: ${figures.faults} faulty markers or subscribers`,
    ),
  ];
  return [`### Failures\n\n${lines.map((line) => `- ${line}`).join("\n")}`];
}

/** Whether the machine measures ratios precisely enough to judge them. */
export function canJudge({ pinning, exactCpuTime }: Facts): boolean {
  return pinning !== "none" && exactCpuTime;
}

/** The rest of the report as Markdown sections of the third level, if any; `picture`: file name of the growth curves. */
export function renderDetails(
  whole: Report,
  systems: readonly System[],
  picture: string | undefined,
): string {
  const report = splitReport(whole, "rest");
  const { facts, rows, failures } = report;
  if (rows.length === 0 && failures.length === 0) return nothing;
  const sections = [
    factLines(facts, rows),
    ...(picture === undefined ? [] : [`![Cost by the number of subscribers](${picture})`]),
    ...arrivalsSection(rows, systems),
    ...herdSection(rows, systems),
    ...pauseSection(rows, systems),
    ...listSection(rows, systems),
    ...idleSection(rows, systems),
    ...deliverySections(rows, systems),
    ...callSection(rows, systems),
    ...mixedSection(rows, systems),
    ...stalledSection(rows, systems),
    ...tlsSection(rows, systems),
    ...diskSection(rows, systems),
    ...replaySection(rows, systems),
    ...fastPathSection(rows, systems),
    ...clientSection(rows),
    ...faultSection(report),
  ];
  return `${sections.join("\n\n")}\n`;
}
