import { startServer as start } from "../../support/process.js";

/** A real server in a process of its own, which ends with its scope. */
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
  const server = await start(["--listen", `127.0.0.1:${port}`, "--store", store, ...args]);
  return {
    url: server.url,
    port: Number(new URL(server.url).port),
    kill: async () => void (await server.stop("SIGKILL")),
    [Symbol.asyncDispose]: async () => void (await server.stop()),
  };
}
