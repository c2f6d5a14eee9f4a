import type { Observer } from "../../room/observer.js";
import type { Clock, Entry, Position } from "../../room/ports.js";
import { Fenced, PositionLost, Unavailable } from "../../room/ports.js";
import type { Connection } from "./connection.js";
import { resultCode, SqliteError } from "./database.js";

/** Delay between a failure, of a commit or of reopening, and the next attempt to reopen. */
const reopenMs = 1000;
/** After these nothing was written and the connection remains usable. */
const harmless: readonly number[] = [resultCode.full, resultCode.busy];

export interface Supervisor {
  /** Commits the batch or throws Unavailable. After an unknown outcome the file is reopened. */
  commit(work: (connection: Connection) => void): readonly (Entry & Position)[];
  /** Runs `read` on the connection. Throws PositionLost, Fenced or Unavailable. */
  look<T>(read: (connection: Connection) => T): T;
  stop(): void;
}

export interface SupervisorOptions {
  readonly clock: Clock;
  readonly observe: Observer;
  readonly open: () => Connection;
  /** Called whenever a new connection replaces one that failed. */
  readonly reopened: () => void;
}

/** A state of the store in which writes fail. `error`: what it began with. */
interface Failure {
  readonly error: unknown;
  readonly sinceMs: number;
}

/** Keeps a connection open through failures. Each change between writable and not is observed once. */
export function supervise({ clock, observe, open, reopened }: SupervisorOptions): Supervisor {
  let connection: Connection | undefined = open();
  let failure: Failure | undefined;
  let cancelRetry = () => {};

  function current(): Connection {
    if (!connection)
      throw new Unavailable(
        "not-applied",
        new Error("the store failed and is being reopened", { cause: failure?.error }),
      );
    return connection;
  }

  function failed(error: unknown, reopening: boolean): void {
    if (!failure) observe({ kind: "store_failed", error, reopening });
    failure ??= { error, sinceMs: clock.monotonic() };
  }

  function recovered(): void {
    if (failure) observe({ kind: "store_recovered", downMs: clock.monotonic() - failure.sinceMs });
    failure = undefined;
  }

  function reopenLater(): void {
    cancelRetry = clock.after(reopenMs, () => {
      try {
        connection = open();
      } catch (error) {
        observe({ kind: "store_reopen_failed", error });
        return reopenLater();
      }
      recovered();
      reopened();
    });
  }

  return {
    commit(work) {
      const used = current();
      try {
        const appended = used.batch(() => work(used));
        recovered();
        return appended;
      } catch (error) {
        if (error instanceof SqliteError && harmless.includes(error.code)) {
          failed(error, false);
          throw new Unavailable("not-applied", error);
        }
        failed(error, true);
        connection = undefined;
        used.abandon();
        reopenLater();
        throw new Unavailable("unknown", error);
      }
    },
    look(read) {
      try {
        return read(current());
      } catch (error) {
        if (error instanceof PositionLost || error instanceof Fenced || error instanceof Unavailable)
          throw error;
        throw new Unavailable("not-applied", error);
      }
    },
    stop() {
      cancelRetry();
      const open = connection;
      connection = undefined;
      open?.close();
    },
  };
}
