import { Refusal } from "../../errors.js";
import { MAX_PAGE_SIZE } from "../../verbs/guards.js";

const DEFAULT_PAGE_SIZE = 100;
const TOKEN_SHAPE = /^(\d{1,16})\.([a-z]{6})$/;

/** What is listed by its time. */
export interface Dated {
  readonly id: string;
  /** ms since 1970. */
  readonly time: number;
}

export interface Page<T> {
  readonly items: readonly T[];
  /** Empty on the last page. */
  readonly nextPageToken: string;
}

export interface PageRequest {
  /** 0: the default of 100; at most MAX_PAGE_SIZE. */
  readonly pageSize: number;
  readonly pageToken: string;
}

/** A page of `items`, the newest first. It begins after an item and not at a number, so that new ones do not shift it. */
export function newestFirst<T extends Dated>(
  items: Iterable<T>,
  { pageSize, pageToken }: PageRequest,
): Page<T> {
  const after = readToken(pageToken);
  const sorted = [...items].sort(compare);
  const rest = after ? sorted.filter((item) => compare(after, item) < 0) : sorted;
  const page = rest.slice(0, Math.min(pageSize || DEFAULT_PAGE_SIZE, MAX_PAGE_SIZE));
  const last = page.at(-1);
  return { items: page, nextPageToken: last && page.length < rest.length ? `${last.time}.${last.id}` : "" };
}

function compare(one: Dated, other: Dated): number {
  if (one.time !== other.time) return other.time - one.time;
  return one.id < other.id ? -1 : Number(one.id > other.id);
}

function readToken(token: string): Dated | undefined {
  if (token === "") return undefined;
  const [, time, id] = TOKEN_SHAPE.exec(token) ?? [];
  if (time === undefined || id === undefined)
    throw new Refusal("REQUEST_INVALID", { field: "page_token", rule: "unreadable" });
  return { id, time: Number(time) };
}
