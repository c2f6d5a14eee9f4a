import type { RoomContext } from "../context.js";
import { Refusal } from "../errors.js";
import { readCursor } from "../log/cursor.js";
import { beforeGap, readBack, readKept, tryRead } from "../log/read-back.js";
import { readRecord, sees } from "../log/record.js";
import type { Member } from "../members/member.js";
import { type Entry, type EventLog, LOG_PAGE, type Position, PositionLost } from "../ports.js";
import { MAX_PAGE_SIZE, refuseStoreErrors } from "./guards.js";

const DEFAULT_PAGE_SIZE = 50;
/** Entries that one call examines: a caller who may see few of them does not get to read the whole log at once. */
const MAX_EXAMINED = 20 * LOG_PAGE;
/**
 * Bytes of the log that one page has, unless its first event alone has more: 500 of the longest messages would take the
 * event loop for as long as a hundred deliveries.
 */
const MAX_PAGE_BYTES = 256 * 1024;

export interface ListEventsRequest {
  /** A cursor, or empty; at most one of the two is set. */
  readonly before: string;
  readonly after: string;
  /** 0: the default of 50; at most MAX_PAGE_SIZE. */
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
  /** Whether the page has room for one more. */
  readonly fits: (entry: Entry) => boolean;
  /** What the room has applied: visibility is unknown for entries after it. */
  readonly applied: Position;
}

/**
 * ListEvents: reads the log by the same visibility rule as feeds. A page during which something was erased is read again,
 * as it may have what was erased.
 */
export async function listEvents(
  context: RoomContext,
  member: Member,
  request: ListEventsRequest,
): Promise<EventPage> {
  const { before, after } = request;
  if (before !== "" && after !== "") throw new Refusal("REQUEST_INVALID", { field: "after", rule: "both" });
  const waiting = context.caughtUp();
  if (waiting) await refuseStoreErrors(waiting);
  for (;;) {
    const erasures = context.erasures();
    const page = await readPage(context, member, request);
    if (context.erasures() === erasures) return page;
  }
}

function readPage(
  { log, tailer }: RoomContext,
  member: Member,
  { before, after, pageSize }: ListEventsRequest,
): Promise<EventPage> {
  const query: Query = {
    wanted: Math.min(pageSize || DEFAULT_PAGE_SIZE, MAX_PAGE_SIZE),
    isVisible: (entry) => sees(member, readRecord(entry.data), entry.seq),
    fits: limitBytes(),
    applied: tailer.position(),
  };
  return refuseStoreErrors(
    after === ""
      ? backward(log, before === "" ? undefined : readCursor(before, "before"), query)
      : forward(log, readCursor(after, "after"), query),
  );
}

function limitBytes(): (entry: Entry) => boolean {
  let bytes = 0;
  return ({ data }) => {
    const isFirst = bytes === 0;
    bytes += data.length;
    return isFirst || bytes <= MAX_PAGE_BYTES;
  };
}

async function forward(
  log: EventLog,
  after: Position,
  { wanted, isVisible, fits, applied }: Query,
): Promise<EventPage> {
  const { position, lost } = await find(log, after);
  const entries: Entry[] = [];
  let to = position.seq;
  let isFull = false;
  let batch = await log.read(position, LOG_PAGE);
  for (;;) {
    for (const entry of batch.entries) {
      if (entry.seq > applied.seq || entries.length === wanted) break;
      const isShown = isVisible(entry);
      isFull = isShown && !fits(entry);
      if (isFull) break;
      to = entry.seq;
      if (isShown) entries.push(entry);
    }
    const isDone = isFull || entries.length === wanted || to - position.seq >= MAX_EXAMINED;
    if (isDone || to >= Math.min(applied.seq, batch.last)) break;
    const next = await tryRead(log, { epoch: position.epoch, seq: to }, LOG_PAGE);
    // What follows is damaged: the caller learns of the gap when it asks for the next page.
    if (next instanceof PositionLost) break;
    batch = next;
  }
  const atStart = position.seq + 1 <= batch.first;
  return { entries, epoch: batch.epoch, from: position.seq, to, atStart, ...(lost && { lost }) };
}

/** From the head if `before` is undefined. */
async function backward(
  log: EventLog,
  before: Position | undefined,
  { wanted, isVisible, fits, applied }: Query,
): Promise<EventPage> {
  // The page ends just before the cursor, so that is the position which has to exist.
  const end = before && { epoch: before.epoch, seq: Math.max(0, before.seq - 1) };
  const found = end && (await find(log, end));
  const { epoch, first } = await log.head();
  if (end && found?.lost === "trimmed" && end.seq < first - 1)
    return { entries: [], epoch: found.position.epoch, from: end.seq, to: end.seq, atStart: true };
  // A position that is kept is as good for reading back if what follows it is damaged.
  const position = found?.lost === "trimmed" ? end : found?.position;
  const to = position ? Math.min(position.seq, applied.seq) : applied.seq;
  const read = (after: Position, limit: number) => tryRead(log, after, limit);
  const { entries, from, trimmed } = await readBack({
    to,
    floor: Math.max(first - 1, to - MAX_EXAMINED),
    wanted,
    isVisible,
    fits,
    page: async (from, last) => (await readKept(read, { epoch, seq: from }, last)).entries,
  });
  const isDamaged = trimmed && from >= (await log.head()).first;
  const start = isDamaged ? await beforeGap(read, { epoch, seq: from }, first - 1) : from;
  const foundLost = found?.lost === "trimmed" ? undefined : found?.lost;
  const lost = isDamaged ? "trimmed" : foundLost;
  return {
    entries,
    epoch,
    from: start,
    to,
    atStart: (trimmed && !isDamaged) || start + 1 <= first,
    ...(lost && { lost }),
  };
}

async function find(
  log: EventLog,
  position: Position,
): Promise<{ position: Position; lost?: PositionLost["reason"] }> {
  const batch = await tryRead(log, position, 1);
  if (batch instanceof PositionLost) return { position: batch.resume, lost: batch.reason };
  return { position: { epoch: batch.epoch, seq: position.seq } };
}
