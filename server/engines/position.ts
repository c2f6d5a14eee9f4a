import type { Head, Position } from "../room/ports.js";
import { MAX_ERASED, PositionLost } from "../room/ports.js";

/**
 * The number after which a read from `after` starts; null: before the oldest kept event (promises L5 and L7). `endOf`
 * returns the last number of an older epoch, undefined if the log does not know that epoch. Throws PositionLost, with
 * the position where reading can go on.
 */
export function startAfter(
  after: Position | null,
  { epoch, first, last }: Head,
  endOf: (epoch: string) => number | undefined,
): number {
  const oldest = first - 1;
  if (!after) return oldest;
  const end = after.epoch === epoch ? last : endOf(after.epoch);
  if (end === undefined) throw new PositionLost("epoch", { epoch, seq: last });
  if (after.seq > end) throw new PositionLost("future", { epoch, seq: Math.max(end, oldest) });
  if (after.seq < oldest) throw new PositionLost("trimmed", { epoch, seq: oldest });
  return after.seq;
}

/** The numbers to erase, each once (promise L11). Throws RangeError if there are too many. */
export function numbersToErase(erase: readonly number[]): readonly number[] {
  if (erase.length > MAX_ERASED)
    throw new RangeError(`an append erases at most ${MAX_ERASED} entries, not ${erase.length}`);
  return [...new Set(erase)].filter(Number.isSafeInteger);
}
