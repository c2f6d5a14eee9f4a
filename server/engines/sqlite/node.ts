import { createRequire, isBuiltin } from "node:module";
import type { Driver, Row, Statement, Value } from "./driver.js";
import { translating } from "./driver.js";

/** The part of node:sqlite in use; the types of the oldest supported Node do not have it. */
interface NodeSqlite {
  readonly DatabaseSync: new (
    path: string,
    options: { readonly readOnly: boolean },
  ) => {
    exec(sql: string): void;
    close(): void;
    prepare(sql: string): {
      run(...values: Value[]): unknown;
      get(...values: Value[]): Row | undefined;
      all(...values: Value[]): Row[];
    };
  };
}

const codeOf = (error: unknown): number =>
  typeof error === "object" && error !== null && "errcode" in error ? Number(error.errcode) : 0;

const translated = <T>(call: () => T): T => translating(codeOf, call);

/** Whether this Node brings node:sqlite without a flag: from 22.13 on. */
export const hasNodeSqlite = isBuiltin("node:sqlite");

/** Node's own SQLite. */
export function openNodeSqlite(path: string, { readOnly = false } = {}): Driver {
  const { DatabaseSync } = createRequire(import.meta.url)("node:sqlite") as NodeSqlite;
  const database = translated(() => new DatabaseSync(path, { readOnly }));
  return {
    exec: (sql) => translated(() => database.exec(sql)),
    close: () => translated(() => database.close()),
    prepare(sql): Statement {
      const statement = translated(() => database.prepare(sql));
      return {
        run: (...values) => void translated(() => statement.run(...values)),
        get: (...values) => translated(() => statement.get(...values)),
        all: (...values) => translated(() => statement.all(...values)),
      };
    },
  };
}
