import type { Observer, StoreCleanup } from "../../room/observer.js";
import type { Clock, Entry, Ids, Position } from "../../room/ports.js";
import type { Leases } from "../leases.js";
import type { SteadyClock, SteadyClockOptions } from "../steady-clock.js";
import { Database, rollBack } from "./database.js";
import { createSqliteErasure } from "./erasure.js";
import type { FileIdentity, FileWatch } from "./file/watch.js";
import { identify, isSame, watchFile } from "./file/watch.js";
import type { SqliteLog } from "./log.js";
import { createSqliteLog } from "./log.js";
import type { SqliteNames } from "./names.js";
import { createSqliteNames } from "./names.js";
import { migrate } from "./schema.js";
import { beginEpoch } from "./state.js";
import type { SqliteValues } from "./values.js";
import { createSqliteValues } from "./values.js";

/** The open file. It lasts one epoch and is never used again after a failure with unknown outcome. */
export interface Connection {
  readonly log: SqliteLog;
  readonly names: SqliteNames;
  readonly values: SqliteValues;
  readonly file: FileWatch;
  /** Runs `work` as one transaction with one flush. Returns the events it appended. */
  batch(work: () => void): readonly (Entry & Position)[];
  /** Moves what is in the write-ahead log into the file itself, wherever that is by now; keeps it where it is if that fails. */
  checkpoint(): void;
  /**
   * Leaves nothing that was erased in the file, and nothing at all in the write-ahead log. Returns whether it could:
   * another program that reads the store keeps what it reads.
   */
  purge(): boolean;
  /** Writes and flushes a page, as a test whether writing works. */
  probe(): void;
  /** Moves everything into the file itself, if there is space, and closes it. */
  close(): void;
  /** Closes a connection that failed. */
  abandon(): void;
}

export interface ConnectionSettings {
  /** As the operator gave it. */
  readonly path: string;
  /** The file it stands for. */
  readonly realPath: string;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly leases: Leases;
  readonly maxEvents: number;
  readonly maxKept: number;
  /** The store's; the first connection gives the times of the oldest and the newest event. */
  readonly steadyClock: (span: Pick<SteadyClockOptions, "oldestAt" | "newestAt">) => SteadyClock;
  readonly observe: Observer;
  readonly onDamage: (first: number, last: number) => void;
}

const logKeptBytes = 16 * 2 ** 20;

/**
 * Opens a store that exists and is sound. The checkpoint comes first because after a failed flush the operating system
 * may consider pages written that are not: the checkpoint writes them again, into the file itself. `expected`: the file
 * that was open before; another one is not opened.
 */
export function connect(settings: ConnectionSettings, expected?: FileIdentity): Connection {
  const { path, realPath, ids, leases, observe } = settings;

  /** Failure of `call` is observed, and costs nothing but the work that it would have saved. */
  function attempt(step: StoreCleanup, call: () => void): void {
    try {
      call();
    } catch (error) {
      observe({ kind: "store_cleanup_failed", step, error });
    }
  }

  const { database, opened } = openIdentified(path, realPath, expected);
  const checkpoint = () => attempt("checkpoint", () => database.exec("pragma wal_checkpoint(truncate)"));
  try {
    database.exec("pragma busy_timeout = 1000; pragma journal_mode = wal; pragma synchronous = full");
    // What is erased or dropped is overwritten with zeros, in free pages, too.
    database.exec("pragma secure_delete = on");
    // Once a snapshot that made the log grow is gone, the next start of the log gives the space back.
    database.exec(`pragma journal_size_limit = ${logKeptBytes}`);
    database.exec("pragma wal_checkpoint(truncate)");
    migrate(database, path);
    const state = beginEpoch(database, ids.random(), settings.clock.now());
    let appended: (Entry & Position)[] = [];
    const names = createSqliteNames(database, state, leases);
    const steady = settings.steadyClock(state);
    const values = createSqliteValues(database, state, steady);
    const erasure = createSqliteErasure(database, state);
    const log = createSqliteLog({
      database,
      state,
      clock: settings.clock,
      steady,
      maxEvents: settings.maxEvents,
      maxKept: settings.maxKept,
      onAppend: (entry) => appended.push(entry),
      onErase: erasure.erase,
      onDamage: settings.onDamage,
      pass: names.pass,
    });
    const truncate = database.prepare("pragma wal_checkpoint(truncate)");
    const begin = database.prepare("begin immediate");
    const commit = database.prepare("commit");
    const keep = database.prepare("update meta set last = ?, counter = ?");
    const pages = database.prepare("pragma page_count");
    const pageBytes = Number(database.prepare("pragma page_size").get()?.page_size);
    const wholeBytes = () => Number(pages.get()?.page_count) * pageBytes;

    return {
      log,
      names,
      values,
      file: watchFile({ path, realPath, opened, wholeBytes }),
      checkpoint,
      purge() {
        // SQLite would wait for readers, and the event loop with it.
        database.exec("pragma busy_timeout = 0");
        try {
          erasure.clean();
          return Number(truncate.get()?.busy) === 0;
        } finally {
          database.exec("pragma busy_timeout = 1000");
        }
      },
      probe() {
        begin.run();
        try {
          keep.run(state.last, state.counter);
          commit.run();
        } catch (error) {
          rollBack(database);
          throw error;
        }
      },
      batch(work) {
        const before = { ...state };
        appended = [];
        steady.look();
        begin.run();
        try {
          work();
          log.trim();
          if (state.last !== before.last || state.counter !== before.counter) {
            keep.run(state.last, state.counter);
          }
          commit.run();
          return appended;
        } catch (error) {
          Object.assign(state, before);
          rollBack(database);
          throw error;
        }
      },
      close() {
        // What cannot be moved is just as safe in the write-ahead log.
        checkpoint();
        database.close();
      },
      abandon() {
        rollBack(database);
        attempt("close", () => database.close());
      },
    };
  } catch (error) {
    rollBack(database);
    database.close();
    throw error;
  }
}

/** Opens the file, never creates it, and makes sure of which one it is. */
function openIdentified(
  path: string,
  realPath: string,
  expected: FileIdentity | undefined,
): { database: Database; opened: FileIdentity } {
  // Opening a file on an overlay file system for writing may give it another inode, once.
  for (let attempts = 0; attempts < 2; attempts++) {
    const before = identify(path);
    if (!before) throw new Error("it was removed or moved away");
    if (expected && !isSame(before, expected)) throw new Error("it was replaced by another file");
    const database = new Database(realPath);
    const opened = identify(path);
    if (opened && isSame(before, opened)) return { database, opened };
    database.close();
  }
  throw new Error("it is being replaced while it is opened");
}
