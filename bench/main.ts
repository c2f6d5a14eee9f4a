import { execFileSync } from "node:child_process";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { choosePinning } from "./host/cpus.js";
import { gatherFacts } from "./host/facts.js";
import { type Options, readOptions, usage } from "./options.js";
import { plan } from "./plan.js";
import { embed } from "./report/embed.js";
import { judgeGates } from "./report/gates.js";
import { canJudge, renderMarkdown } from "./report/markdown.js";
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
  const results = await runBlocks(blocks, pinning, (line) => console.error(line));
  const report = { facts, ...results, verdicts: judgeGates(results.rows, canJudge(facts)) };
  const markdown = renderMarkdown(report, systems);
  mkdirSync(options.out, { recursive: true });
  writeFileSync(join(options.out, "bench.json"), `${JSON.stringify(report, null, 1)}\n`);
  writeFileSync(join(options.out, "bench.md"), markdown);
  if (options.write !== undefined)
    writeFileSync(options.write, embed(readFileSync(options.write, "utf8"), markdown));
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
