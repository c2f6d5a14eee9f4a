import { StoreRefused } from "../store-refused.js";
import { Database, resultCode, SqliteError } from "./database.js";

const damage: readonly number[] = [resultCode.corrupt, resultCode.notADatabase];

/**
 * Runs `look` on a read-only connection, so that not even closing it changes the file. Throws StoreRefused for damage
 * that SQLite finds on the way. `named`: the path that messages give.
 */
export function inspecting<T>(path: string, look: (database: Database) => T, named = path): T {
  try {
    const database = new Database(path, { readOnly: true });
    try {
      return look(database);
    } finally {
      database.close();
    }
  } catch (error) {
    if (!(error instanceof SqliteError)) throw error;
    if (damage.includes(error.code)) throw damaged(named, error.message, { cause: error });
    if (error.code === resultCode.readOnly) {
      throw new StoreRefused(
        `${named} was left in the middle of a change: start parlance-server on it once`,
        {
          cause: error,
        },
      );
    }
    throw error;
  }
}

/** Throws StoreRefused if pages are broken or missing. Reads the whole file: about 1 ms per megabyte. */
export function refuseDamaged(path: string): void {
  const problem = inspecting(path, (database) => problems(database, "quick_check(1)")[0]);
  if (problem !== undefined) throw damaged(path, problem);
}

/** The problems that SQLite finds in the file. */
export function problems(database: Database, pragma: "quick_check(1)" | "integrity_check"): string[] {
  const found = database
    .prepare(`pragma ${pragma}`)
    .all()
    .map((row) => `${Object.values(row)[0]}`);
  return found.filter((line) => line !== "ok");
}

const damaged = (path: string, problem: string, options?: ErrorOptions): StoreRefused =>
  new StoreRefused(`${path} is damaged: ${problem.replaceAll(/\s+/g, " ").trim()}`, options);
