import { setTimeout as delay } from "node:timers/promises";
import { type App, type AppOptions, createApp } from "../../server/app.js";
import { readCommand } from "../../server/cli/arguments.js";
import { createLog, type LogLevel } from "../../server/ops/log.js";

/** Allows for a busy machine. */
const WAIT_LIMIT_MS = 10_000;
const LOOK_EVERY_MS = 2;

export interface ServerOptions extends Pick<AppOptions, "clock" | "ids" | "store"> {
  /** Flags over the defaults of tests: in memory, in English, without a rate limit. */
  readonly flags?: readonly string[];
  /** From which level on records are kept. Default: warn. */
  readonly logLevel?: LogLevel;
}

/** The whole server in this process, on a free loopback port. */
export interface TestServer {
  readonly url: string;
  /** With the flag --metrics. */
  readonly metricsUrl: string | undefined;
  readonly app: App;
  /** What the server logged, by default warnings and errors. */
  readonly logged: string[];
  /** Resolves when the server has this many open feeds: it notices late that a reader has left. */
  hasFeeds(count: number): Promise<void>;
  close(): Promise<void>;
}

/** Starts what `parlance-server` starts; `options` replace its environment. */
export async function openServer({
  flags = [],
  logLevel = "warn",
  ...options
}: ServerOptions = {}): Promise<TestServer> {
  const command = readCommand(
    ["--listen", "127.0.0.1:0", "--store", "memory:", "--rate", "0", "--locale", "en", ...flags],
    {},
  );
  if (command.kind !== "serve") throw new Error("not a serve command");
  const logged: string[] = [];
  const log = createLog(logLevel, (line) => logged.push(line));
  const app = await createApp({ ...options, config: command.config, log });
  const { url, metricsUrl } = await app.listen();
  async function hasFeeds(count: number): Promise<void> {
    const giveUpMs = performance.now() + WAIT_LIMIT_MS;
    while (app.counts().feeds !== count) {
      if (performance.now() > giveUpMs) throw new Error(`${app.counts().feeds} feeds are open, not ${count}`);
      await delay(LOOK_EVERY_MS);
    }
  }
  return { url, metricsUrl, app, logged, hasFeeds, close: () => app.close() };
}

/** The same with the system clock. */
export function listen(...flags: string[]): Promise<TestServer> {
  return openServer({ flags });
}
