import { execFileSync } from "node:child_process";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { expectedSeconds } from "./duration.js";
import { choosePinning } from "./host/cpus.js";
import { gatherFacts } from "./host/facts.js";
import { type Options, readOptions, usage } from "./options.js";
import { plan } from "./plan.js";
import { embed } from "./report/embed.js";
import { judgeGates } from "./report/gates.js";
import { drawGrowth } from "./report/growth.js";
import { type Apart, canJudge, renderApart, renderDetails, renderGoals } from "./report/markdown.js";
import { runBlocks } from "./run.js";
import { repositoryPath } from "./systems/node.js";
import {
  fastPathPair,
  ours,
  oursModerated,
  oursOnDisk,
  oursOverTls,
  oursSearched,
  oursShared,
} from "./systems/parlance.js";
import type { System } from "./systems/system.js";

/** Measures the shipped bundle; where it cannot be built, what is in dist/, or the source. */
function build(): void {
  try {
    execFileSync(process.execPath, ["build.mjs"], {
      cwd: repositoryPath(""),
      stdio: ["ignore", "ignore", "pipe"],
    });
  } catch (error) {
    console.error(`The build failed; measuring what is there: ${String(error).split("\n")[0]}`);
  }
}

async function bench(options: Options, argv: readonly string[]): Promise<void> {
  if (options.build) build();
  const pinning = choosePinning();
  const isAbsent = (system: System) => system.version() === undefined;
  const absent = [...options.peers, ...oursShared].filter(isAbsent);
  const peers = options.peers.filter((peer) => !absent.includes(peer));
  const systems = [
    ...ours,
    ...oursOverTls,
    ...oursOnDisk,
    ...oursShared,
    ...oursModerated,
    ...oursSearched,
    ...fastPathPair,
    ...peers,
    ...options.disks.filter((disk) => peers.every(({ name }) => name !== disk.name)),
  ];
  const facts = gatherFacts(systems, absent, pinning, argv);
  if (absent.length > 0) console.error(`Not installed, left out: ${facts.absent.join(", ")}`);
  const blocks = plan({ ...options, peers });
  console.error(`Expected duration: ${Math.ceil(expectedSeconds(blocks) / 60)} min`);
  const results = await runBlocks(blocks, pinning, (line) => console.error(line));
  const report = { facts, ...results, verdicts: judgeGates(results.rows, canJudge(facts)) };
  mkdirSync(options.out, { recursive: true });
  writeFileSync(join(options.out, "bench.json"), `${JSON.stringify(report, null, 1)}\n`);
  const growth = drawGrowth(results.rows, systems);
  /** Writes the picture beside a page and returns the parts of the page, empty where nothing was measured. */
  function render(page: string): Readonly<Record<"goals" | "bench" | Apart, string>> {
    const picture = `${basename(page, ".md")}.svg`;
    if (growth !== undefined) writeFileSync(join(dirname(page), picture), growth);
    return {
      goals: renderGoals(report),
      bench: renderDetails(report, systems, growth === undefined ? undefined : picture),
      servers: renderApart("servers", report, systems),
      moderation: renderApart("moderation", report, systems),
      page: renderApart("page", report, systems),
      search: renderApart("search", report, systems),
    };
  }
  const page = join(options.out, "bench.md");
  const measured = (parts: Readonly<Record<string, string>>) =>
    Object.entries(parts).filter(([, part]) => part !== "");
  const markdown = `${measured(render(page))
    .map(([, part]) => part.trim())
    .join("\n\n")}\n`;
  writeFileSync(page, markdown);
  if (options.write !== undefined) {
    const parts = measured(render(options.write));
    const before = readFileSync(options.write, "utf8");
    writeFileSync(
      options.write,
      parts.reduce((document, [name, part]) => embed(document, name, part), before),
    );
  }
  console.log(markdown);
  if (options.check && report.verdicts.some(({ reached }) => reached === false)) process.exitCode = 1;
}

const exitUsage = 2;
try {
  const argv = process.argv.slice(2);
  const options = readOptions(argv);
  if (options.help) process.stdout.write(usage);
  else await bench(options, argv);
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = exitUsage;
}
