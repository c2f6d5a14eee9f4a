/**
 * What Prometheus reads: an observer that counts, a store that is timed, and gauges that are read from the running server
 * when a scrape asks. prom-client is loaded by openMetrics, and so only where metrics are enabled.
 */
import { monitorEventLoopDelay } from "node:perf_hooks";
import type { Counter, Gauge } from "prom-client";
import { readRecord } from "../../room/log/record.js";
import type { Observer } from "../../room/observer.js";
import { Fenced, type Store, Unavailable } from "../../room/ports.js";
import type { SharingReadings } from "../sharing-log.js";
import { wrapAppend } from "../wrap-append.js";
import { createMetricsListener, type ListenAddress } from "./listener.js";
import { mergeMetrics } from "./merge.js";

const PREFIX = "parlance_";

/** What is read at each scrape. */
export interface Readings {
  readonly ready: boolean;
  readonly connections: number;
  readonly members: number;
  /** Members that the room does not know of. */
  readonly silent: number;
  readonly registered: number;
  readonly closed: number;
  /** Open feeds by RPC protocol. */
  readonly feeds: ReadonlyMap<string, number>;
  /** Events that the slowest reader has not been sent. */
  readonly lag: number;
  /** Events sent so far, once for each reader. */
  readonly deliveries: number;
  /** By budget: addresses that have spent of it, or, of `members`, have members. */
  readonly addresses: Readonly<Record<string, number>>;
  /** Of a store that servers share; the age of the lease is 0 for others. */
  readonly sharing: SharingReadings;
}

export interface Metrics {
  readonly observe: Observer;
  /** The same store, whose appends are counted and timed. */
  timed(store: Store): Store;
  /** Before this, a scrape has no gauges. */
  readFrom(readings: () => Readings): void;
  /** Those of this process, in Prometheus's format. */
  text(): Promise<string>;
  /** Where they are asked for. */
  readonly address: ListenAddress;
  /** Serves them. Rejects with Node's error (EADDRINUSE, EACCES, ENOTFOUND ...). */
  listen(): Promise<ListenAddress>;
  close(): Promise<void>;
}

const RPC_BUCKETS_S = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];
const APPEND_BUCKETS_S = [0.0001, 0.00025, ...RPC_BUCKETS_S];
/** The event-loop delay is sampled this often; Node's numbers include it. */
const LOOP_SAMPLE_MS = 10;
const LOOP_QUANTILES = [0.5, 0.99, 1];

/** `fenced`: the member is another server's by now, or gone. `unknown`: it may have been appended. */
function outcomeOf(error: unknown): "fenced" | "unknown" | "failed" {
  if (error instanceof Fenced) return "fenced";
  return error instanceof Unavailable && error.outcome === "unknown" ? "unknown" : "failed";
}

/** Of a server of several processes: one of them. */
export interface Part {
  /** The label `process` of its series: `owner`, or a worker's number. */
  readonly process: string;
  /** Whether it has the store open itself. */
  readonly hasStore: boolean;
  /** Of the owner, which serves no calls: the metrics of the workers. */
  readonly gather?: () => Promise<readonly string[]>;
}

/** Series that only the process has that opened the store. */
const STORE_SERIES = ["store_writable", "store_failures_total"];
/** Series that a worker leaves to the owner. */
const OWNER_SERIES = ["serving_processes", "worker_restarts_total"];
/** Series that owner and workers have, each of itself. */
const COMMON_SERIES = ["build_info", "event_loop_delay_seconds", "store_overloads_total"];

/** `version`: of this server. `part`: of a server of several processes, of which each has the series that it knows. */
export async function openMetrics(address: ListenAddress, version: string, part?: Part): Promise<Metrics> {
  const prom = await import("prom-client");
  const register = new prom.Registry();
  const registers = [register];
  const counter = <L extends string>(name: string, help: string, ...labelNames: L[]): Counter<L> =>
    new prom.Counter({ name: PREFIX + name, help, labelNames, registers });
  const gauge = <L extends string>(name: string, help: string, ...labelNames: L[]): Gauge<L> =>
    new prom.Gauge({ name: PREFIX + name, help, labelNames, registers });
  const histogram = <L extends string>(name: string, help: string, buckets: number[], ...labelNames: L[]) =>
    new prom.Histogram({ name: PREFIX + name, help, buckets, labelNames, registers });

  prom.collectDefaultMetrics({ register });
  // The same from below, without the time between two samples.
  for (const { name } of await register.getMetricsAsJSON())
    if (name.startsWith("nodejs_eventloop_lag")) register.removeSingleMetric(name);

  const buildInfo = gauge("build_info", "1; the labels say what runs.", "version", "node");
  buildInfo.set({ version, node: process.versions.node }, 1);
  const ready = gauge("ready", "1 if the server takes work, as /readyz says.");
  const connections = gauge("connections", "Open connections.");
  const members = gauge("members", "Members in the room.");
  const silent = gauge(
    "silent_members",
    "Members that are logged in and have neither opened a feed nor sent anything.",
  );
  const registered = gauge("registered_nicknames", "Registered nicknames, in the room or not.");
  const closed = gauge(
    "closed_nicknames",
    "Nicknames that were given up and are still closed to others; --max-registrations counts them, too.",
  );
  const feeds = gauge("feeds", "Open feeds.", "protocol");
  const lag = gauge("reader_lag_events", "Events that the slowest reader has not been sent.");
  const deliveries = counter("deliveries_total", "Events sent to readers, once for each reader.");
  const feedsEnded = counter("feeds_ended_total", "Feeds that the server ended.", "reason");
  const events = counter("events_appended_total", "Events appended to the log, messages among them.", "kind");
  const appends = histogram(
    "store_append_duration_seconds",
    "Time until an append was durable, or failed.",
    APPEND_BUCKETS_S,
    "outcome",
  );
  const inFlight = gauge("store_appends_in_flight", "Appends whose outcome is not known yet.");
  const writable = gauge("store_writable", "0 while the store cannot be written.");
  const storeFailures = counter(
    "store_failures_total",
    "Times that the store became unwritable, or the connection to it was lost.",
  );
  const logLag = gauge("log_lag_events", "Events in the log that this server has not applied yet.");
  const logLagTime = gauge("log_lag_seconds", "How long there have been such events.");
  const leaseAge = gauge(
    "lease_age_seconds",
    "Time since the lease on a store that servers share was renewed; it lasts 10 s. 0 for other stores.",
  );
  const takeovers = counter("takeovers_total", "Members taken over from other servers on the same store.");
  const reaped = counter(
    "reaped_members_total",
    "Members whose stay was ended because their server was gone.",
  );
  const overloads = counter("store_overloads_total", "Times that writes outran the store.", "reason");
  const calls = histogram(
    "rpc_duration_seconds",
    "Time from a call's headers to its end; a feed is one call.",
    RPC_BUCKETS_S,
    "rpc",
    "code",
    "protocol",
  );
  const refused = counter("calls_refused_total", "Calls that were refused.", "rpc", "reason");
  const addressRefused = counter(
    "address_refusals_total",
    "Calls that were refused because a budget of their address was spent.",
    "budget",
  );
  const addresses = gauge(
    "address_budgets",
    "Addresses with a budget that is not full; budget=members: with members in the room.",
    "budget",
  );
  const peersRefused = counter(
    "peers_refused_total",
    "Connections and requests that the port turned away; after the first of a kind, added once a minute.",
    "reason",
  );
  const aborted = counter("calls_aborted_total", "Calls that the caller broke off.", "rpc");
  const moderated = counter(
    "moderation_actions_total",
    "Actions of moderators, owners and the operator.",
    "action",
  );
  const faults = counter("faults_total", "Calls that failed by a defect of the server.");
  const loopDelay = gauge(
    "event_loop_delay_seconds",
    "How late timers fired since the last scrape; quantile 1 is the longest.",
    "quantile",
  );

  const servingProcesses = gauge(
    "serving_processes",
    "Processes that take calls: the workers of --processes, or 1.",
  );
  const restarts = counter("worker_restarts_total", "Workers of --processes that ended and were replaced.");
  writable.set(1);
  if (part) {
    register.setDefaultLabels({ process: part.process });
    for (const name of notOf(part, await register.getMetricsAsJSON())) register.removeSingleMetric(name);
  } else servingProcesses.set(1);
  const loop = monitorEventLoopDelay({ resolution: LOOP_SAMPLE_MS });
  loop.enable();
  let readings: (() => Readings) | undefined;

  function read(): void {
    for (const quantile of LOOP_QUANTILES) {
      const ms = loop.count > 0 ? loop.percentile(quantile * 100) / 1e6 - LOOP_SAMPLE_MS : 0;
      loopDelay.set({ quantile }, Math.max(0, ms / 1_000));
    }
    loop.reset();
    if (!readings) return;
    const now = readings();
    ready.set(now.ready ? 1 : 0);
    connections.set(now.connections);
    members.set(now.members);
    silent.set(now.silent);
    registered.set(now.registered);
    closed.set(now.closed);
    lag.set(now.lag);
    for (const protocol of ["connect", "grpc", "grpc-web"]) feeds.set({ protocol }, 0);
    for (const [protocol, count] of now.feeds) feeds.set({ protocol }, count);
    for (const [budget, count] of Object.entries(now.addresses)) addresses.set({ budget }, count);
    logLag.set(now.sharing.lag.events);
    logLagTime.set(now.sharing.lag.ms / 1_000);
    leaseAge.set(now.sharing.leaseAgeMs / 1_000);
    deliveries.reset();
    deliveries.inc(now.deliveries);
  }

  function text(): Promise<string> {
    read();
    return register.metrics();
  }

  const listener = createMetricsListener(address, register.contentType, async () =>
    part?.gather ? mergeMetrics([await text(), ...(await part.gather())]) : text(),
  );

  return {
    address,
    text,
    listen: () => listener.listen(),
    observe(observation) {
      switch (observation.kind) {
        case "call_ended": {
          const { rpc, code, protocol, durationMs } = observation;
          calls.observe({ rpc, code, protocol }, durationMs / 1_000);
          break;
        }
        case "call_refused":
          refused.inc({ rpc: observation.rpc, reason: observation.reason });
          if (observation.budget) addressRefused.inc({ budget: observation.budget });
          break;
        case "peers_refused":
          peersRefused.inc({ reason: observation.reason }, observation.count);
          break;
        case "call_aborted":
          aborted.inc({ rpc: observation.rpc });
          break;
        case "call_failed":
          faults.inc();
          break;
        case "moderated":
          moderated.inc({ action: observation.action });
          break;
        case "feed_ended":
          feedsEnded.inc({ reason: observation.reason });
          break;
        case "store_failed":
          storeFailures.inc();
          writable.set(0);
          break;
        case "store_cut_off":
          writable.set(0);
          break;
        case "store_recovered":
        case "store_reached":
          writable.set(1);
          break;
        case "worker_serving":
          servingProcesses.inc();
          break;
        case "worker_ended":
          restarts.inc();
          if (observation.wasServing) servingProcesses.dec();
          break;
        case "claim_taken_over":
          takeovers.inc();
          break;
        case "member_reaped":
          reaped.inc();
          break;
        case "store_overloaded":
          overloads.inc({ reason: observation.reason });
          break;
      }
    },
    timed(store) {
      return wrapAppend(store, (append) => async (data, options) => {
        const startedMs = performance.now();
        let outcome = "ok";
        inFlight.inc();
        try {
          const appended = await append(data, options);
          if (!appended.duplicate) events.inc({ kind: readRecord(data).kind });
          return appended;
        } catch (error) {
          outcome = outcomeOf(error);
          throw error;
        } finally {
          inFlight.dec();
          appends.observe({ outcome }, (performance.now() - startedMs) / 1_000);
        }
      });
    },
    readFrom(source) {
      readings = source;
    },
    async close() {
      loop.disable();
      await listener.close();
    },
  };
}

/** The names of those that are another process's. */
function notOf({ gather, hasStore }: Part, all: readonly { readonly name: string }[]): string[] {
  const isOwners = gather !== undefined;
  const own = new Set([
    ...(isOwners ? [...OWNER_SERIES, ...COMMON_SERIES] : []),
    ...(hasStore ? STORE_SERIES : []),
  ]);
  const others = new Set([...OWNER_SERIES, ...STORE_SERIES]);
  const isAnothers = (name: string) => !own.has(name) && (isOwners || others.has(name));
  return all.flatMap(({ name }) =>
    name.startsWith(PREFIX) && isAnothers(name.slice(PREFIX.length)) ? [name] : [],
  );
}
