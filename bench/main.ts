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
import { canJudge, renderDetails, renderGoals } from "./report/markdown.js";
import { runBlocks } from "./run.js";
import { repositoryPath } from "./systems/node.js";
import { fastPathPair, ours, oursOnDisk, oursOverTls } from "./systems/parlance.js";

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
  const absent = options.peers.filter((peer) => peer.version() === undefined);
  const peers = options.peers.filter((peer) => !absent.includes(peer));
  const systems = [...ours, ...oursOverTls, ...oursOnDisk, ...fastPathPair, ...peers];
  const facts = gatherFacts(systems, absent, pinning, argv);
  if (absent.length > 0) console.error(`Not installed, left out: ${facts.absent.join(", ")}`);
  const blocks = plan({ ...options, peers });
  console.error(`Expected duration: ${Math.ceil(expectedSeconds(blocks) / 60)} min`);
  const results = await runBlocks(blocks, pinning, (line) => console.error(line));
  const report = { facts, ...results, verdicts: judgeGates(results.rows, canJudge(facts)) };
  mkdirSync(options.out, { recursive: true });
  writeFileSync(join(options.out, "bench.json"), `${JSON.stringify(report, null, 1)}\n`);
  const growth = drawGrowth(results.rows, systems);
  /** Writes the picture beside a page and returns both parts of the page. */
  function render(page: string): { readonly goals: string; readonly details: string } {
    const picture = `${basename(page, ".md")}.svg`;
    if (growth !== undefined) writeFileSync(join(dirname(page), picture), growth);
    const details = renderDetails(report, systems, growth === undefined ? undefined : picture);
    return { goals: renderGoals(report), details };
  }
  const page = join(options.out, "bench.md");
  const { goals, details } = render(page);
  const markdown = `${goals}\n\n${details}`.trimStart();
  writeFileSync(page, markdown);
  if (options.write !== undefined) {
    const parts = render(options.write);
    const document = embed(readFileSync(options.write, "utf8"), "goals", parts.goals);
    writeFileSync(options.write, embed(document, "bench", parts.details));
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
