/** The two RPCs that return pages, read to the end. */
import type { MessageInitShape } from "@bufbuild/protobuf";
import type {
  ListEventsResponse,
  ListUsersRequestSchema,
  ListUsersResponse,
} from "../../gen/parlance/v1/chat_service_pb.js";
import { GapReason } from "../../gen/parlance/v1/event_pb.js";
import type { User } from "../../gen/parlance/v1/user_pb.js";
import { type Event, eventOf } from "./event.js";

export interface Users {
  /** In the server's order of nicknames. */
  readonly users: readonly User[];
  /** Number of members online; more than `users` if the list was cut. */
  readonly total: number;
}

/** Reads pages until all users, or `max` of them, are listed. The server reduces a page size above its maximum. */
export async function listUsers(
  page: (request: MessageInitShape<typeof ListUsersRequestSchema>) => Promise<ListUsersResponse>,
  max: number,
): Promise<Users> {
  const users: User[] = [];
  let pageToken = "";
  let total = 0;
  do {
    const response = await page({ pageSize: max - users.length, pageToken });
    users.push(...response.users);
    total = response.totalSize;
    pageToken = response.users.length > 0 ? response.nextPageToken : "";
  } while (pageToken && users.length < max);
  return { users, total };
}

/** A range of the room's earlier events. */
export interface History {
  /** Oldest first. */
  readonly events: readonly Event[];
  /** Pass it as `before` to read the range that precedes this one. */
  readonly previousCursor: string;
  /** A feed that starts after this cursor continues this range without a gap. */
  readonly nextCursor: string;
  /** Whether nothing older is kept. */
  readonly atStart: boolean;
  /** Whether `before` belonged to a log that is gone, so that these are the latest events instead. */
  readonly restarted: boolean;
}

export interface HistoryOptions {
  /** Cursor to read back from. Default "": from the latest event. */
  readonly before?: string;
  /** Maximum number of events, from 1. Default 50. */
  readonly count?: number;
  /** Selects the events that are counted and returned. Default all that are visible to the member. */
  readonly wanted?: (event: Event) => boolean;
}

/** A server scans thousands of events per page, so a search that found too little ends after this many pages. */
const MAX_PAGES = 10;

/** What a page of ListEvents and one of SearchEvents have in common. */
type EventsPage = Pick<ListEventsResponse, "events" | "previousCursor" | "nextCursor" | "atStart" | "gap">;

/**
 * Reads back, page by page, until `count` events are found or nothing older is kept. `page`: reads one of ListEvents or of
 * SearchEvents.
 */
export async function listEvents(
  page: (request: { readonly before: string; readonly pageSize: number }) => Promise<EventsPage>,
  { before = "", count = 50, wanted = () => true }: HistoryOptions,
): Promise<History> {
  let events: readonly Event[] = [];
  let previousCursor = before;
  let nextCursor: string | undefined;
  let atStart = false;
  for (let pages = 0; pages < MAX_PAGES && events.length < count && !atStart; pages++) {
    const response = await page({ before: previousCursor, pageSize: count - events.length });
    if (response.gap !== GapReason.UNSPECIFIED && previousCursor !== "") {
      return { ...(await listEvents(page, { count, wanted })), restarted: true };
    }
    const known = response.events.flatMap((message) => eventOf(message) ?? []);
    events = [...known.filter(wanted), ...events];
    previousCursor = response.previousCursor;
    nextCursor ??= response.nextCursor;
    atStart = response.atStart;
  }
  return { events, previousCursor, nextCursor: nextCursor ?? "", atStart, restarted: false };
}
