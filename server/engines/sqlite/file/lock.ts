import { readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { pid } from "node:process";
import { StoreRefused } from "../../store-refused.js";
import { Database, resultCode, SqliteError } from "../database.js";
import { makePrivate } from "./files.js";

/**
 * Locks the store for this process. Returns the function that unlocks it. Throws StoreRefused, naming the holder. The
 * lock is an open transaction on a side file: it ends with the process, however that dies, and any SQLite tool can read
 * the store meanwhile. `now`: ms since 1970.
 */
export function takeLock(path: string, now: number): () => void {
  const side = `${path}.lock`;
  const about = `${side}.json`;
  makePrivate(side);
  const database = new Database(side);
  try {
    database.exec("pragma busy_timeout = 0; pragma journal_mode = delete; begin exclusive");
  } catch (error) {
    database.close();
    if (!(error instanceof SqliteError && error.code === resultCode.busy)) throw error;
    throw new StoreRefused(`another parlance-server${describeHolder(about)} uses ${path}`, { cause: error });
  }
  const unlock = () => {
    rmSync(about, { force: true });
    database.exec("rollback");
    database.close();
  };
  try {
    nameHolder(about, now);
  } catch (error) {
    // Otherwise a retry, after a full disk for example, would meet this process's own lock.
    unlock();
    throw error;
  }
  return unlock;
}

function nameHolder(about: string, now: number): void {
  rmSync(`${about}.new`, { force: true });
  makePrivate(`${about}.new`);
  writeFileSync(`${about}.new`, `${JSON.stringify({ pid, since: new Date(now).toISOString() })}\n`);
  renameSync(`${about}.new`, about);
}

/** Empty if the holder has not written its note yet, or has removed it. */
function describeHolder(about: string): string {
  try {
    const holder: unknown = JSON.parse(readFileSync(about, "utf8"));
    if (typeof holder !== "object" || holder === null || !("pid" in holder && "since" in holder)) return "";
    return ` (process ${holder.pid}, since ${holder.since})`;
  } catch {
    return "";
  }
}
