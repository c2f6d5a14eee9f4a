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

/**
 * Keeps a connection open through failures. `reopened` is called whenever a new connection replaces one that failed.
 */
export function supervise(clock: Clock, open: () => Connection, reopened: () => void): Supervisor {
  let connection: Connection | undefined = open();
  let cancelRetry = () => {};

  function current(): Connection {
    if (!connection)
      throw new Unavailable("not-applied", new Error("the store failed and is being reopened"));
    return connection;
  }

  function reopenLater(): void {
    cancelRetry = clock.after(reopenMs, () => {
      try {
        connection = open();
      } catch {
        return reopenLater();
      }
      reopened();
    });
  }

  return {
    commit(work) {
      const used = current();
      try {
        return used.batch(() => work(used));
      } catch (error) {
        if (error instanceof SqliteError && harmless.includes(error.code))
          throw new Unavailable("not-applied", error);
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
