import type { Observer } from "../../room/observer.js";
import type { Clock, Entry, Position } from "../../room/ports.js";
import { Fenced, PositionLost, Unavailable } from "../../room/ports.js";
import { every } from "../ticker.js";
import type { Connection } from "./connection.js";
import { resultCode, SqliteError } from "./database.js";
import type { Displaced, FileIdentity } from "./file/watch.js";

/** Delay between a failure, of a commit or of reopening, and the next attempt to reopen. */
const reopenMs = 1000;
/** After these nothing was written and the connection remains usable. */
const harmless: readonly number[] = [resultCode.full, resultCode.busy];
/** After these the file can be read in parts at best, and trying again does not help. */
const damage: readonly number[] = [resultCode.corrupt, resultCode.notADatabase];
/** How often the file is examined without a write, and how old an examination a write may rely on. */
const examineMs = 1000;
const examinedForWriteMs = 50;
/** A disk that stays nearly full counts as writable when no write has failed for so long. */
const calmMs = 60_000;
/** SQLite starts the write-ahead log anew at 4 MiB, unless a reader holds a snapshot of what is in it. */
const largeLogBytes = 64 * 2 ** 20;
const largeLogEveryMs = 3_600_000;

export interface Supervisor {
  /** Commits the batch or throws Unavailable. After an unknown outcome the file is reopened. */
  commit(work: (connection: Connection) => void): readonly (Entry & Position)[];
  /** Only inside a batch: what it erases has to leave the file (Connection.purge), which is tried at once and until done. */
  owePurge(): void;
  /** Whether something that was erased may still be in the file. Tries to change that. */
  owesPurge(): boolean;
  /** Runs `read` on the connection. Throws PositionLost, Fenced or Unavailable. */
  look<T>(read: (connection: Connection) => T): T;
  stop(): void;
}

export interface SupervisorOptions {
  readonly clock: Clock;
  readonly observe: Observer;
  /** `expected`: the file that was open before. */
  readonly open: (expected?: FileIdentity) => Connection;
  /** Called whenever a new connection replaces one that failed. */
  readonly reopened: () => void;
}

/** A state of the store in which writes fail. `error`: what it began with. */
interface Failure {
  readonly error: unknown;
  readonly sinceMs: number;
  lastMs: number;
}

/**
 * Keeps a connection open through failures, and refuses to write into a file that the next start would not open. Each
 * change between writable and not is observed once.
 */
export function supervise({ clock, observe, open, reopened }: SupervisorOptions): Supervisor {
  let connection: Connection | undefined = open();
  const { opened } = connection.file;
  let failure: Failure | undefined;
  let displaced: Displaced | undefined;
  let largeLogMs = Number.NEGATIVE_INFINITY;
  let damageSeen = false;
  // The process before may have ended while another program kept it from purging.
  let owesPurge = true;
  /** This batch has something to purge. */
  let erases = false;
  let examinedMs = clock.monotonic();
  let cancelRetry = () => {};

  function purge(): void {
    if (!owesPurge || !connection) return;
    try {
      owesPurge = !connection.purge();
    } catch (error) {
      observe({ kind: "store_cleanup_failed", step: "checkpoint", error });
    }
  }

  function current(): Connection {
    if (!connection)
      throw new Unavailable(
        "not-applied",
        new Error("the store failed and is being reopened", { cause: failure?.error }),
      );
    return connection;
  }

  function failed(error: unknown, reopening: boolean): void {
    const now = clock.monotonic();
    if (!failure) observe({ kind: "store_failed", error, reopening });
    failure ??= { error, sinceMs: now, lastMs: now };
    failure.lastMs = now;
  }

  function recovered(): void {
    if (failure) observe({ kind: "store_recovered", downMs: clock.monotonic() - failure.sinceMs });
    failure = undefined;
  }

  /** On a full disk a small write may succeed between two that fail: that is no recovery. */
  function written(used: Connection): void {
    if (failure && (used.file.hasSpace() || clock.monotonic() - failure.lastMs >= calmMs)) recovered();
  }

  function reopen(): void {
    try {
      connection = open(opened);
    } catch (error) {
      observe({ kind: "store_reopen_failed", error });
      reopenLater();
      return;
    }
    recovered();
    reopened();
  }

  function reopenLater(): void {
    cancelRetry = clock.after(reopenMs, reopen);
  }

  function examine(): void {
    examinedMs = clock.monotonic();
    if (!connection || displaced?.kind === "damaged") return;
    const found = connection.file.examine();
    if (found && found.kind !== "side") {
      failed(found.error, false);
      // Whatever was acknowledged is then in the file itself, wherever it is, and no other file inherits its log.
      if (!displaced && found.kind === "absent") connection.checkpoint();
      displaced = found;
    } else if (found) {
      failed(found.error, true);
      displaced = undefined;
      const used = connection;
      connection = undefined;
      used.abandon();
      reopen();
    } else {
      if (displaced) recovered();
      displaced = undefined;
      watchLog(connection.file.logBytes());
    }
  }

  function watchLog(bytes: number): void {
    if (bytes <= largeLogBytes) largeLogMs = Number.NEGATIVE_INFINITY;
    else if (examinedMs - largeLogMs >= largeLogEveryMs) {
      observe({ kind: "store_log_large", bytes });
      largeLogMs = examinedMs;
    }
  }

  function write<T>(used: Connection, call: () => T): T {
    try {
      const result = call();
      written(used);
      return result;
    } catch (error) {
      const code = error instanceof SqliteError ? error.code : 0;
      if (harmless.includes(code)) {
        failed(error, false);
        throw new Unavailable("not-applied", error);
      }
      if (damage.includes(code)) {
        const text = `the file is damaged (${String((error as Error).message)}); writes are refused until a backup is restored and the server restarted`;
        displaced = { kind: "damaged", error: new Error(text, { cause: error }) };
        failed(displaced.error, false);
        throw new Unavailable("unknown", error);
      }
      failed(error, true);
      connection = undefined;
      used.abandon();
      reopenLater();
      throw new Unavailable("unknown", error);
    }
  }

  /** Without it a server that gets no writes because it is not ready would never be ready again. */
  function probe(): void {
    if (!failure || !connection || displaced) return;
    const used = connection;
    try {
      write(used, () => used.probe());
    } catch {
      // Observed by `write`.
    }
  }

  const stopExamining = every(clock, examineMs, () => {
    examine();
    probe();
    purge();
  });
  purge();

  return {
    commit(work) {
      if (clock.monotonic() - examinedMs >= examinedForWriteMs) examine();
      const used = current();
      if (displaced) throw new Unavailable("not-applied", displaced.error);
      erases = false;
      const appended = write(used, () => used.batch(() => work(used)));
      if (erases) purge();
      return appended;
    },
    owePurge() {
      erases = true;
      owesPurge = true;
    },
    owesPurge() {
      purge();
      return owesPurge;
    },
    look(read) {
      try {
        return read(current());
      } catch (error) {
        if (error instanceof PositionLost || error instanceof Fenced || error instanceof Unavailable)
          throw error;
        if (!damageSeen && error instanceof SqliteError && damage.includes(error.code)) {
          damageSeen = true;
          observe({ kind: "store_damaged", error });
        }
        throw new Unavailable("not-applied", error);
      }
    },
    stop() {
      stopExamining();
      cancelRetry();
      const open = connection;
      connection = undefined;
      open?.close();
    },
  };
}
