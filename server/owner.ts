import type { App } from "./app.js";
import type { Config } from "./cli/settings.js";
import { bind, StartError } from "./cli/start-error.js";
import { writeAddress } from "./cli/values.js";
import { Lender } from "./engines/lent/lender.js";
import { exposureWarning } from "./ops/exposure.js";
import type { Log } from "./ops/log.js";
import { openMetrics } from "./ops/metrics/metrics.js";
import { observeByLog } from "./ops/observer-log.js";
import { Workers } from "./processes/workers.js";
import type { Observation } from "./room/observer.js";
import { openStore, storeOf } from "./stores.js";
import { systemClock, systemIds } from "./system.js";
import { version } from "./version.js";

export interface OwnerOptions {
  readonly config: Config;
  readonly log: Log;
}

/** As App, for a server of several processes. */
export type Owner = Pick<App, "reloadTls" | "listen" | "drain" | "close">;

/**
 * The first process of a server with --processes: it opens the store and lends it to the workers, which serve, and it
 * starts, restarts and ends those (processes/workers.ts). It has no room and no feeds of its own. A redis: store is opened
 * by each worker. When this process ends, however it does, the workers end.
 */
export async function createOwner({ config, log }: OwnerOptions): Promise<Owner> {
  if (process.platform === "win32")
    throw new StartError("--processes is for Unix-like systems: on Windows a store cannot be lent");
  const logObserver = observeByLog(log, systemClock);
  const lends = config.store.kind !== "redis";
  const metrics =
    config.metrics === "off"
      ? undefined
      : await openMetrics(config.metrics, version(), {
          process: "owner",
          hasStore: lends,
          gather: () => workers.scrape(),
        });
  const observe = (observation: Observation): void => {
    logObserver.observe(observation);
    metrics?.observe(observation);
    if (observation.kind === "store_failed") workers.setWritable(false);
    if (observation.kind === "store_recovered") workers.setWritable(true);
  };
  const outside = { clock: systemClock, ids: systemIds, observe };
  const store = lends ? storeOf(config, outside) : undefined;
  const lender = store && new Lender(store, observe);
  const lend = lender && ((socket: Parameters<Lender["lend"]>[0]) => lender.lend(socket));
  const workers: Workers = new Workers({ config, observe, lend });
  if (store) await openStore(store, outside);
  await lender?.open();
  let closing: Promise<void> | undefined;

  async function close(): Promise<void> {
    await workers.close();
    await lender?.close();
    await store?.close();
    await metrics?.close();
    logObserver.flush();
  }

  async function listen() {
    const metricsBound = metrics && (await bind(metrics, metrics.address, "--metrics"));
    const { url, address: bound } = await workers.start();
    const [address, metricsAddress] = [writeAddress(bound), metricsBound && writeAddress(metricsBound)];
    log.info("listening", { address, metrics: metricsAddress, processes: config.processes });
    const warning = exposureWarning(bound.host, config.tlsCert !== "");
    if (warning !== undefined) log.warn(warning, { address });
    return { url, address: bound, metricsUrl: metricsAddress && `http://${metricsAddress}/metrics` };
  }

  const owner: Owner = {
    ...(config.tlsCert !== "" && { reloadTls: () => workers.reloadTls() }),
    listen: () =>
      listen().catch(async (error: unknown) => {
        await owner.close();
        throw error;
      }),
    async drain() {
      if (config.drainMs > 0 && !closing) await workers.drain();
    },
    close() {
      closing ??= close();
      return closing;
    },
  };
  return owner;
}
