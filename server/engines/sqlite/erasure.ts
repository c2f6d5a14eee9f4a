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

/** Three pages of 4,096 bytes divided by the least that a row takes: 12 bytes of data and as many around them. */
const FRONT = 512;

export function createSqliteErasure(database: Database, state: State): SqliteErasure {
  const find = database.prepare("select crc from event where seq = ? and void is null");
  const makeVoid = database.prepare(
    "update event set data = zeroblob(length(data)), crc = ?, void = 1 where seq = ?",
  );
  const setUnclean = database.prepare("update meta set unclean = ?");
  let isUnclean = database.prepare("select 1 as found from meta where unclean = 1").get() !== undefined;

  /** Rows of schema 1 have no checksum and grow when they are written again. */
  const mayMove = (seq: number, crc: unknown) =>
    crc === null || (state.first > 1 && seq < state.first + FRONT);

  return {
    erase(seqs) {
      for (const seq of seqs) {
        const row = find.get(seq);
        if (!row) continue;
        if (mayMove(seq, row.crc)) {
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
