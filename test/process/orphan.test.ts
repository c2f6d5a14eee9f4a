import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { expect, onTestFinished, test, vi } from "vitest";

const root = join(import.meta.dirname, "../..");

/** A minimal test run: starts a server, prints its address, and waits. */
const RUN = `
import { startServer } from "./test/support/process.ts";
const { url, child } = await startServer();
console.log(url, child.pid);
setInterval(() => {}, 1_000);
`;

/** Returns the address of the server of a run, and kills the run as `kill -9` does. */
async function startRun() {
  const args = ["--import", "tsx", "--input-type=module", "--eval", RUN];
  const run = spawn(process.execPath, args, { cwd: root, stdio: ["ignore", "pipe", "inherit"] });
  onTestFinished(() => void run.kill("SIGKILL"));
  const [line] = await once(createInterface(run.stdout), "line");
  const [url, pid] = String(line).split(" ");
  return { url: url!, pid: Number(pid), kill: () => run.kill("SIGKILL") };
}

test.each(["running", "stopped"])("a server that is %s ends with the run that started it", async (state) => {
  const { url, pid, kill } = await startRun();
  expect((await fetch(`${url}/healthz`)).status).toBe(200);
  if (state === "stopped") process.kill(pid, "SIGSTOP");
  kill();
  await vi.waitFor(
    async () =>
      expect(await fetch(`${url}/healthz`).catch((error: Error) => error.cause)).toMatchObject({
        code: "ECONNREFUSED",
      }),
    { timeout: 10_000, interval: 20 },
  );
});
