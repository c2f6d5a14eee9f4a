import { Refusal } from "../errors.js";
import { readCursor } from "../log/cursor.js";
import { readRecord, sees } from "../log/record.js";
import type { Member } from "../members/member.js";
import { type Batch, type Entry, type EventLog, type Position, PositionLost } from "../ports.js";
import { answered } from "./requests.js";

const DEFAULT_PAGE_SIZE = 50;
const MAX_PAGE_SIZE = 500;
/** Events that one call looks through: someone who may see few of them does not get to read a whole store at once. */
const MAX_LOOKED_THROUGH = 5_000;
const READ_PAGE = 256;

export interface HistoryRequest {
  /** A cursor, or empty; at most one of the two is set. */
  readonly before: string;
  readonly after: string;
  /** 0: the default of 50. */
  readonly pageSize: number;
}

/** The stretch of the log behind `from` up to and including `to`, and what the caller may see of it, oldest first. */
export interface HistoryPage {
  readonly entries: readonly Entry[];
  readonly epoch: string;
  readonly from: number;
  readonly to: number;
  /** Nothing older than this page is kept. */
  readonly atStart: boolean;
  /** Why the place that was asked for is gone. */
  readonly lost?: PositionLost["reason"];
}

interface Parts {
  readonly log: EventLog;
  /** What the room has applied: nobody can say who may see what comes after it. */
  readonly position: () => Position;
}

/** Reads the log back by the rule that feeds follow. */
export function createReadHistory({ log, position }: Parts) {
  return (member: Member, request: HistoryRequest): Promise<HistoryPage> => {
    const { before, after, pageSize } = request;
    if (pageSize > MAX_PAGE_SIZE)
      throw new Refusal("REQUEST_INVALID", { field: "page_size", rule: "too_large", limit: MAX_PAGE_SIZE });
    if (before !== "" && after !== "") throw new Refusal("REQUEST_INVALID", { field: "after", rule: "both" });
    const wanted = pageSize || DEFAULT_PAGE_SIZE;
    const visible = (entry: Entry) =>
      sees({ id: member.id, ignoringAt: (seq) => member.ignore.at(seq) }, readRecord(entry.data), entry.seq);
    return answered(
      after === ""
        ? back(before === "" ? undefined : readCursor(before, "before"), wanted, visible)
        : on(readCursor(after, "after"), wanted, visible),
    );
  };

  /** From the place on. */
  async function on(
    after: Position,
    wanted: number,
    visible: (entry: Entry) => boolean,
  ): Promise<HistoryPage> {
    const { place, lost } = await find(after);
    const head = position().seq;
    const entries: Entry[] = [];
    let to = place.seq;
    let batch: Batch;
    do {
      batch = await log.read({ epoch: place.epoch, seq: to }, READ_PAGE);
      for (const entry of batch.entries) {
        if (entry.seq > head || entries.length === wanted) break;
        to = entry.seq;
        if (visible(entry)) entries.push(entry);
      }
    } while (
      entries.length < wanted &&
      to < Math.min(head, batch.last) &&
      to - place.seq < MAX_LOOKED_THROUGH
    );
    const atStart = place.seq + 1 <= batch.first;
    return { entries, epoch: batch.epoch, from: place.seq, to, atStart, ...(lost && { lost }) };
  }

  /** From the place back; from the head if there is none. */
  async function back(
    before: Position | undefined,
    wanted: number,
    visible: (entry: Entry) => boolean,
  ): Promise<HistoryPage> {
    // What is asked for ends in front of the cursor, so that is the place that has to be there.
    const end = before && { epoch: before.epoch, seq: Math.max(0, before.seq - 1) };
    const found = end && (await find(end));
    if (end && found?.lost === "trimmed")
      return { entries: [], epoch: found.place.epoch, from: end.seq, to: end.seq, atStart: true };
    const { epoch, first } = await log.head();
    const to = Math.min(found ? found.place.seq : position().seq, position().seq);
    const entries: Entry[] = [];
    let from = to;
    while (entries.length < wanted && from >= first && to - from < MAX_LOOKED_THROUGH) {
      const page = Math.max(first - 1, from - READ_PAGE);
      const batch = await readKept({ epoch, seq: page }, from - page);
      for (const entry of batch.entries.toReversed()) {
        if (entry.seq > from || entries.length === wanted) continue;
        from = entry.seq - 1;
        if (visible(entry)) entries.unshift(entry);
      }
      if (entries.length < wanted) from = page;
    }
    const lost = found?.lost;
    return { entries, epoch, from, to, atStart: from + 1 <= first, ...(lost && { lost }) };
  }

  async function find(place: Position): Promise<{ place: Position; lost?: PositionLost["reason"] }> {
    try {
      const { epoch } = await log.read(place, 1);
      return { place: { epoch, seq: place.seq } };
    } catch (error) {
      if (!(error instanceof PositionLost)) throw error;
      return { place: error.resume, lost: error.reason };
    }
  }

  /** A page that may have been trimmed since its place was chosen. */
  async function readKept(place: Position, limit: number): Promise<Batch> {
    try {
      return await log.read(place, limit);
    } catch (error) {
      if (!(error instanceof PositionLost)) throw error;
      return log.read(error.resume, limit);
    }
  }
}
