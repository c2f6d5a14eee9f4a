import { existsSync } from "node:fs";
import type { Clock } from "../../../room/ports.js";
import { Unavailable } from "../../../room/ports.js";
import { StoreRefused } from "../../store-refused.js";
import { Database, resultCode, SqliteError } from "../database.js";
import { refuseDamaged } from "../verify.js";
import { createFile, isAbsent, makePrivate, refuseForeign } from "./files.js";
import { takeLock } from "./lock.js";
import { resolveStore } from "./paths.js";

/** Failures that may pass: opening is worth a retry. */
const passing: readonly number[] = [resultCode.busy, resultCode.ioError, resultCode.full];
const passingErrno: readonly unknown[] = ["ENOSPC", "EDQUOT", "EIO", "EMFILE", "ENFILE"];

interface Settings {
  readonly path: string;
  readonly clock: Clock;
}

interface Holding<T> {
  readonly held: T;
  /** Stops `held`, then releases the lock. */
  readonly release: () => void;
}

/**
 * Locks the file for this process, creates it if it is missing, refuses it unchanged if it is damaged or foreign, and
 * then calls `start` with its real path. Throws StoreRefused, or Unavailable if a retry may help.
 */
export function holdFile<T extends { stop(): void }>(
  settings: Settings,
  start: (realPath: string) => T,
): Holding<T> {
  const { path, clock } = settings;
  try {
    const realPath = resolveStore(path);
    const unlock = takeLock(realPath, clock.now());
    try {
      prepareFile(realPath);
      const held = start(realPath);
      return { held, release: () => inTurn(held.stop, unlock) };
    } catch (error) {
      unlock();
      throw error;
    }
  } catch (error) {
    throw explain(error, path);
  }
}

function prepareFile(path: string): void {
  if (isAbsent(path)) {
    createFile(path);
    return;
  }
  refuseForeign(path);
  if (!isAbsent(`${path}-journal`)) playBack(path);
  refuseDamaged(path);
  for (const file of [path, `${path}-wal`, `${path}-shm`]) if (existsSync(file)) makePrivate(file);
}

/**
 * A power cut while a file is being switched to write-ahead logging leaves a rollback journal. SQLite plays it back on
 * the first access of a connection that may write.
 */
function playBack(path: string): void {
  const database = new Database(path);
  try {
    database.exec("select 1 from sqlite_schema");
  } finally {
    database.close();
  }
}

function inTurn(first: () => void, then: () => void): void {
  try {
    first();
  } finally {
    then();
  }
}

function explain(error: unknown, path: string): unknown {
  if (error instanceof StoreRefused || !(error instanceof Error)) return error;
  const mayPass =
    error instanceof SqliteError
      ? passing.includes(error.code)
      : "code" in error && passingErrno.includes(error.code);
  if (mayPass) return new Unavailable("not-applied", error);
  return new StoreRefused(`${path} cannot be opened: ${error.message}`, { cause: error });
}
