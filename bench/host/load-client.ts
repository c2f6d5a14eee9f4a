import { fileURLToPath } from "node:url";
import { type Job, type Outcome, restartRequest, type Target } from "../job.js";
import { endChild, startChild } from "./children.js";
import { pinned } from "./cpus.js";

const entry = fileURLToPath(new URL("../load/main.ts", import.meta.url));
/** Time limit of any job: connecting 5,000 to a server that throttles, and every phase with its grace. */
const limitMs = 300_000;

const noRestart = () => Promise.reject(new Error("this job cannot restart its server"));

/**
 * Runs the job in a fresh load client; a client that crashes or hangs is a failed outcome. `restart` restarts the
 * server when the client asks for it.
 */
export async function runLoadClient(
  job: Job,
  cpu: number | undefined,
  restart: () => Promise<Target> = noRestart,
): Promise<Outcome> {
  const command = pinned(cpu, [process.execPath, "--import", "tsx", entry]);
  const child = startChild(command, { stdio: ["ignore", "inherit", "inherit", "ipc"] });
  try {
    return await new Promise<Outcome>((resolve) => {
      const fail = (failure: string) => resolve({ rows: [], failure });
      const timer = setTimeout(() => fail(`the load client did not end within ${limitMs / 1000} s`), limitMs);
      child.on("message", (message: Outcome | typeof restartRequest) => {
        if (message !== restartRequest) resolve(message);
        else
          restart().then(
            (target) => child.send(target),
            (error: Error) => fail(error.message),
          );
      });
      child.once("exit", () => fail("the load client crashed"));
      child.once("error", (error) => fail(error.message));
      child.once("exit", () => clearTimeout(timer));
      child.send(job);
    });
  } finally {
    await endChild(child);
  }
}
