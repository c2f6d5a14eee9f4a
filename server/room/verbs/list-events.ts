import type { RoomContext } from "../context.js";
import { Refusal } from "../errors.js";
import { readCursor } from "../log/cursor.js";
import { readBack, readKept } from "../log/read-back.js";
import { readRecord, sees } from "../log/record.js";
import type { Member } from "../members/member.js";
import { type Batch, type Entry, type EventLog, LOG_PAGE, type Position, PositionLost } from "../ports.js";
import { refuseStoreErrors } from "./guards.js";

const DEFAULT_PAGE_SIZE = 50;
const MAX_PAGE_SIZE = 500;
/** Entries that one call examines: a caller who may see few of them does not get to read the whole log at once. */
const MAX_EXAMINED = 20 * LOG_PAGE;

export interface ListEventsRequest {
  /** A cursor, or empty; at most one of the two is set. */
  readonly before: string;
  readonly after: string;
  /** 0: the default of 50. */
  readonly pageSize: number;
}

/** The part of the log after `from` up to and including `to`, and what the caller may see of it, oldest first. */
export interface EventPage {
  readonly entries: readonly Entry[];
  readonly epoch: string;
  readonly from: number;
  readonly to: number;
  /** Nothing older than this page is kept. */
  readonly atStart: boolean;
  /** Why the requested position is gone. */
  readonly lost?: PositionLost["reason"];
}

/** What to read, checked. */
interface Query {
  readonly wanted: number;
  readonly isVisible: (entry: Entry) => boolean;
  /** What the room has applied: visibility is unknown for entries after it. */
  readonly applied: Position;
}

/** ListEvents: reads the log by the same visibility rule as feeds. */
export function listEvents(
  { log, tailer }: RoomContext,
  member: Member,
  request: ListEventsRequest,
): Promise<EventPage> {
  const { before, after, pageSize } = request;
  if (pageSize > MAX_PAGE_SIZE)
    throw new Refusal("REQUEST_INVALID", { field: "page_size", rule: "too_large", limit: MAX_PAGE_SIZE });
  if (before !== "" && after !== "") throw new Refusal("REQUEST_INVALID", { field: "after", rule: "both" });
  const viewer = { id: member.id, ignoringAt: (seq: number) => member.ignore.at(seq) };
  const query: Query = {
    wanted: pageSize || DEFAULT_PAGE_SIZE,
    isVisible: (entry) => sees(viewer, readRecord(entry.data), entry.seq),
    applied: tailer.position(),
  };
  return refuseStoreErrors(
    after === ""
      ? backward(log, before === "" ? undefined : readCursor(before, "before"), query)
      : forward(log, readCursor(after, "after"), query),
  );
}

async function forward(
  log: EventLog,
  after: Position,
  { wanted, isVisible, applied }: Query,
): Promise<EventPage> {
  const { position, lost } = await find(log, after);
  const entries: Entry[] = [];
  let to = position.seq;
  let batch: Batch;
  do {
    batch = await log.read({ epoch: position.epoch, seq: to }, LOG_PAGE);
    for (const entry of batch.entries) {
      if (entry.seq > applied.seq || entries.length === wanted) break;
      to = entry.seq;
      if (isVisible(entry)) entries.push(entry);
    }
  } while (
    entries.length < wanted &&
    to < Math.min(applied.seq, batch.last) &&
    to - position.seq < MAX_EXAMINED
  );
  const atStart = position.seq + 1 <= batch.first;
  return { entries, epoch: batch.epoch, from: position.seq, to, atStart, ...(lost && { lost }) };
}

/** From the head if `before` is undefined. */
async function backward(
  log: EventLog,
  before: Position | undefined,
  { wanted, isVisible, applied }: Query,
): Promise<EventPage> {
  // The page ends just before the cursor, so that is the position which has to exist.
  const end = before && { epoch: before.epoch, seq: Math.max(0, before.seq - 1) };
  const found = end && (await find(log, end));
  if (end && found?.lost === "trimmed")
    return { entries: [], epoch: found.position.epoch, from: end.seq, to: end.seq, atStart: true };
  const { epoch, first } = await log.head();
  const to = found ? Math.min(found.position.seq, applied.seq) : applied.seq;
  const { entries, from, trimmed } = await readBack({
    to,
    floor: Math.max(first - 1, to - MAX_EXAMINED),
    wanted,
    isVisible,
    page: async (from, last) =>
      (await readKept((after, limit) => tryRead(log, after, limit), { epoch, seq: from }, last)).entries,
  });
  const lost = found?.lost;
  return { entries, epoch, from, to, atStart: trimmed || from + 1 <= first, ...(lost && { lost }) };
}

async function find(
  log: EventLog,
  position: Position,
): Promise<{ position: Position; lost?: PositionLost["reason"] }> {
  const batch = await tryRead(log, position, 1);
  if (batch instanceof PositionLost) return { position: batch.resume, lost: batch.reason };
  return { position: { epoch: batch.epoch, seq: position.seq } };
}

async function tryRead(log: EventLog, after: Position, limit: number): Promise<Batch | PositionLost> {
  try {
    return await log.read(after, limit);
  } catch (error) {
    if (error instanceof PositionLost) return error;
    throw error;
  }
}
