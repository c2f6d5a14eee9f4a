import { openBackend } from "./backend.js";
import type { Config } from "./cli/settings.js";
import { listenError, StartError } from "./cli/start-error.js";
import { createHealthz } from "./ops/healthz.js";
import type { Log } from "./ops/log.js";
import { observeByLog } from "./ops/observer-log.js";
import { Readiness } from "./ops/readiness.js";
import { createPort } from "./port/port.js";
import type { Observation } from "./room/observer.js";
import { type Clock, type Ids, type Store, Unavailable } from "./room/ports.js";
import { createStore, openStore } from "./stores.js";
import { systemClock, systemIds } from "./system.js";
import { version } from "./version.js";
import { createAdapter } from "./wire/adapter.js";
import { allowOrigins } from "./wire/cors.js";
import { createFastPath } from "./wire/fast-path.js";
import { acceptCompression, compressMinBytes } from "./wire/frames.js";
import { respondNotFound } from "./wire/not-found.js";

/** A request's body; Connect's own limit is 4 GiB. */
const READ_MAX_BYTES = 64 * 1024;
/** For Connect's JSON codec: bytes that are not UTF-8 are refused, never repaired. */
const JSON_OPTIONS = { ignoreUnknownFields: true, textDecoder: new TextDecoder("utf-8", { fatal: true }) };
const DAY_MS = 86_400_000;
/** How long streams and calls may take to end by themselves. */
const CLOSE_LIMIT_MS = 4_000;

export interface AppOptions {
  readonly config: Config;
  readonly log: Log;
  /** Whether plain calls may be served without Connect; see wire/fast-path.ts. */
  readonly fastPath?: boolean;
  /** Default: the machine's. Timeouts of sockets are always kept by the machine's. */
  readonly clock?: Clock;
  /** Default: the machine's randomness. */
  readonly ids?: Ids;
  /** Used instead of the one that `config.store` names; not open yet, and closed with the server. */
  readonly store?: Store;
}

export interface App {
  /** Rejects with a StartError if the address cannot be used. */
  listen(): Promise<{ url: string }>;
  /** What is open at this moment. */
  counts(): { readonly connections: number; readonly feeds: number };
  /** Ends every feed with a goodbye, lets calls in flight finish, and closes, within 5 s. */
  close(): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}

/** Builds the whole server. Nothing listens before `listen()`. */
export async function createApp(options: AppOptions): Promise<App> {
  const { config, log, fastPath = true, clock = systemClock, ids = systemIds } = options;
  const logObservation = observeByLog(log, () => clock.monotonic());
  const readiness: Readiness = new Readiness((ready) => backend.health.setServing(ready));
  const observe = (observation: Observation): void => {
    logObservation(observation);
    readiness.observe(observation);
  };
  const outside = { clock, ids, observe };
  const keep = {
    ...(config.keepEvents > 0 && { events: config.keepEvents }),
    ageMs: config.keepDays * DAY_MS,
  };
  const store = options.store ?? createStore(config.store, keep, outside);
  await openStore(store, outside);
  const backend = await openBackend({ settings: config, store, ...outside }).catch(async (error: unknown) => {
    await store.close().catch((closing: unknown) => {
      observe({ kind: "store_cleanup_failed", step: "close", error: closing });
    });
    if (!(error instanceof Unavailable)) throw error;
    throw new StartError(`the store opened, but cannot be used: ${error.message}`, { cause: error });
  });
  readiness.start();
  const reading = { readMaxBytes: READ_MAX_BYTES, jsonOptions: JSON_OPTIONS };
  const adapter = createAdapter({
    ...reading,
    routes: backend.routes,
    interceptors: backend.interceptors,
    compressMinBytes,
    acceptCompression,
    fallback: createHealthz(readiness, `parlance-server/${version()}`, respondNotFound),
    ...(fastPath && { fastPath: createFastPath({ ...backend.fastPath, ...reading }) }),
    observe,
  });
  const { host, port: wanted } = config.listen;
  const port = createPort({
    host,
    port: wanted,
    handler: allowOrigins(config.allowOrigins, adapter),
    onError: (error) => observe({ kind: "listener_failed", error }),
  });
  let closing: Promise<void> | undefined;

  async function close(): Promise<void> {
    readiness.shutDown();
    await port.close({
      limitMs: CLOSE_LIMIT_MS,
      endStreams: () => backend.endStreams(),
    });
    await backend.close();
  }

  const app: App = {
    async listen() {
      const address = `${host.includes(":") ? `[${host}]` : host}:${wanted}`;
      const bound = await port.listen().catch((error: NodeJS.ErrnoException) => {
        throw listenError(error, address);
      });
      const shown = bound.host.includes(":") ? `[${bound.host}]` : bound.host;
      log.info("listening", { address: `${shown}:${bound.port}` });
      return { url: `http://${shown}:${bound.port}` };
    },
    counts: () => ({ connections: port.connections(), feeds: backend.feeds() }),
    close() {
      closing ??= close();
      return closing;
    },
    [Symbol.asyncDispose]: () => app.close(),
  };
  return app;
}
