import type { Observer } from "../room/observer.js";
import type { Clock, Store } from "../room/ports.js";
import { Unavailable } from "../room/ports.js";

export interface WriteBounds {
  /** Writes in flight at once, default 1,000; one more is refused as not applied. */
  readonly maxInFlight?: number;
  /** How long a caller waits for one write, default 3,000 ms; then its outcome is unknown. */
  readonly patienceMs?: number;
}

interface InFlight {
  readonly dueMs: number;
  readonly giveUp: () => void;
}

/**
 * The same store with bounded writes: however slow the engine is, pending writes take bounded memory and no caller
 * waits forever. A write whose caller has given up still counts as in flight until the engine settles it. Reads are
 * not limited.
 */
export function boundWrites(
  store: Store,
  clock: Clock,
  bounds: WriteBounds = {},
  observe: Observer = () => undefined,
): Store {
  const { maxInFlight = 1_000, patienceMs = 3_000 } = bounds;
  /** Writes with a waiting caller, oldest first. All have the same timeout, so one timer is enough. */
  const waiting = new Set<InFlight>();
  let inFlight = 0;
  /** Since a write was refused for their number, until half of them are done. */
  let full = false;
  let armed = false;

  function arm(): void {
    const [oldest] = waiting;
    if (armed || !oldest) return;
    armed = true;
    clock.after(Math.max(1, oldest.dueMs - clock.monotonic()), () => {
      armed = false;
      let overdue = 0;
      for (const write of waiting) {
        if (write.dueMs > clock.monotonic()) break;
        waiting.delete(write);
        write.giveUp();
        overdue++;
      }
      if (overdue > 0) observe({ kind: "store_overloaded", reason: "too_slow" });
      arm();
    });
  }

  function bounded<A extends unknown[], R>(call: (...args: A) => Promise<R>): (...args: A) => Promise<R> {
    return (...args) => {
      if (inFlight >= maxInFlight) {
        if (!full) observe({ kind: "store_overloaded", reason: "too_many" });
        full = true;
        return Promise.reject(new Unavailable("not-applied", new Error("too many writes in flight")));
      }
      inFlight++;
      return new Promise((resolve, reject) => {
        const write: InFlight = {
          dueMs: clock.monotonic() + patienceMs,
          giveUp: () => reject(new Unavailable("unknown", new Error(`no result within ${patienceMs} ms`))),
        };
        waiting.add(write);
        arm();
        call(...args)
          .then(resolve, reject)
          .finally(() => {
            inFlight--;
            if (inFlight <= maxInFlight / 2) full = false;
            waiting.delete(write);
          });
      });
    };
  }

  const { log, names, values } = store;
  return {
    shared: store.shared,
    partitionable: store.partitionable,
    durable: store.durable,
    open: () => store.open(),
    close: () => store.close(),
    log: { ...log, append: bounded(log.append) },
    names: { ...names, claim: bounded(names.claim), release: bounded(names.release) },
    values: { ...values, put: bounded(values.put), delete: bounded(values.delete) },
  };
}
