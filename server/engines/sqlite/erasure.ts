import type { Database } from "./database.js";
import type { State } from "./state.js";

/**
 * Erasing without a trace (promise L11). `secure_delete` overwrites what is deleted, but when SQLite moves rows from one
 * page to another to balance its tree, it leaves copies in the pages that they came from. So no text may move: rows are
 * appended, which moves none; an erased row is overwritten by one of the same size, which SQLite does in place; and rows
 * are deleted at the old end alone. That moves rows among the first three leaves of the tree; an event that is erased
 * there has the whole file vacuumed.
 */
export interface SqliteErasure {
  /** Only inside a batch. Events that are void or not kept are skipped. */
  erase(seqs: readonly number[]): void;
  /** Removes the copies that moved rows have left, if there may be any. Not inside a batch. */
  clean(): void;
}

/** Bytes of three leaves, and how many rows these have at most: one with a single byte of data takes 16 more. */
const FRONT_BYTES = 3 * 4_096;
const FRONT_ROWS = FRONT_BYTES / 16;

export function createSqliteErasure(database: Database, state: State): SqliteErasure {
  const find = database.prepare("select crc from event where seq = ? and void is null");
  const makeVoid = database.prepare(
    "update event set data = zeroblob(length(data)), crc = ?, void = 1 where seq = ?",
  );
  // At least 480 bytes of a row are in its leaf, however long it is.
  const bytesBefore = database.prepare(
    "select sum(min(length(data), 480) + 16) as bytes from event where seq >= ? and seq < ?",
  );
  const setUnclean = database.prepare("update meta set unclean = ?");
  let isUnclean = database.prepare("select 1 as found from meta where unclean = 1").get() !== undefined;

  /** Whether there may be copies of a row. Rows of schema 1 have no checksum and grow when they are written again. */
  function mayHaveMoved(seq: number, crc: unknown): boolean {
    if (crc === null) return true;
    const { first } = state;
    if (first === 1 || seq >= first + FRONT_ROWS) return false;
    return Number(bytesBefore.get(first, seq)?.bytes ?? 0) < FRONT_BYTES;
  }

  return {
    erase(seqs) {
      for (const seq of seqs) {
        const row = find.get(seq);
        if (!row) continue;
        if (mayHaveMoved(seq, row.crc)) {
          setUnclean.run(1);
          isUnclean = true;
        }
        makeVoid.run(row.crc === null ? null : sameWidth(Number(row.crc)), seq);
      }
    },
    clean() {
      if (!isUnclean) return;
      database.exec("vacuum");
      setUnclean.run(null);
      isUnclean = false;
    },
  };
}

/** A number that says nothing of a checksum but how many bytes SQLite takes for it. */
function sameWidth(crc: number): number {
  const bits = [7, 15, 23, 31].find((width) => crc < 2 ** width);
  return bits === undefined ? 2 ** 32 : 2 ** (bits - 1);
}
