import { resolve } from "node:path";
import type { DatabaseSync, StatementSync } from "node:sqlite";
import { StoreRefused } from "../store-refused.js";

type NodeSqlite = typeof import("node:sqlite");
export type Value = number | string | Uint8Array | null;
/**
 * Numbers are safe integers, blobs are Uint8Arrays. Node 22 cuts a text off at U+0000 when it reads it (not when it
 * stores or compares it), so no column that may contain one is read as text.
 */
export type Row = Readonly<Record<string, unknown>>;

/** Primary result codes, as https://www.sqlite.org/rescode.html numbers them. */
export const resultCode = {
  busy: 5,
  readOnly: 8,
  ioError: 10,
  corrupt: 11,
  full: 13,
  cantOpen: 14,
  notADatabase: 26,
} as const;

/** A failure that SQLite reports, with SQLite's message. */
export class SqliteError extends Error {
  static {
    SqliteError.prototype.name = "SqliteError";
  }

  /** Primary result code, 0 if the error is not SQLite's. */
  readonly code: number;

  constructor(cause: unknown) {
    super(cause instanceof Error ? cause.message : String(cause), { cause });
    const extended = cause instanceof Error && "errcode" in cause ? Number(cause.errcode) : 0;
    this.code = extended & 0xff;
  }
}

/**
 * One connection to a SQLite file through Node's own SQLite. All calls are synchronous and throw SqliteError. `close`
 * finalizes the statements and releases every lock and file descriptor at once.
 */
export class Database {
  readonly #connection: DatabaseSync;

  /**
   * `readOnly`: never creates the file and never changes it, not even when it closes; SQLite may leave an empty `-wal`
   * and a `-shm` beside it. Otherwise the file is created if it is missing.
   */
  constructor(path: string, { readOnly = false } = {}) {
    const { DatabaseSync } = loadSqlite();
    // SQLite gives names such as ":memory:" and "file:..." a meaning of their own, but not absolute paths.
    this.#connection = translating(() => new DatabaseSync(resolve(path), { readOnly }));
  }

  /** Runs one statement or several. */
  exec(sql: string): void {
    translating(() => this.#connection.exec(sql));
  }

  /** Compiles one statement, for use as long as the connection is open. Parameters are plain `?`, in order. */
  prepare(sql: string): Statement {
    return new Statement(translating(() => this.#connection.prepare(sql)));
  }

  close(): void {
    translating(() => this.#connection.close());
  }
}

export class Statement {
  readonly #statement: StatementSync;

  constructor(statement: StatementSync) {
    this.#statement = statement;
  }

  run(...values: Value[]): void {
    translating(() => this.#statement.run(...values));
  }

  /** The first row. */
  get(...values: Value[]): Row | undefined {
    return translating(() => this.#statement.get(...values));
  }

  all(...values: Value[]): Row[] {
    return translating(() => this.#statement.all(...values));
  }
}

/** Ends a failed transaction. Often SQLite has done so itself and reports that there is none, which is ignored. */
export function rollBack(database: Database): void {
  try {
    database.exec("rollback");
  } catch {}
}

/** Runs `load` without Node 22's warning that SQLite is experimental, which no operator can act on. */
export function withoutSqliteWarning<T>(load: () => T): T {
  const { emitWarning } = process;
  process.emitWarning = (warning: string | Error, ...rest: unknown[]) => {
    if (rest[0] === "ExperimentalWarning" && String(warning).startsWith("SQLite ")) return;
    Reflect.apply(emitWarning, process, [warning, ...rest]);
  };
  try {
    return load();
  } finally {
    process.emitWarning = emitWarning;
  }
}

let loaded: NodeSqlite | undefined;

/** Loads SQLite when the first file is opened; a process that opens none does not pay for it. */
function loadSqlite(): NodeSqlite {
  loaded ??= withoutSqliteWarning(() => process.getBuiltinModule("node:sqlite"));
  // Node may be built without SQLite, or run with --no-experimental-sqlite.
  if (!loaded)
    throw new StoreRefused("this Node.js has no SQLite (node:sqlite), which a sqlite: store needs");
  return loaded;
}

function translating<T>(call: () => T): T {
  try {
    return call();
  } catch (error) {
    throw new SqliteError(error);
  }
}
