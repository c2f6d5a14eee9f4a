import { type ChildProcess, spawn } from "node:child_process";
import { createInterface } from "node:readline";

/** A real server in a process of its own. */
export interface ServerProcess extends AsyncDisposable {
  readonly url: string;
  /** Port, to start another server at the same place. */
  readonly port: number;
  /** Ends it as a crash does. */
  kill(): Promise<void>;
}

/** `args`: further settings. Listens on a free port unless `port` is given. */
export async function startServer({
  port = 0,
  store = "memory:",
  args = [] as readonly string[],
} = {}): Promise<ServerProcess> {
  const child = spawn(
    process.execPath,
    [
      "--import",
      "tsx",
      "server/main.ts",
      "--listen",
      `127.0.0.1:${port}`,
      "--store",
      store,
      "--log-level",
      "warn",
      ...args,
    ],
    { stdio: ["ignore", "pipe", "inherit"] },
  );
  const url = await addressOf(child);
  return {
    url,
    port: Number(new URL(url).port),
    kill: () => end(child, "SIGKILL"),
    [Symbol.asyncDispose]: () => end(child, "SIGTERM"),
  };
}

async function addressOf(child: ChildProcess): Promise<string> {
  for await (const line of createInterface({ input: child.stdout! })) {
    const url = /listens on (\S+)/.exec(line)?.[1];
    if (url) {
      child.stdout!.resume();
      return url;
    }
  }
  throw new Error("the server did not start");
}

function end(child: ChildProcess, signal: "SIGTERM" | "SIGKILL"): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return Promise.resolve();
  const ended = new Promise<void>((resolve) => child.once("exit", () => resolve()));
  child.kill(signal);
  return ended;
}
