import type { Observer } from "../room/observer.js";
import type { Clock, Ids, Store } from "../room/ports.js";
import { Unavailable } from "../room/ports.js";
import { createLeases } from "./leases.js";
import { maxAgeDefaultMs, maxKeptFor, sweepMs } from "./limits.js";
import { createMemoryLog } from "./memory/log.js";
import { createMemoryNames } from "./memory/names.js";
import { createMemoryValues } from "./memory/values.js";
import { SteadyClock } from "./steady-clock.js";
import { every } from "./ticker.js";
import { createWatchers } from "./watchers.js";

export interface MemoryStoreOptions {
  readonly clock: Clock;
  readonly ids: Ids;
  /** Default 10,000; notices do not count. */
  readonly maxEvents?: number;
  /** Notices included; default 20 times as many, at least 100,000. */
  readonly maxKept?: number;
  /** Default 30 days. */
  readonly maxAgeMs?: number;
  readonly observe?: Observer;
}

/**
 * A store that lives as long as the process. An event is appended, and its hint sent, before `append` returns its
 * promise. Events and values are kept without a copy: callers must not change them afterwards.
 */
export function createMemoryStore({
  clock,
  ids,
  maxEvents = 10_000,
  maxKept = maxKeptFor(maxEvents),
  maxAgeMs = maxAgeDefaultMs,
  observe = () => undefined,
}: MemoryStoreOptions): Store {
  let counter = 0;
  const next = () => ++counter;
  const leases = createLeases(clock, ids);
  const watchers = createWatchers();
  const names = createMemoryNames(leases, next);
  const values = createMemoryValues(clock, next);
  const log = createMemoryLog({
    clock,
    epoch: ids.random(),
    maxEvents,
    maxKept,
    steady: new SteadyClock({
      clock,
      observe,
      maxAgeMs,
      oldestAt: Number.POSITIVE_INFINITY,
      newestAt: Number.NEGATIVE_INFINITY,
    }),
    watchers,
    pass: names.pass,
  });
  let stopSweeping: (() => void) | undefined;

  /** The same call as a promise, which rejects while the store is closed. */
  function whileOpen<A extends unknown[], R>(call: (...args: A) => R): (...args: A) => Promise<R> {
    return async (...args) => {
      if (!stopSweeping) throw new Unavailable("not-applied", new Error("the store is closed"));
      return call(...args);
    };
  }

  return {
    shared: false,
    partitionable: false,
    durable: false,
    log: {
      append: whileOpen(log.append),
      read: whileOpen(log.read),
      head: whileOpen(log.head),
      watch: whileOpen((hint) => {
        const remove = watchers.add(hint);
        return async () => remove();
      }),
    },
    names: {
      lease: whileOpen(leases.begin),
      renew: whileOpen(leases.renew),
      endLease: whileOpen(leases.end),
      claim: whileOpen(names.claim),
      release: whileOpen(names.release),
      find: whileOpen(names.find),
      claims: whileOpen(names.claims),
      inspect: whileOpen(names.inspect),
    },
    values: {
      get: whileOpen(values.get),
      put: whileOpen(values.put),
      delete: whileOpen(values.delete),
      list: whileOpen(values.list),
    },
    async open() {
      stopSweeping ??= every(clock, sweepMs, () => {
        log.sweep();
        values.sweep();
      });
    },
    async close() {
      stopSweeping?.();
      stopSweeping = undefined;
      leases.endAll();
    },
  };
}
