import type { ChildProcess } from "node:child_process";
import { connect } from "node:net";
import { freePort } from "../../test/support/free-port.js";
import type { Endpoint } from "../job.js";
import type { System } from "../systems/system.js";
import { endChild, startChild } from "./children.js";
import { pinned } from "./cpus.js";

const startMs = 20_000;
const stopMs = 30_000;
const pollMs = 20;

/** A server under test, in its own process. */
export interface RunningServer {
  readonly pid: number;
  readonly endpoint: Endpoint;
  /** Shuts it down in its own way (SIGTERM) and waits for that. */
  end(): Promise<void>;
  /** Kills it. */
  stop(): Promise<void>;
}

const host = "127.0.0.1";

function accepts(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host, port });
    socket.once("connect", () => {
      socket.destroy();
      resolve(true);
    });
    socket.once("error", () => resolve(false));
  });
}

/** The last lines of a server's output, for the error when it does not start. */
function tail(child: ChildProcess): { text: string } {
  const kept = { text: "" };
  const keep = (chunk: Buffer) => {
    kept.text = (kept.text + chunk.toString("latin1")).slice(-2_000);
  };
  child.stdout?.on("data", keep);
  child.stderr?.on("data", keep);
  return kept;
}

async function shutDown(child: ChildProcess): Promise<void> {
  const exited = new Promise<boolean>((resolve) => child.once("exit", () => resolve(true)));
  const late = new Promise<boolean>((resolve) => setTimeout(resolve, stopMs, false).unref());
  child.kill("SIGTERM");
  if (!(await Promise.race([exited, late])))
    throw new Error(`the server did not shut down within ${stopMs / 1000} s`);
}

/** Starts a system on one CPU in `folder`; resolves when it accepts connections. `portBefore`: where it listened before. */
export async function startServer(
  system: System,
  cpu: number | undefined,
  folder: string,
  portBefore?: number,
): Promise<RunningServer> {
  const launch = system.launch(folder, portBefore ?? (await freePort()));
  const child = startChild(pinned(cpu, launch.command), { stdio: ["ignore", "pipe", "pipe"], cwd: folder });
  const output = tail(child);
  let broken: Error | undefined;
  child.once("error", (error) => {
    broken = error;
  });
  const stop = () => endChild(child);
  const giveUpMs = performance.now() + startMs;
  while (performance.now() < giveUpMs && broken === undefined && child.exitCode === null) {
    const port = launch.port ?? Number(/127\.0\.0\.1:(\d+)/.exec(output.text)?.[1] ?? 0);
    if (port > 0 && (await accepts(port)) && child.pid !== undefined)
      return {
        pid: child.pid,
        endpoint: { host, port, ...(launch.ca !== undefined && { ca: launch.ca }) },
        end: () => shutDown(child),
        stop,
      };
    await new Promise((resolve) => setTimeout(resolve, pollMs));
  }
  await stop();
  throw new Error(`${system.name} did not start: ${broken?.message ?? output.text.trim()}`);
}
