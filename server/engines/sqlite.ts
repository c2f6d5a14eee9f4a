import type { Observer } from "../room/observer.js";
import type { Appended, AppendOptions, Clock, Ids, Store } from "../room/ports.js";
import { Unavailable } from "../room/ports.js";
import { createLeases } from "./leases.js";
import { maxAgeDefaultMs, maxKeptFor, sweepMs } from "./limits.js";
import { numbersToErase } from "./position.js";
import type { Connection, ConnectionSettings } from "./sqlite/connection.js";
import { connect } from "./sqlite/connection.js";
import { holdFile } from "./sqlite/file/opening.js";
import type { FileIdentity } from "./sqlite/file/watch.js";
import { createWriteQueue } from "./sqlite/queue.js";
import type { Supervisor } from "./sqlite/supervisor.js";
import { supervise } from "./sqlite/supervisor.js";
import { SteadyClock } from "./steady-clock.js";
import { every } from "./ticker.js";
import { createWatchers } from "./watchers.js";

export interface SqliteStoreOptions {
  /** The store's file. Its folder is created if missing. */
  readonly path: string;
  readonly clock: Clock;
  readonly ids: Ids;
  /** Default 100,000; notices do not count. */
  readonly maxEvents?: number;
  /** Notices included; default 20 times as many, at least 100,000. */
  readonly maxKept?: number;
  /** Default 30 days. */
  readonly maxAgeMs?: number;
  readonly observe?: Observer;
}

/** How long an append that erases waits for another program that reads the store: less than its callers wait for it. */
const PURGE_PATIENCE_MS = 2_000;
const PURGE_RETRY_MS = 50;

/**
 * A store in one SQLite file, for one process at a time. An append that has resolved survives `kill -9` and a power
 * cut. `open` throws StoreRefused if waiting will not help, and Unavailable if it may.
 */
export function createSqliteStore({
  path,
  clock,
  ids,
  maxEvents = 100_000,
  maxKept = maxKeptFor(maxEvents),
  maxAgeMs = maxAgeDefaultMs,
  observe = () => undefined,
}: SqliteStoreOptions): Store {
  const leases = createLeases(clock, ids);
  const watchers = createWatchers();
  let supervisor: Supervisor | undefined;
  let release = () => {};

  function opened(): Supervisor {
    if (!supervisor) throw new Unavailable("not-applied", new Error("the store is closed"));
    return supervisor;
  }

  const queue = createWriteQueue<Connection>((work) => {
    for (const entry of opened().commit(work)) watchers.notify(entry);
  });

  async function write<T>(call: (connection: Connection) => T): Promise<T> {
    opened();
    return queue.push(call);
  }

  async function look<T>(call: (connection: Connection) => T): Promise<T> {
    return opened().look(call);
  }

  async function whileOpen<T>(call: () => T): Promise<T> {
    opened();
    return call();
  }

  async function append(data: Uint8Array, options: AppendOptions = {}): Promise<Appended> {
    const { erase = [] } = options;
    if (erase.length === 0) return write(({ log }) => log.append(data, options));
    const checked = { ...options, erase: numbersToErase(erase) };
    const erasing = opened();
    const appended = await write(({ log }) => {
      erasing.owePurge();
      return log.append(data, checked);
    });
    await purged(erasing);
    return appended;
  }

  /** What was erased is in no file when its append resolves, unless another program reads the store (promise L11). */
  async function purged(erasing: Supervisor): Promise<void> {
    const deadlineMs = clock.monotonic() + PURGE_PATIENCE_MS;
    while (erasing.owesPurge()) {
      if (clock.monotonic() >= deadlineMs || erasing !== supervisor) {
        const error = new Error("erased, but still in the write-ahead log: another program reads the store");
        observe({ kind: "store_cleanup_failed", step: "checkpoint", error });
        throw new Unavailable("unknown", error);
      }
      await new Promise<void>((resolve) => clock.after(PURGE_RETRY_MS, resolve));
    }
  }

  async function sweep(): Promise<void> {
    const isStale = () => look(({ log, values }) => log.isStale() || values.isStale());
    while (await isStale()) {
      await write(({ log, values }) => {
        log.forget();
        values.forget();
      });
    }
  }

  return {
    shared: false,
    partitionable: false,
    durable: true,
    log: {
      append,
      read: (after, limit) => look(({ log }) => log.read(after, limit)),
      head: () => look(({ log }) => log.head()),
      watch: (hint) =>
        whileOpen(() => {
          const remove = watchers.add(hint);
          return async () => remove();
        }),
    },
    names: {
      lease: (ttlMs) => whileOpen(() => leases.begin(ttlMs)),
      renew: (id, ttlMs) => whileOpen(() => leases.renew(id, ttlMs)),
      endLease: (id) => whileOpen(() => leases.end(id)),
      claim: (...claim) => write(({ names }) => names.claim(...claim)),
      release: (name, token) => write(({ names }) => names.release(name, token)),
      find: (name) => look(({ names }) => names.find(name)),
      claims: () => look(({ names }) => names.claims()),
      inspect: (id, ttlMs) => look(({ names }) => names.inspect(id, ttlMs)),
    },
    values: {
      get: (key) => look(({ values }) => values.get(key)),
      put: (key, value, options) => write(({ values }) => values.put(key, value, options)),
      delete: (...keys) => write(({ values }) => values.delete(...keys)),
      list: (prefix, after, limit) => look(({ values }) => values.list(prefix, after, limit)),
    },
    async open() {
      if (supervisor) return;
      const holding = holdFile({ path, clock }, (realPath) => {
        let steady: SteadyClock | undefined;
        const steadyClock: ConnectionSettings["steadyClock"] = (span) => {
          steady ??= new SteadyClock({ clock, observe, maxAgeMs, ...span });
          return steady;
        };
        const onDamage = damageObserver(observe);
        const settings = {
          path,
          realPath,
          clock,
          ids,
          leases,
          maxEvents,
          maxKept,
          steadyClock,
          observe,
          onDamage,
        };
        const open = (expected?: FileIdentity) => connect(settings, expected);
        return supervise({ clock, observe, open, reopened: watchers.notify });
      });
      supervisor = holding.held;
      // A sweep that fails is repeated by the next one.
      const sweepFailed = (error: unknown) => observe({ kind: "store_cleanup_failed", step: "sweep", error });
      const stopSweeping = every(clock, sweepMs, () => void sweep().catch(sweepFailed));
      release = () => {
        stopSweeping();
        holding.release();
      };
    },
    async close() {
      if (!supervisor) return;
      queue.flush();
      supervisor = undefined;
      leases.endAll();
      release();
    },
  };
}

/** Observes each damaged place once, however many readers meet it; after a thousand places enough is said. */
function damageObserver(observe: Observer): ConnectionSettings["onDamage"] {
  const known = new Set<number>();
  return (firstSeq, lastSeq) => {
    if (known.has(firstSeq) || known.size >= 1000) return;
    known.add(firstSeq);
    observe({ kind: "store_events_damaged", firstSeq, lastSeq });
  };
}
