import { spawnServer } from "../../support/process.js";
import { listen } from "../../support/server.js";

/** A real server that ends with its scope. */
export interface Room extends AsyncDisposable {
  readonly url: string;
}

/** In this process: for tests that do not end the server. */
export async function openRoom(...flags: string[]): Promise<Room> {
  const server = await listen(...flags);
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

export async function startServer(options: ServerOptions = {}): Promise<ServerProcess> {
  const { url, store, args = [] } = options;
  const server = spawnServer([
    ...(url ? ["--listen", new URL(url).host] : []),
    ...(store ? ["--store", store] : []),
    "--log-level",
    "warn",
    ...args,
  ]);
  return {
    url: await server.listening,
    async kill() {
      await server.stop("SIGKILL");
    },
    freeze: () => void server.child.kill("SIGSTOP"),
    async [Symbol.asyncDispose]() {
      server.child.kill("SIGCONT");
      await server.stop();
    },
  };
}
