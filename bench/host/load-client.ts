import { fileURLToPath } from "node:url";
import type { Job, Outcome } from "../job.js";
import { endChild, startChild } from "./children.js";
import { pinned } from "./cpus.js";

const entry = fileURLToPath(new URL("../load/main.ts", import.meta.url));
/** Longest that any job may take: connecting 5,000 where the server paces it, and every phase with its grace. */
const limitMs = 300_000;

/** Has a fresh load client do the job; a client that dies or hangs is a failed outcome. */
export async function runLoadClient(job: Job, cpu: number | undefined): Promise<Outcome> {
  const command = pinned(cpu, [process.execPath, "--import", "tsx", entry]);
  const child = startChild(command, { stdio: ["ignore", "inherit", "inherit", "ipc"] });
  try {
    return await new Promise<Outcome>((resolve) => {
      const fail = (failure: string) => resolve({ rows: [], failure });
      const timer = setTimeout(() => fail(`the load client did not end within ${limitMs / 1000} s`), limitMs);
      child.once("message", (outcome: Outcome) => resolve(outcome));
      child.once("exit", () => fail("the load client died"));
      child.once("error", (error) => fail(error.message));
      child.once("exit", () => clearTimeout(timer));
      child.send(job);
    });
  } finally {
    await endChild(child);
  }
}
