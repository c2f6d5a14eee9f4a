import type { ChildProcess } from "node:child_process";
import { connect } from "node:net";
import { freePort } from "../../test/support/free-port.js";
import type { Endpoint, Target } from "../job.js";
import type { Listening, System } from "../systems/system.js";
import { endChild, startChild } from "./children.js";
import { pinned } from "./cpus.js";

const startMs = 20_000;
const stopMs = 30_000;
const pollMs = 20;

/** A server under test, in a process of its own, or several of them and their engine. */
export interface RunningServer {
  /** Of the first. */
  readonly endpoint: Endpoint;
  readonly measured: Pick<Target, "serverPid" | "others" | "enginePid">;
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

interface Running {
  readonly pid: number;
  readonly port: number;
  readonly child: ChildProcess;
}

/** Starts a process in `folder`; resolves when it accepts connections. */
async function startListening(
  what: string,
  { command, port: portGiven }: Listening,
  cpu: number | undefined,
  folder: string,
): Promise<Running> {
  const child = startChild(pinned(cpu, command), { stdio: ["ignore", "pipe", "pipe"], cwd: folder });
  const output = tail(child);
  let broken: Error | undefined;
  child.once("error", (error) => {
    broken = error;
  });
  const giveUpMs = performance.now() + startMs;
  while (performance.now() < giveUpMs && broken === undefined && child.exitCode === null) {
    const port = portGiven ?? Number(/127\.0\.0\.1:(\d+)/.exec(output.text)?.[1] ?? 0);
    if (port > 0 && (await accepts(port)) && child.pid !== undefined) return { pid: child.pid, port, child };
    await new Promise((resolve) => setTimeout(resolve, pollMs));
  }
  await endChild(child);
  throw new Error(`${what} did not start: ${broken?.message ?? output.text.trim()}`);
}

/**
 * Starts a system on one CPU in `folder`, with its engine if it has one; resolves when it accepts connections.
 * `portBefore`: where it listened before.
 */
export async function startServer(
  system: System,
  cpu: number | undefined,
  folder: string,
  portBefore?: number,
): Promise<RunningServer> {
  const launch = system.launch(folder, portBefore ?? (await freePort()));
  const { ca, engine: engineLaunch } = launch;
  const started: Running[] = [];
  const stop = async () => {
    for (const { child } of started.toReversed()) await endChild(child);
  };
  const start = async (what: string, listening: Listening) => {
    const running = await startListening(what, listening, cpu, folder);
    started.push(running);
    return running;
  };
  const endpointOf = ({ port }: Running): Endpoint => ({ host, port, ...(ca !== undefined && { ca }) });
  try {
    const engine = engineLaunch && (await start(`the engine of ${system.name}`, engineLaunch));
    const first = await start(system.name, launch);
    const others: Running[] = [];
    while (others.length + 1 < (system.servers ?? 1)) others.push(await start(system.name, launch));
    return {
      endpoint: endpointOf(first),
      measured: {
        serverPid: first.pid,
        others: others.map((other) => ({ ...endpointOf(other), serverPid: other.pid })),
        ...(engine !== undefined && { enginePid: engine.pid }),
      },
      async end() {
        for (const { child } of started.toReversed()) await shutDown(child);
      },
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}
