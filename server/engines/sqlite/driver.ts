export type Value = number | string | Uint8Array | null;
/** A driver may add columns of its own. Numbers are safe integers, blobs are bytes. */
export type Row = Readonly<Record<string, unknown>>;

/** Parameters are plain `?`, in order. */
export interface Statement {
  run(...values: Value[]): void;
  get(...values: Value[]): Row | undefined;
  all(...values: Value[]): Row[];
}

/** One connection to a SQLite file, synchronous. Everything it does may throw SqliteError. */
export interface Driver {
  exec(sql: string): void;
  prepare(sql: string): Statement;
  close(): void;
}

/** `readOnly`: never creates, never writes, and leaves the file as it was also when it closes. */
export type OpenDriver = (path: string, options?: { readonly readOnly?: boolean }) => Driver;

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

export class SqliteError extends Error {
  /** `code`: primary result code, 0 if the driver gave none. */
  constructor(
    readonly code: number,
    cause: unknown,
  ) {
    super(cause instanceof Error ? cause.message : String(cause), { cause });
  }
}

/** Runs `call`, turning what the driver throws into a SqliteError. `codeOf` may answer an extended code. */
export function translating<T>(codeOf: (error: unknown) => number, call: () => T): T {
  try {
    return call();
  } catch (error) {
    throw new SqliteError(codeOf(error) & 0xff, error);
  }
}

/** Ends a failed transaction; SQLite has often done so by itself, and then answers with an error. */
export function rollBack(driver: Driver): void {
  try {
    driver.exec("rollback");
  } catch {}
}
