import { readFileSync } from "node:fs";
import { waitUntil } from "./wait.js";

/** Written by `bench/systems/watch-loop.mjs`: how many times it has reported, and the longest pause in ms. */
const pauseFile = "longest-pause";
const limitMs = 10_000;

function read(file: string): { readonly count: number; readonly ms: number } {
  try {
    const [count, ms] = readFileSync(file, "latin1").split(" ").map(Number);
    return { count: count ?? 0, ms: ms ?? Number.NaN };
  } catch {
    return { count: 0, ms: Number.NaN };
  }
}

/** The longest pause of a watched server's event loop since the last call, in milliseconds. */
export async function longestPauseMs(serverPid: number): Promise<number> {
  const file = `/proc/${serverPid}/cwd/${pauseFile}`;
  const before = read(file).count;
  process.kill(serverPid, "SIGUSR2");
  if (!(await waitUntil(() => read(file).count > before, limitMs)))
    throw new Error("the server did not report its pauses");
  return read(file).ms;
}
