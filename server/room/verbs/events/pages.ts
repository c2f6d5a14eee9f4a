/** What ListEvents and SearchEvents have in common: what is asked for, where a page begins, and what fits on it. */
import { Refusal } from "../../errors.js";
import type { Erasures } from "../../log/erasures.js";
import { tryRead } from "../../log/read-back.js";
import { type Entry, type EventLog, type Position, PositionLost } from "../../ports.js";
import { MAX_PAGE_SIZE } from "../guards.js";

const DEFAULT_PAGE_SIZE = 50;
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

export function checkDirection({ before, after }: ListEventsRequest): void {
  if (before !== "" && after !== "") throw new Refusal("REQUEST_INVALID", { field: "after", rule: "both" });
}

export const wantedOf = (pageSize: number): number => Math.min(pageSize || DEFAULT_PAGE_SIZE, MAX_PAGE_SIZE);

/** Whether the page has room for one more; to be asked once for each. */
export function limitBytes(): (entry: Entry) => boolean {
  let bytes = 0;
  return ({ data }) => {
    const isFirst = bytes === 0;
    bytes += data.length;
    return isFirst || bytes <= MAX_PAGE_BYTES;
  };
}

/** Reads a page; what was erased meanwhile is not on it. */
export async function withoutErased<Page extends EventPage>(
  erasures: Erasures,
  read: () => Promise<Page>,
): Promise<Page> {
  for (;;) {
    const { count } = erasures;
    const page = await read();
    const erased = erasures.since(count);
    if (erased?.size === 0) return page;
    if (erased) return { ...page, entries: page.entries.filter(({ seq }) => !erased.has(seq)) };
  }
}

/** Where reading forwards begins. */
export async function findPosition(
  log: EventLog,
  position: Position,
): Promise<{ position: Position; lost?: PositionLost["reason"] }> {
  const batch = await tryRead(log, position, 1);
  if (batch instanceof PositionLost) return { position: batch.resume, lost: batch.reason };
  return { position: { epoch: batch.epoch, seq: position.seq } };
}

/** Where reading backwards begins. */
export interface End {
  readonly epoch: string;
  /** The oldest number that the log keeps. */
  readonly first: number;
  /** The newest number that belongs on the page. */
  readonly to: number;
  /** Nothing before the position is kept any more. */
  readonly isTrimmed: boolean;
  readonly lost?: PositionLost["reason"];
}

/** `before`: undefined: from the head. `applied`: visibility is unknown for what comes after it. */
export async function endOf(log: EventLog, before: Position | undefined, applied: Position): Promise<End> {
  // The page ends just before the cursor, so that is the position which has to exist.
  const end = before && { epoch: before.epoch, seq: Math.max(0, before.seq - 1) };
  const found = end && (await findPosition(log, end));
  const { epoch, first } = await log.head();
  if (end && found?.lost === "trimmed" && end.seq < first - 1)
    return { epoch: found.position.epoch, first, to: end.seq, isTrimmed: true };
  // A position that is kept is as good for reading back if what follows it is damaged.
  const position = found?.lost === "trimmed" ? end : found?.position;
  const to = position ? Math.min(position.seq, applied.seq) : applied.seq;
  const lost = found?.lost === "trimmed" ? undefined : found?.lost;
  return { epoch, first, to, isTrimmed: false, ...(lost && { lost }) };
}
