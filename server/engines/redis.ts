import type { Observer } from "../room/observer.js";
import {
  type Batch,
  type Clock,
  type Entry,
  type Ids,
  type Listed,
  type Position,
  PositionLost,
  type Store,
  Unavailable,
} from "../room/ports.js";
import { keyTtlDefaultMs, maxAgeDefaultMs, maxKeptFor, sweepMs } from "./limits.js";
import { numbersToErase, startAfter } from "./position.js";
import type { Connection } from "./redis/connection.js";
import {
  appendedOf,
  bytesOf,
  chunks,
  claimOf,
  claimResultOf,
  entryOf,
  lifetimeOf,
  list,
} from "./redis/replies.js";
import { Rewrites } from "./redis/rewrites.js";
import { FORMAT, scripts } from "./redis/scripts.js";
import { SteadyClock } from "./steady-clock.js";
import { every } from "./ticker.js";
import { createWatchers } from "./watchers.js";

export interface RedisStoreOptions {
  /** redis://[user:password@]host:port[/db], or rediss:// for TLS. */
  readonly url: string;
  /** Rooms of different names share an engine without touching each other. */
  readonly room: string;
  readonly clock: Clock;
  readonly ids: Ids;
  /** Default 100,000; notices do not count. Of several processes the smallest applies. */
  readonly maxEvents?: number;
  /** Notices included; default 20 times as many, at least 100,000. */
  readonly maxKept?: number;
  /** Default 30 days. */
  readonly maxAgeMs?: number;
  /** Replicas that have to have an event before its append resolves, default 0. */
  readonly replicas?: number;
  /** The stored format to raise the room to, once no process is left that does not know it; default 0, as it is. */
  readonly wantedFormat?: number;
  /** Default: that of this version. Another version's in tests. */
  readonly knownFormat?: number;
  /** Only to read what is there: a room that does not exist is refused, and nothing expires. */
  readonly inspects?: boolean;
  readonly observe?: Observer;
  /** Instead of the engine's clock, in tests. */
  readonly testClock?: Pick<Clock, "now">;
}

/** How long `close` waits for calls in progress. */
const CLOSE_PATIENCE_MS = 1_000;
/** Values that are read at once. */
const VALUES_PAGE = 500;

/**
 * A store on one Redis or Valkey primary, for any number of processes. An append that has resolved is as durable as the
 * engine is set to be. `open` throws StoreRefused if waiting will not help, and Unavailable if it may.
 */
export function createRedisStore(options: RedisStoreOptions): Store {
  const { clock, ids, maxEvents = 100_000, maxAgeMs = maxAgeDefaultMs, replicas = 0, testClock } = options;
  const { maxKept = maxKeptFor(maxEvents), inspects = false, observe = () => undefined } = options;
  const { knownFormat = FORMAT, wantedFormat = 0 } = options;
  const watchers = createWatchers();
  const ownLeases = new Set<string>();
  /** Keys expire in the engine, too, unless the time is a test's. */
  const expires = testClock ? "" : "1";
  const limits = [`${maxEvents}`, `${maxKept}`];
  const rewrites = new Rewrites({ clock, observe });
  let connection: Connection | undefined;
  let stopSweeping = () => {};
  /** The engine's clock when it was last asked, and the monotonic one of this process then. */
  let sample = { engineMs: 0, monotonicMs: 0 };
  let steady: SteadyClock | undefined;
  let sweeping: Promise<void> | undefined;
  let sweepAgain = false;

  function opened(): Connection {
    if (!connection) throw new Unavailable("not-applied", new Error("the store is closed"));
    return connection;
  }

  /** One at a time; a sweep that is wanted meanwhile follows. */
  function sweep(): Promise<void> {
    sweepAgain = sweeping !== undefined;
    sweeping ??= dropExpired().finally(() => {
      sweeping = undefined;
      if (sweepAgain && connection) return sweep();
      return undefined;
    });
    return sweeping;
  }

  async function dropExpired(): Promise<void> {
    const monotonicMs = clock.monotonic();
    sample = { engineMs: await opened().time(), monotonicMs };
    steady ??= new SteadyClock({
      clock: { now: () => sample.engineMs, monotonic: () => sample.monotonicMs, after: clock.after },
      observe,
      maxAgeMs,
      ...(await span()),
    });
    const horizon = Math.max(0, steady.horizon());
    while (Number(await opened().run(scripts.sweep, [`${horizon}`, ...limits])) > 0);
    while (Number(await opened().run(scripts.expire, [])) > 0);
    await rewrites.look(opened());
  }

  /** Times of the oldest and the newest event. */
  async function span(): Promise<{ oldestAt: number; newestAt: number }> {
    const { entries, epoch, last } = await read(null, 1);
    const oldest = entries[0];
    if (!oldest) return { oldestAt: Number.POSITIVE_INFINITY, newestAt: Number.NEGATIVE_INFINITY };
    const newest = (await read({ epoch, seq: last - 1 }, 1)).entries[0];
    return { oldestAt: oldest.at, newestAt: newest?.at ?? oldest.at };
  }

  async function read(after: Position | null, limit: number): Promise<Batch> {
    const args = after ? [after.epoch, `${after.seq}`] : ["", ""];
    const [epoch, first, last, end, ...rest] = list(await opened().run(scripts.read, [...args, `${limit}`]));
    const head = { epoch: `${epoch}`, first: Number(first), last: Number(last) };
    const from = startAfter(after, head, () => (`${end}` === "" ? undefined : Number(end)));
    const entries: Entry[] = [];
    for (let i = 0; i < rest.length; i += 3) {
      const seq = Number(rest[i]);
      if (seq !== from + 1 + entries.length) break;
      entries.push({ seq, at: Number(rest[i + 1]), data: bytesOf(rest[i + 2]) });
    }
    // Only if the stream was changed by another program.
    if (entries.length === 0 && from < head.last && limit > 0)
      throw new PositionLost("trimmed", {
        epoch: head.epoch,
        seq: Math.max(Number(rest[0] ?? last) - 1, from + 1),
      });
    return { ...head, entries };
  }

  /** Without those that are gone. */
  async function valuesOf(keys: readonly string[]): Promise<Listed[]> {
    const own = keys.map((key) => `kv:${key}`);
    const found = keys.length === 0 ? [] : list(await opened().run(scripts.values, [], own));
    return chunks(found, 2).flatMap(([version, value], i) =>
      `${version}` === "" ? [] : [{ key: keys[i]!, version: Number(version), value: bytesOf(value) }],
    );
  }

  async function whileOpen<T>(call: (connection: Connection) => T): Promise<T> {
    return call(opened());
  }

  return {
    shared: true,
    partitionable: true,
    durable: true,
    log: {
      async append(
        data,
        { key, tag = "", keyTtlMs = keyTtlDefaultMs, fence, notice = false, erase = [] } = {},
      ) {
        const { run, channel } = bound(opened());
        const erased = numbersToErase(erase).map(String);
        const keyed = key === undefined ? ["", "", ""] : [`${keyTtlMs}`, expires, tag];
        const fenced = fence ? [fence.name, `${fence.token}`, fence.then ?? ""] : ["", "", ""];
        const rest = [...keyed, ...fenced, notice ? "1" : "", ...limits, channel, ...erased];
        const own = key === undefined ? [] : [`key:${key}`];
        return appendedOf(list(await run(scripts.append, [data, ...rest], own, { replicated: true })), tag);
      },
      read,
      async head() {
        const [epoch, first, last] = list(await opened().run(scripts.head, []));
        return { epoch: `${epoch}`, first: Number(first), last: Number(last) };
      },
      watch: (hint) =>
        whileOpen(() => {
          const remove = watchers.add(hint);
          return async () => remove();
        }),
    },
    names: {
      async lease(ttlMs) {
        const lease = ids.random();
        await opened().run(scripts.lease, [lease, lifetimeOf(ttlMs)]);
        ownLeases.add(lease);
        return lease;
      },
      async renew(lease, ttlMs) {
        return Number(await opened().run(scripts.renew, [lease, lifetimeOf(ttlMs)])) === 1;
      },
      async endLease(lease) {
        await opened().run(scripts.endLeases, [lease]);
        ownLeases.delete(lease);
      },
      async claim(lease, name, holder, value, { skeleton = "", again = false } = {}) {
        const args = [lease, name, holder, value, skeleton, again ? "1" : ""];
        return claimResultOf(name, list(await opened().run(scripts.claim, args)));
      },
      async release(name, token) {
        return Number(await opened().run(scripts.release, [name, `${token}`])) === 1;
      },
      async find(name) {
        const [raw, live] = list(await opened().run(scripts.find, [name]));
        return raw === undefined ? null : claimOf(name, raw, Number(live) === 1);
      },
      async claims() {
        const found = list(await opened().run(scripts.claims, []));
        return chunks(found, 3).map(([name, raw, live]) => claimOf(`${name}`, raw, Number(live) === 1));
      },
      async inspect(lease, ttlMs) {
        const [renewed, lost, dead] = list(await opened().run(scripts.inspect, [lease, lifetimeOf(ttlMs)]));
        return {
          renewed: Number(renewed) === 1,
          lost: list(lost).map(String),
          dead: chunks(list(dead), 2).map(([name, raw]) => claimOf(`${name}`, raw, false)),
        };
      },
    },
    values: {
      async get(key) {
        const [version, value] = list(await opened().run(scripts.get, [], [`kv:${key}`]));
        return version === undefined ? null : { version: Number(version), value: bytesOf(value) };
      },
      async put(key, value, { ttlMs = Number.POSITIVE_INFINITY, ifVersion } = {}) {
        const ttl = Number.isFinite(ttlMs) ? `${ttlMs}` : "";
        const wanted = ifVersion === undefined ? "" : `${ifVersion}`;
        const args = [value, ttl, expires, wanted, key];
        const version = `${await opened().run(scripts.put, args, [`kv:${key}`])}`;
        return version === "" ? null : Number(version);
      },
      async delete(...keys) {
        await opened().run(
          scripts.remove,
          keys,
          keys.map((key) => `kv:${key}`),
        );
      },
      async list(prefix, after, limit) {
        const found: Listed[] = [];
        for (let from = after; found.length < limit; ) {
          const wanted = Math.min(VALUES_PAGE, limit - found.length);
          const keys = list(await opened().run(scripts.keys, [keysAfter(prefix, from), prefix, `${wanted}`]));
          found.push(...(await valuesOf(keys.map(String))));
          if (keys.length < wanted) break;
          from = `${keys.at(-1)}`;
        }
        return found;
      },
    },
    async open() {
      if (connection) return;
      // The client library is loaded here, so that a server with another store does not pay for it.
      const { Connection } = await import("./redis/connection.js");
      const opening = new Connection({
        ...options,
        testClock,
        replicas,
        inspects,
        knownFormat,
        wantedFormat,
        observe,
        onMessage: (message) => watchers.notify(entryOf(message)),
        onGap: () => watchers.notify(),
      });
      await opening.open();
      connection = opening;
      if (inspects) return;
      const failed = (error: unknown) => observe({ kind: "store_cleanup_failed", step: "sweep", error });
      await sweep().catch(failed);
      stopSweeping = every(clock, sweepMs, () => void sweep().catch(failed));
    },
    async close() {
      const closing = connection;
      if (!closing) return;
      stopSweeping();
      connection = undefined;
      const endLeases = async () => ownLeases.size > 0 && closing.run(scripts.endLeases, [...ownLeases]);
      await closing.close(CLOSE_PATIENCE_MS, endLeases);
      ownLeases.clear();
    },
  };
}

function bound(connection: Connection) {
  return { run: connection.run.bind(connection), channel: connection.channel };
}

/** The lower bound of a page of keys. */
function keysAfter(prefix: string, after: string): string {
  const isLater = after !== "" && Buffer.compare(Buffer.from(after), Buffer.from(prefix)) >= 0;
  return isLater ? `(${after}` : `[${prefix}`;
}
