import type { MessageInitShape } from "@bufbuild/protobuf";
import type { ListEventsRequestSchema, ListEventsResponse } from "../../gen/parlance/v1/chat_service_pb.js";
import type { Event } from "../../gen/parlance/v1/event_pb.js";
import { GapReason } from "../../gen/parlance/v1/event_pb.js";

/** A stretch of the room's past. */
export interface Past {
  /** Oldest first. */
  readonly events: readonly Event[];
  /** `before` of the stretch that ends where this one begins. */
  readonly previousCursor: string;
  /** A feed that starts after it goes on behind this stretch without a hole. */
  readonly nextCursor: string;
  /** Whether nothing older is kept. */
  readonly atStart: boolean;
  /** Whether the asked place was gone with its log, so that these are the latest events instead. */
  readonly restarted: boolean;
}

export interface PastOptions {
  /** Cursor to read back from; "" or absent: from the latest event. */
  readonly before?: string;
  /** Events to find at most, from 1. Default 50. */
  readonly count?: number;
  /** Which events count and are answered. Default all that the member may see. */
  readonly wanted?: (event: Event) => boolean;
}

/** The schema's greatest page. */
const PAGE_SIZE = 500;
/** A server looks through thousands of events per page; beyond this many pages what was found is enough. */
const MOST_PAGES = 10;

/** Reads back until `count` events are found or nothing older is kept. */
export async function listEvents(
  page: (request: MessageInitShape<typeof ListEventsRequestSchema>) => Promise<ListEventsResponse>,
  { before = "", count = 50, wanted = () => true }: PastOptions,
): Promise<Past> {
  let events: readonly Event[] = [];
  let previousCursor = before;
  let nextCursor: string | undefined;
  let atStart = false;
  for (let pages = 0; pages < MOST_PAGES && events.length < count && !atStart; pages++) {
    const pageSize = Math.min(PAGE_SIZE, count - events.length);
    const answer = await page({ before: previousCursor, pageSize });
    if (answer.gap !== GapReason.UNSPECIFIED && previousCursor !== "") {
      return { ...(await listEvents(page, { count, wanted })), restarted: true };
    }
    events = [...answer.events.filter(wanted), ...events];
    previousCursor = answer.previousCursor;
    nextCursor ??= answer.nextCursor;
    atStart = answer.atStart;
  }
  return { events, previousCursor, nextCursor: nextCursor ?? "", atStart, restarted: false };
}
