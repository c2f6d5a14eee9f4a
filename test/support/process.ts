import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { buildFolder } from "./build.js";
import { tieToThisProcess } from "./children.js";

const root = join(import.meta.dirname, "../..");

export interface ServerProcess {
  readonly url: string;
  readonly child: ChildProcess;
  /** Its output so far. */
  readonly output: { readonly stdout: string; readonly stderr: string };
  /** Sends the signal; resolves with the exit code, or the signal that killed it. */
  stop(signal?: NodeJS.Signals): Promise<number | NodeJS.Signals | null>;
}

export interface Finished {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** The server built for this test run, or else its source. */
function serverArguments(): string[] {
  const built = buildFolder();
  return built === undefined
    ? ["--import", "tsx", "server/main.ts"]
    : [join(built, "dist", "parlance-server.js")];
}

function start(args: readonly string[], env: NodeJS.ProcessEnv) {
  const child = spawn(process.execPath, [...serverArguments(), ...args], {
    cwd: root,
    env: { PATH: process.env.PATH, HOME: process.env.HOME, ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  tieToThisProcess(child);
  const output = { stdout: "", stderr: "" };
  child.stdout.on("data", (chunk) => {
    output.stdout += chunk;
  });
  child.stderr.on("data", (chunk) => {
    output.stderr += chunk;
  });
  return { child, output };
}

/** A server process that may not be listening yet. */
export interface Starting extends Omit<ServerProcess, "url"> {
  /** The url; rejects if the server ends before it listens. */
  readonly listening: Promise<string>;
}

/** A real server in a process of its own, by default on a free port. */
export async function startServer(
  args: readonly string[] = [],
  env: NodeJS.ProcessEnv = {},
): Promise<ServerProcess> {
  const { listening, ...server } = spawnServer(args, env);
  return { ...server, url: await listening };
}

/** The same without waiting until it listens. */
export function spawnServer(args: readonly string[] = [], env: NodeJS.ProcessEnv = {}): Starting {
  const listen = args.includes("--listen") ? [] : ["--listen", "127.0.0.1:0"];
  const { child, output } = start([...listen, ...args], { PARLANCE_STORE: "memory:", ...env });
  const exited = once(child, "exit");
  const listening = new Promise<string>((resolve, reject) => {
    child.stdout.on("data", () => {
      const url = /listens on (https?:\S+)/.exec(output.stdout)?.[1];
      if (url) resolve(url);
    });
    child.once("close", () => reject(new Error(`the server did not start: ${output.stderr}`)));
  });
  // A caller that kills a server before it listens need not handle its failure to start.
  listening.catch(() => undefined);
  return {
    listening,
    child,
    output,
    async stop(signal = "SIGTERM") {
      if (child.exitCode === null && child.signalCode === null) {
        child.kill(signal);
        await exited;
      }
      return child.signalCode ?? child.exitCode;
    },
  };
}

/** The processes that a server with --processes has started, the oldest first. Linux. */
export function workersOf({ child: { pid } }: Pick<ServerProcess, "child">): number[] {
  const children = readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8").trim();
  return children === "" ? [] : children.split(" ").map(Number);
}

/** A server that is expected to exit by itself. */
export async function runServer(args: readonly string[], env: NodeJS.ProcessEnv = {}): Promise<Finished> {
  const { child, output } = start(args, env);
  await once(child, "close");
  return { code: child.exitCode, ...output };
}
