import { type ChildProcess, spawn } from "node:child_process";
import { tieToThisProcess } from "../../support/children.js";
import type { Bundle } from "./bundle.js";
import { createHome } from "./home.js";

export interface Ran {
  /** Exit code, or 128 plus the signal's number, as in a shell. */
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface RunOptions {
  /** All of stdin; absent leaves it open. */
  readonly input?: string;
  readonly env?: Readonly<Record<string, string>>;
}

/** A client between pipes. */
export interface Piped {
  readonly child: ChildProcess;
  readonly done: Promise<Ran>;
  /** Its output so far. */
  readonly stdout: () => string;
  /** Waits until stdout holds `text`; throws after 15 s. */
  says(text: string): Promise<void>;
  write(text: string): void;
}

const LIMIT_MS = 15_000;

/** Clients of a bundle, each in a home of its own unless `env` names one. */
export function createRunner({ client }: Bundle) {
  const start = (args: readonly string[], options: RunOptions = {}) => startPiped(client, args, options);
  /** Runs a client to its end. */
  const run = (args: readonly string[], options: RunOptions = {}): Promise<Ran> => {
    const piped = start(args, options);
    if (options.input !== undefined) piped.child.stdin?.end(options.input);
    return piped.done;
  };
  return { start, run };
}

function startPiped(client: readonly string[], args: readonly string[], { env = {} }: RunOptions): Piped {
  const home = env.HOME ? undefined : createHome();
  const child = tieToThisProcess(
    spawn(process.execPath, [...client, ...args], { env: { ...home?.env, ...env } }),
  );
  let stdout = "";
  let stderr = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    stdout += text;
  });
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    stderr += text;
  });
  child.stdin.on("error", () => {});
  const done = new Promise<Ran>((resolve) =>
    child.once("close", (code, signal) => {
      home?.[Symbol.dispose]();
      resolve({ code, signal, stdout, stderr });
    }),
  );
  return {
    child,
    done,
    stdout: () => stdout,
    async says(text) {
      const limit = Date.now() + LIMIT_MS;
      while (!stdout.includes(text)) {
        if (Date.now() > limit || child.exitCode !== null) {
          child.kill("SIGKILL");
          throw new Error(`waited for ${JSON.stringify(text)} in:\n${stdout}\n${stderr}`);
        }
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
    },
    write: (text) => void child.stdin.write(text),
  };
}
