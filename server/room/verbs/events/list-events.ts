import type { RoomContext } from "../../context.js";
import { readCursor } from "../../log/cursor.js";
import { beforeGap, readBack, readKept, tryRead } from "../../log/read-back.js";
import { readRecord, sees } from "../../log/record.js";
import type { Member } from "../../members/member.js";
import { type Entry, type EventLog, LOG_PAGE, type Position, PositionLost } from "../../ports.js";
import { refuseStoreErrors } from "../guards.js";
import {
  checkDirection,
  type EventPage,
  endOf,
  findPosition,
  type ListEventsRequest,
  limitBytes,
  wantedOf,
  withoutErased,
} from "./pages.js";

/** Entries that one call examines: a caller who may see few of them does not get to read the whole log at once. */
const MAX_EXAMINED = 20 * LOG_PAGE;

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
 * ListEvents: reads the log by the same visibility rule as feeds.
 */
export async function listEvents(
  context: RoomContext,
  member: Member,
  request: ListEventsRequest,
): Promise<EventPage> {
  checkDirection(request);
  const waiting = context.caughtUp();
  if (waiting) await refuseStoreErrors(waiting);
  return withoutErased(context.erasures, () => readPage(context, member, request));
}

function readPage(
  { log, tailer }: RoomContext,
  member: Member,
  { before, after, pageSize }: ListEventsRequest,
): Promise<EventPage> {
  const query: Query = {
    wanted: wantedOf(pageSize),
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

async function forward(
  log: EventLog,
  after: Position,
  { wanted, isVisible, fits, applied }: Query,
): Promise<EventPage> {
  const { position, lost } = await findPosition(log, after);
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
  const end = await endOf(log, before, applied);
  const { epoch, first, to } = end;
  if (end.isTrimmed) return { entries: [], epoch, from: to, to, atStart: true };
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
  const lost = isDamaged ? "trimmed" : end.lost;
  return {
    entries,
    epoch,
    from: start,
    to,
    atStart: (trimmed && !isDamaged) || start + 1 <= first,
    ...(lost && { lost }),
  };
}
