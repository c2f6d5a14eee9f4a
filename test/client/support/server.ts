import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { type ListeningServer, listen } from "../../support/listening.js";
import type { Bundle } from "./bundle.js";

/** A real server that ends with its scope. */
export interface Room extends AsyncDisposable {
  readonly url: string;
}

/** In this process: for tests that do not end the server. */
export async function openRoom(...flags: string[]): Promise<Room> {
  const server: ListeningServer = await listen(...flags);
  return { url: server.url, [Symbol.asyncDispose]: () => server.close() };
}

/** A server in a process of its own, which can crash. */
export interface ServerProcess extends Room {
  /** Ends it as a crash does. */
  kill(): Promise<void>;
  /** Stops it (SIGSTOP): its connections stay open without responses. */
  freeze(): void;
}

export interface ServerOptions {
  /** Address, to start another server at the same place. Default: a free port. */
  readonly url?: string;
  readonly store?: string;
  readonly args?: readonly string[];
}

export async function startServer({ server }: Bundle, options: ServerOptions = {}): Promise<ServerProcess> {
  const { url = "http://127.0.0.1:0", store = "memory:", args = [] } = options;
  const child = spawn(
    process.execPath,
    [
      ...server,
      "--listen",
      new URL(url).host || "127.0.0.1:0",
      "--store",
      store,
      "--log-level",
      "warn",
      ...args,
    ],
    { env: { PATH: process.env.PATH }, stdio: ["ignore", "pipe", "inherit"] },
  );
  const exited = once(child, "exit");
  const stop = async (signal: NodeJS.Signals) => {
    if (child.exitCode === null && child.signalCode === null) child.kill(signal);
    await exited;
  };
  return {
    url: await saidUrl(child),
    kill: () => stop("SIGKILL"),
    freeze: () => void child.kill("SIGSTOP"),
    async [Symbol.asyncDispose]() {
      child.kill("SIGCONT");
      await stop("SIGTERM");
    },
  };
}

function saidUrl(child: ChildProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    let said = "";
    child.stdout?.on("data", (chunk) => {
      said += chunk;
      const url = /listens on (http:\S+)/.exec(said)?.[1];
      if (url) resolve(url);
    });
    child.once("exit", () => reject(new Error("the server did not start")));
  });
}
