import type { Listed, PutOptions, Versioned } from "../../room/ports.js";
import type { SteadyClock } from "../steady-clock.js";
import type { Database, Row } from "./database.js";
import type { State } from "./state.js";

const decoder = new TextDecoder("utf-8", { ignoreBOM: true });

export interface SqliteValues {
  get(key: string): Versioned | null;
  /** Only inside a batch, like `delete` and `forget`. */
  put(key: string, value: Uint8Array, options?: PutOptions): number | null;
  delete(...keys: string[]): void;
  list(prefix: string, after: string, limit: number): readonly Listed[];
  /** Whether there are expired values to drop. */
  isStale(): boolean;
  /** Drops some of the expired values. */
  forget(): void;
}

export function createSqliteValues(database: Database, state: State, steady: SteadyClock): SqliteValues {
  const byKey = database.prepare(
    "select version, value from kv where key = ? and (until is null or until > ?)",
  );
  // Keys are compared as their bytes. `text`, not `key`, for the order is to be that of the column.
  const listSql = (from: ">" | ">=") => `
    select cast(key as blob) as text, version, value from kv
    where key ${from} ? and key < cast(? as text) and (until is null or until > ?) order by key limit ?`;
  const listFrom = database.prepare(listSql(">="));
  const listAfter = database.prepare(listSql(">"));
  const set = database.prepare("insert or replace into kv (key, version, value, until) values (?, ?, ?, ?)");
  const remove = database.prepare("delete from kv where key = ?");
  const anyExpired = database.prepare("select 1 as found from kv where until <= ? limit 1");
  const forgetSome = database.prepare(
    "delete from kv where key in (select key from kv where until <= ? limit 1000)",
  );

  function get(key: string): Versioned | null {
    const row = byKey.get(key, steady.now());
    return row ? versionedOf(row) : null;
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
    list(prefix, after, limit) {
      const start = Buffer.from(prefix);
      const isLater = Buffer.compare(Buffer.from(after), start) >= 0 && after !== "";
      // No key has a byte 0xff, which UTF-8 does not contain.
      const end = Buffer.concat([start, Uint8Array.of(0xff)]);
      const page = isLater ? listAfter : listFrom;
      const rows = page.all(isLater ? after : prefix, end, steady.now(), limit);
      return rows.map((row) => ({ key: decoder.decode(bytesOf(row.text)), ...versionedOf(row) }));
    },
    isStale: () => steady.isTrusted() && anyExpired.get(steady.now()) !== undefined,
    forget() {
      if (steady.isTrusted()) forgetSome.run(steady.now());
    },
  };
}

function versionedOf({ version, value }: Row): Versioned {
  return { version: Number(version), value: bytesOf(value) };
}

function bytesOf(value: unknown): Uint8Array {
  return value instanceof Uint8Array ? value : new Uint8Array(0);
}
