import { type Batch, type Entry, type EventLog, LOG_PAGE, type Position, PositionLost } from "../ports.js";

export interface ReadBackOptions<E> {
  /** The newest place to look at. */
  readonly to: number;
  /** The place before the oldest to look at. */
  readonly floor: number;
  /** How many visible entries. */
  readonly wanted: number;
  readonly isVisible: (entry: E) => boolean;
  /** Whether there is room for one more visible entry; asked once for each, in order. Absent: always. */
  readonly fits?: (entry: E) => boolean;
  /** The entries after `from` up to and including `to`, oldest first; without the oldest if they are no longer kept. */
  readonly page: (from: number, to: number) => readonly E[] | Promise<readonly E[]>;
}

/** What was found between `from` (excluded) and `to` (included). */
export interface ReadBack<E> {
  /** Visible entries, oldest first. */
  readonly entries: readonly E[];
  readonly from: number;
  /** Entries older than `from` are no longer kept, as far as was seen. */
  readonly trimmed: boolean;
}

/** Reads the log backwards, page by page, for its newest visible entries: the one loop behind backlogs and ListEvents. */
export async function readBack<E extends { readonly seq: number }>(
  options: ReadBackOptions<E>,
): Promise<ReadBack<E>> {
  const { to, floor, wanted, isVisible, fits = () => true, page } = options;
  const found: E[] = [];
  let from = to;
  while (found.length < wanted && from > floor) {
    const next = Math.max(floor, from - LOG_PAGE);
    const entries = await page(next, from);
    for (const entry of entries.toReversed()) {
      if (!isVisible(entry)) continue;
      if (!fits(entry)) return { entries: found.reverse(), from: entry.seq, trimmed: false };
      found.push(entry);
      if (found.length === wanted) return { entries: found.reverse(), from: entry.seq - 1, trimmed: false };
    }
    if (entries.length < from - next)
      return { entries: found.reverse(), from: from - entries.length, trimmed: true };
    from = next;
  }
  return { entries: found.reverse(), from, trimmed: false };
}

/**
 * A page read from the log: the entries after `from` up to and including `to`, without what is before the last gap
 * among them. A gap is what was trimmed, or is damaged.
 */
export async function readKept(
  read: (after: Position, limit: number) => Promise<Batch | PositionLost>,
  from: Position,
  to: number,
): Promise<{ entries: readonly Entry[]; epoch: string }> {
  let entries: Entry[] = [];
  let { epoch } = from;
  for (let at = from; at.seq < to; ) {
    const batch = await read(at, to - at.seq);
    if (batch instanceof PositionLost) {
      if (batch.reason !== "trimmed" || batch.resume.seq >= to) return { entries: [], epoch: from.epoch };
      entries = [];
      at = batch.resume;
    } else {
      const newest = batch.entries.at(-1);
      if (!newest) break;
      entries.push(...batch.entries.filter(({ seq }) => seq <= to));
      epoch = batch.epoch;
      at = { epoch, seq: newest.seq };
    }
  }
  return { entries, epoch };
}

/**
 * The entries that are kept after `from` up to and including `to`, oldest first, in pages of `limit`; those on both sides
 * of a gap.
 */
export async function* keptPages(
  log: Pick<EventLog, "read">,
  from: Position,
  to: number,
  limit = LOG_PAGE,
): AsyncGenerator<readonly Entry[], void> {
  for (let at = from; at.seq < to; ) {
    const batch = await tryRead(log, at, Math.min(limit, to - at.seq));
    if (batch instanceof PositionLost) {
      if (batch.resume.seq <= at.seq) return;
      at = batch.resume;
      continue;
    }
    const newest = batch.entries.at(-1);
    if (!newest) return;
    yield batch.entries;
    at = { epoch: batch.epoch, seq: newest.seq };
  }
}

/** The place before the gap that ends with `seq`; `floor` if nothing after that is kept. */
export async function beforeGap(
  read: (after: Position, limit: number) => Promise<Batch | PositionLost>,
  { epoch, seq }: Position,
  floor: number,
): Promise<number> {
  for (let end = seq; end > floor; ) {
    const start = Math.max(floor, end - LOG_PAGE);
    let sound = start;
    for (let at: Position = { epoch, seq: start }; at.seq < end; ) {
      const batch = await read(at, end - at.seq);
      if (batch instanceof PositionLost) at = batch.resume;
      else {
        const newest = batch.entries.at(-1);
        if (!newest) break;
        at = { epoch: batch.epoch, seq: newest.seq };
        sound = newest.seq;
      }
    }
    if (sound > start) return sound;
    end = start;
  }
  return floor;
}

/** Returns the error if the position is lost. */
export async function tryRead(
  log: Pick<EventLog, "read">,
  after: Position | null,
  limit: number,
): Promise<Batch | PositionLost> {
  try {
    return await log.read(after, limit);
  } catch (error) {
    if (error instanceof PositionLost) return error;
    throw error;
  }
}
