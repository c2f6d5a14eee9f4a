import type { PutOptions, Versioned } from "../../room/ports.js";
import type { SteadyClock } from "../steady-clock.js";
import type { Database } from "./database.js";
import type { State } from "./state.js";

export interface SqliteValues {
  get(key: string): Versioned | null;
  /** Only inside a batch, like `delete` and `forget`. */
  put(key: string, value: Uint8Array, options?: PutOptions): number | null;
  delete(...keys: string[]): void;
  /** Whether there are expired values to drop. */
  isStale(): boolean;
  /** Drops some of the expired values. */
  forget(): void;
}

export function createSqliteValues(database: Database, state: State, steady: SteadyClock): SqliteValues {
  const byKey = database.prepare(
    "select version, value from kv where key = ? and (until is null or until > ?)",
  );
  const set = database.prepare("insert or replace into kv (key, version, value, until) values (?, ?, ?, ?)");
  const remove = database.prepare("delete from kv where key = ?");
  const anyExpired = database.prepare("select 1 as found from kv where until <= ? limit 1");
  const forgetSome = database.prepare(
    "delete from kv where key in (select key from kv where until <= ? limit 1000)",
  );

  function get(key: string): Versioned | null {
    const row = byKey.get(key, steady.now());
    if (!row) return null;
    return {
      version: Number(row.version),
      value: row.value instanceof Uint8Array ? row.value : new Uint8Array(0),
    };
  }

  return {
    get,
    put(key, value, { ttlMs = Number.POSITIVE_INFINITY, ifVersion } = {}) {
      if (ifVersion !== undefined && ifVersion !== (get(key)?.version ?? 0)) return null;
      const version = ++state.counter;
      set.run(key, version, value, Number.isFinite(ttlMs) ? steady.now() + ttlMs : null);
      return version;
    },
    delete(...keys) {
      for (const key of keys) remove.run(key);
    },
    isStale: () => steady.isTrusted() && anyExpired.get(steady.now()) !== undefined,
    forget() {
      if (steady.isTrusted()) forgetSome.run(steady.now());
    },
  };
}
