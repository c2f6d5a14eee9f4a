import { type App, type AppOptions, createApp } from "../../server/app.js";
import { readCommand } from "../../server/command-line.js";
import { createLog } from "../../server/ops/log.js";

export interface ServerOptions extends Pick<AppOptions, "clock" | "store" | "shortCalls"> {
  /** As on the command line, over the defaults: in memory, in English, and without a limit of messages. */
  readonly flags?: readonly string[];
}

/** The whole server in this process, on a free port of the loopback. */
export interface TestServer {
  readonly url: string;
  readonly app: App;
  /** What the server logged as warnings and errors. */
  readonly logged: string[];
  close(): Promise<void>;
}

/** Starts what `parlance-server` starts; `options` replace the world outside of it. */
export async function openServer({ flags = [], ...options }: ServerOptions = {}): Promise<TestServer> {
  const command = readCommand(
    ["--listen", "127.0.0.1:0", "--store", "memory:", "--rate", "0", "--locale", "en", ...flags],
    {},
  );
  if (command.kind !== "serve") throw new Error("not a serve command");
  const logged: string[] = [];
  const log = createLog("warn", (line) => logged.push(line));
  const app = await createApp({ ...options, config: command.config, log });
  const { url } = await app.listen();
  return { url, app, logged, close: () => app.close() };
}

/** The same on the machine's clock. */
export function listen(...flags: string[]): Promise<TestServer> {
  return openServer({ flags });
}
