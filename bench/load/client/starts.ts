import { spawnSync } from "node:child_process";
import { pinned } from "../../host/cpus.js";
import type { Report, StartsJob } from "../../job.js";
import { spread } from "../../report/stats.js";
import { within } from "../wait.js";
import { makeHome } from "./home.js";
import { openScreen } from "./screen.js";

const limitMs = 10_000;

/** Starts Node alone, the client's --help and its first screen in turn, and reports the median time of each. */
export async function starts({ times, client, cpu }: StartsJob, report: Report): Promise<void> {
  const bare: number[] = [];
  const help: number[] = [];
  const firstFrame: number[] = [];
  for (let time = 0; time < times; time += 1) {
    bare.push(untilExit(pinned(cpu, [process.execPath, "-e", "0"])));
    help.push(untilExit(pinned(cpu, [...client, "--help"])));
    firstFrame.push(await untilPrompt(pinned(cpu, client)));
  }
  const found = { "start node": bare, "start help": help, "start first frame": firstFrame };
  for (const [workload, values] of Object.entries(found)) {
    report({ workload, figures: { startMs: spread(values)?.median ?? Number.NaN } });
  }
}

function untilExit([file, ...args]: readonly string[]): number {
  const home = makeHome();
  try {
    const startMs = performance.now();
    const { status } = spawnSync(file!, args, { env: home.env, stdio: ["ignore", "pipe", "pipe"] });
    const took = performance.now() - startMs;
    if (status !== 0) throw new Error(`${args.join(" ")} ended with ${status}`);
    return took;
  } finally {
    home.remove();
  }
}

/** Until the first prompt is on the screen. */
async function untilPrompt(command: readonly string[]): Promise<number> {
  const startMs = performance.now();
  const screen = openScreen(command);
  try {
    let seen = "";
    const shown = new Promise<number>((resolve) => {
      screen.read((text) => {
        seen += text;
        if (seen.includes("nick> ")) resolve(performance.now() - startMs);
      });
    });
    return await within(shown, limitMs, "the first screen");
  } finally {
    await screen.close();
  }
}
