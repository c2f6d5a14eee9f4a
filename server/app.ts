import type { Duplex } from "node:stream";
import { fileURLToPath } from "node:url";
import { connectNodeAdapter } from "@connectrpc/connect-node";
import { openBackend } from "./backend.js";
import { adminPath } from "./cli/admin-path.js";
import type { Config } from "./cli/settings.js";
import { bind, StartError } from "./cli/start-error.js";
import { type Address, writeAddress } from "./cli/values.js";
import { accessTokens } from "./external/access-tokens.js";
import { exposureWarning } from "./ops/exposure.js";
import { createHealthz } from "./ops/healthz.js";
import type { Log } from "./ops/log.js";
import { openMetrics } from "./ops/metrics/metrics.js";
import { observeByLog } from "./ops/observer-log.js";
import { Readiness } from "./ops/readiness.js";
import { SharingLog } from "./ops/sharing-log.js";
import { createPages, isBuilt, readPage } from "./pages/pages.js";
import { type AdminSocket, createAdminSocket } from "./port/admin-socket.js";
import { defaultLimits } from "./port/limits.js";
import { createPort, type PortHandler } from "./port/port.js";
import { readTlsPair, TlsError, type TlsPair, watchTlsFiles } from "./port/tls.js";
import type { Observation, Observer } from "./room/observer.js";
import { type Clock, type Ids, type Store, Unavailable } from "./room/ports.js";
import type { ReadToken } from "./rpc/login.js";
import { PassphraseError, readPassphrase } from "./secrets/passphrase.js";
import { lentStoreOf, openStore, storeOf } from "./stores.js";
import { systemClock, systemIds } from "./system.js";
import { version } from "./version.js";
import { createAdapter } from "./wire/adapter.js";
import { callers } from "./wire/address.js";
import { acceptCompression, compressMinBytes } from "./wire/codec/frames.js";
import { allowOrigins } from "./wire/cors.js";
import { createFastPath } from "./wire/fast-path/fast-path.js";
import { createNotFound } from "./wire/refusals/not-found.js";

/** A request's body; Connect's own limit is 4 GiB. */
const READ_MAX_BYTES = 64 * 1024;
/** For Connect's JSON codec: bytes that are not UTF-8 are refused, never repaired. */
const JSON_OPTIONS = { ignoreUnknownFields: true, textDecoder: new TextDecoder("utf-8", { fatal: true }) };
/** How long streams and calls may take to end by themselves. */
const CLOSE_LIMIT_MS = 4_000;

export interface AppOptions {
  readonly config: Config;
  readonly log: Log;
  /** Default: the machine's. Timeouts of sockets are always kept by the machine's. */
  readonly clock?: Clock;
  /** Default: the machine's randomness. */
  readonly ids?: Ids;
  /** Used instead of the one that `config.store` names; not open yet, and closed with the server. */
  readonly store?: Store;
  /** The server is one of the workers of another process (worker.ts). */
  readonly worker?: WorkerRole;
}

/** That process announces where the workers listen, and serves their metrics. */
interface WorkerRole {
  readonly number: number;
  /** To that process, which lends its store; without it, the worker opens the one that `config.store` names. */
  readonly lent?: Duplex;
}

export interface App {
  /** Reads certificate and key again; connections that are open stay. Undefined in cleartext. */
  readonly reloadTls?: () => void;
  /** Rejects with a StartError if an address cannot be used. `metricsUrl`: undefined if metrics are off. */
  listen(): Promise<{ url: string; address: Address; metricsUrl: string | undefined }>;
  /** In Prometheus's format; empty if metrics are off. */
  metricsText(): Promise<string>;
  /** Of a worker: whether the process that lends the store can write it. */
  setWritable(writable: boolean): void;
  /** What is open at this moment. */
  counts(): { readonly connections: number; readonly feeds: number };
  /**
   * Is not ready from here on and serves for --drain, so that load balancers send no more; then ends the feeds, over up to
   * two seconds. Without --drain it does nothing. `close` ends it early.
   */
  drain(): Promise<void>;
  /** Ends every feed with a goodbye, lets calls in flight finish, and closes, within 5 s. */
  close(): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}

/** Builds the whole server. Nothing listens before `listen()`. */
export async function createApp(options: AppOptions): Promise<App> {
  const { config, log, clock = systemClock, ids = systemIds, worker } = options;
  const { tlsCert: cert, tlsKey: key, drainMs } = config;
  const passphrase = config.passphraseFile === "" ? "" : startPassphrase(config.passphraseFile);
  const tlsFiles = cert === "" ? undefined : { cert, key };
  const tls = tlsFiles && startPair(() => readTlsPair(tlsFiles));
  const logObserver = observeByLog(log, clock);
  const part = worker && { process: `${worker.number}`, hasStore: worker.lent === undefined };
  const metrics = config.metrics === "off" ? undefined : await openMetrics(config.metrics, version(), part);
  const observe = (observation: Observation): void => {
    logObserver.observe(observation);
    metrics?.observe(observation);
    sharingLog?.observe(observation);
    readiness.observe(observation);
  };
  const outside = { clock, ids, observe };
  const readToken = startAccessTokens(config, outside);
  const engine =
    options.store ?? (worker?.lent ? lentStoreOf(config, worker.lent, outside) : storeOf(config, outside));
  const onReady = (ready: boolean) => backend.health.setServing(ready);
  const readiness: Readiness = new Readiness(onReady, engine.partitionable);
  const sharingLog: SharingLog | undefined = engine.shared ? new SharingLog(log, clock) : undefined;
  const timed = metrics?.timed(engine) ?? engine;
  const store = sharingLog?.counted(timed) ?? timed;
  await openStore(store, outside);
  const { maxHeaderBytes, maxHeaderFields } = defaultLimits();
  const requestLimits = { maxRequestBytes: READ_MAX_BYTES, maxHeaderBytes, maxHeaderFields };
  const software = `parlance-server/${version()}`;
  const opened = { settings: config, store, requestLimits, passphrase, readToken, software, ...outside };
  const opening = openBackend(opened);
  const backend = await opening.catch(async (error: unknown) => {
    await store.close().catch((closing: unknown) => {
      observe({ kind: "store_cleanup_failed", step: "close", error: closing });
    });
    if (!(error instanceof Unavailable)) throw error;
    throw new StartError(`the store opened, but cannot be used: ${error.message}`, { cause: error });
  });
  readiness.start();
  const reading = { readMaxBytes: READ_MAX_BYTES, jsonOptions: JSON_OPTIONS };
  const callerOf = callers({
    exempt: config.exempt,
    trustedProxies: config.trustedProxies,
    trustHeader: config.trustHeader,
    onUntrustedProxy: (address) => observe({ kind: "proxy_not_trusted", address }),
  });
  const adapter = createAdapter({
    ...reading,
    routes: backend.routes,
    interceptors: backend.interceptors,
    admit: backend.admit,
    compressMinBytes,
    acceptCompression,
    explain: backend.explain,
    fallback: withPage(config, log, createHealthz(readiness, software, createNotFound(backend.explain))),
    ...(config.fastPath && { fastPath: createFastPath({ ...backend.fastPath, ...reading, observe }) }),
    callerOf,
    observe,
  });
  const port = createPort({
    ...config.listen,
    handler: allowOrigins(config.allowOrigins, adapter),
    // What a heartbeat needs to be missed is added to it; together that is less than --stall.
    timeouts: { silentMs: config.stallMs / 3 },
    limits: {
      maxHeaderBytes,
      maxHeaderFields,
      maxStreams: config.maxStreams,
      ...(config.maxConnections > 0 && { maxConnections: config.maxConnections }),
    },
    ...(tls && { tls }),
    trustedProxies: config.trustedProxies,
    onRefusal: (reason, address, count) => observe({ kind: "peers_refused", reason, address, count }),
    onError: (error) => observe({ kind: "listener_failed", error }),
  });
  const adminAt = adminPath(config);
  const admin =
    adminAt === undefined
      ? undefined
      : createAdminSocket(
          adminAt,
          connectNodeAdapter({
            ...reading,
            routes: backend.admin.routes,
            interceptors: backend.admin.interceptors,
          }),
        );
  metrics?.readFrom(() => {
    const { byProtocol: feeds, ...stats } = backend.stats();
    return { ...stats, feeds, ready: readiness.ready, connections: port.connections() };
  });
  sharingLog?.start(() => backend.stats().sharing);
  let closing: Promise<void> | undefined;
  let endDrain = () => {};

  function reloadTls(): void {
    if (!tlsFiles) return;
    try {
      port.setTls(readTlsPair(tlsFiles));
      observe({ kind: "certificate_read" });
    } catch (error) {
      observe({ kind: "certificate_read", error });
    }
  }
  const unwatch = tlsFiles && watchTlsFiles(tlsFiles, reloadTls);

  async function drain(): Promise<void> {
    if (drainMs === 0 || closing) return;
    readiness.shutDown();
    log.info("draining", { drain_ms: drainMs });
    await new Promise<void>((resolve) => {
      const cancel = clock.after(drainMs, resolve);
      endDrain = () => {
        cancel();
        resolve();
      };
    });
    if (!closing) await backend.endFeeds();
  }

  async function close(): Promise<void> {
    endDrain();
    unwatch?.();
    backend.health.setServing(false);
    readiness.shutDown();
    await admin?.close();
    await port.close({
      limitMs: CLOSE_LIMIT_MS,
      endStreams: () => backend.endStreams(),
    });
    sharingLog?.stop();
    await backend.close();
    await metrics?.close();
    logObserver.flush();
  }

  /** A socket that was not asked for is not worth a server. Of several workers, the first has it, and then its successor. */
  async function openAdmin(socket: AdminSocket): Promise<void> {
    try {
      await socket.listen();
    } catch (error) {
      const { code, message } = error as NodeJS.ErrnoException;
      if (worker && code === "EADDRINUSE") return;
      if (config.adminSocket !== "auto")
        throw new StartError(`cannot listen on ${socket.path}: ${message} (--admin-socket)`, {
          cause: error,
        });
      log.warn("the operator's socket cannot be opened; see --admin-socket", {
        path: socket.path,
        error: message,
      });
    }
  }

  const urlOf = (address: Address) => `${tls ? "https" : "http"}://${writeAddress(address)}`;

  const app: App = {
    async listen() {
      if (worker) {
        const address = await bind(port, config.listen, "--listen");
        if (admin) await openAdmin(admin);
        return { url: urlOf(address), address, metricsUrl: undefined };
      }
      const metricsBound = metrics && (await bind(metrics, metrics.address, "--metrics"));
      const bound = await bind(port, config.listen, "--listen");
      if (admin) await openAdmin(admin);
      const [address, metricsAddress] = [writeAddress(bound), metricsBound && writeAddress(metricsBound)];
      log.info("listening", { address, metrics: metricsAddress });
      const warning = exposureWarning(bound.host, tls !== undefined);
      if (warning !== undefined) log.warn(warning, { address });
      return {
        url: urlOf(bound),
        address: bound,
        metricsUrl: metricsAddress && `http://${metricsAddress}/metrics`,
      };
    },
    ...(tls && { reloadTls }),
    metricsText: async () => metrics?.text() ?? "",
    setWritable(writable) {
      readiness.setWritable(writable);
    },
    counts: () => ({ connections: port.connections(), feeds: backend.feeds() }),
    drain,
    close() {
      closing ??= close();
      return closing;
    },
    [Symbol.asyncDispose]: () => app.close(),
  };
  return app;
}

/** The page as the build made it. The same distance from server/app.ts and from dist/parlance-server.js. */
const pageFolder = fileURLToPath(new URL("../dist/web", import.meta.url));

/** Whether browsers receive a page. */
export function hasPage({ page }: Config): boolean {
  return page && isBuilt(pageFolder);
}

/** The page for browsers in front of `next`, unless it is off or was not built. */
function withPage({ page, frameAncestors }: Config, log: Log, next: PortHandler): PortHandler {
  if (!page) return next;
  const files = readPage(pageFolder);
  if (files) return createPages({ files, frameAncestors }, next);
  log.info("no page for browsers: it is not built", { folder: pageFolder });
  return next;
}

function startPair(read: () => TlsPair): TlsPair {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof TlsError)) throw error;
    throw new StartError(`${error.message} (--tls-cert, --tls-key)`, { cause: error });
  }
}

function startPassphrase(path: string): string {
  try {
    return readPassphrase(path);
  } catch (error) {
    if (!(error instanceof PassphraseError)) throw error;
    throw new StartError(`${error.message} (--passphrase-file)`, { cause: error });
  }
}

/** Undefined if the operator has given no keys. */
function startAccessTokens(
  { accessKeys, accessSecretFile: path, accessIssuer: issuer, accessAudience: audience }: Config,
  { clock, observe }: { readonly clock: Clock; readonly observe: Observer },
): ReadToken | undefined {
  if (accessKeys.kind === "none" && path === "") return undefined;
  const keys = accessKeys.kind === "none" ? { kind: "secret-file" as const, path } : accessKeys;
  const now = () => clock.now();
  const onKeysFailed = (error: unknown) => observe({ kind: "access_keys_failed", error });
  try {
    return accessTokens({ keys, issuer, audience, now, onKeysFailed });
  } catch (error) {
    const flag = keys.kind === "secret-file" ? "--access-secret-file" : "--access-keys";
    throw new StartError(`${(error as Error).message} (${flag})`, { cause: error });
  }
}
