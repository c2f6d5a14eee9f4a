import { pathToFileURL } from "node:url";
import Database from "libsql";
import type { Driver, Row, Statement } from "./driver.js";
import { resultCode, translating } from "./driver.js";

function codeOf(error: unknown): number {
  if (typeof error !== "object" || error === null) return 0;
  if ("rawCode" in error && typeof error.rawCode === "number") return error.rawCode;
  // A file that cannot be opened comes as text alone: "... /path/room.db: 14".
  return error instanceof Error && /: 14\b/.test(error.message) ? resultCode.cantOpen : 0;
}

const translated = <T>(call: () => T): T => translating(codeOf, call);

/**
 * The `libsql` package: SQLite 3.45 as a prebuilt addon for Node 20 on. Its `close` lets go of the file only when the
 * statements are collected as garbage, and its `readonly` option does nothing, hence the URI.
 */
export function openLibsql(path: string, { readOnly = false } = {}): Driver {
  const database = translated(() => new Database(readOnly ? `${pathToFileURL(path).href}?mode=ro` : path));
  return {
    exec: (sql) => void translated(() => database.exec(sql)),
    close: () => void translated(() => database.close()),
    prepare(sql): Statement {
      const statement = translated(() => database.prepare<[unknown[]]>(sql));
      return {
        // Parameters go as one array: a lone blob would be taken for named parameters.
        run: (...values) => void translated(() => statement.run(values)),
        get: (...values) => translated(() => statement.get(values) as Row | undefined),
        all: (...values) => translated(() => statement.all(values) as Row[]),
      };
    },
  };
}
