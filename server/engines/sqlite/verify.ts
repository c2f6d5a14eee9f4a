import { StoreRefused } from "../store-refused.js";
import type { Driver, OpenDriver } from "./driver.js";
import { resultCode, SqliteError } from "./driver.js";

const damage: readonly number[] = [resultCode.corrupt, resultCode.notADatabase];

/**
 * Opens the file for reading alone, so that even closing it changes nothing, and lets `look` at it. Damage that
 * SQLite meets on the way becomes StoreRefused.
 */
export function inspecting<T>(open: OpenDriver, path: string, look: (driver: Driver) => T): T {
  try {
    const driver = open(path, { readOnly: true });
    try {
      return look(driver);
    } finally {
      driver.close();
    }
  } catch (error) {
    if (!(error instanceof SqliteError)) throw error;
    if (damage.includes(error.code)) throw damaged(path, error.message);
    if (error.code === resultCode.readOnly) {
      throw new StoreRefused(`${path} was left amid a change: parlance-server must be started on it once`);
    }
    throw error;
  }
}

/** Throws StoreRefused if pages are broken or missing. Reads the whole file: about 1 ms a megabyte. */
export function refuseDamaged(open: OpenDriver, path: string): void {
  const problem = inspecting(open, path, (driver) => problems(driver, "quick_check(1)")[0]);
  if (problem !== undefined) throw damaged(path, problem);
}

/** What SQLite finds wrong with the file; empty if nothing. */
export function problems(driver: Driver, pragma: "quick_check(1)" | "integrity_check"): string[] {
  const found = driver
    .prepare(`pragma ${pragma}`)
    .all()
    .map((row) => `${Object.values(row)[0]}`);
  return found.filter((line) => line !== "ok");
}

const damaged = (path: string, problem: string): StoreRefused =>
  new StoreRefused(`${path} is damaged: ${problem.replaceAll(/\s+/g, " ").trim()}`);
