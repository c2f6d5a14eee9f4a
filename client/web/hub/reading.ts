/** Parts of the log that a view asks for: what precedes or follows what it shows, and what was found. */
import type { Chat } from "../../chat/chat.js";
import { historyLines, isShown } from "../../chat/history.js";
import type { Problem } from "../../chat/line.js";
import { hidesJoins } from "../../chat/state.js";
import { type Event, eventOf } from "../../session/event.js";
import type { Session } from "../../session/session.js";
import type { Newer, Older, Region, Results } from "./messages.js";

/** Earlier events that one scroll to the top loads, and later ones that one to the bottom does. */
const STEP = 100;
/** Events on each side of one that is opened in its place. */
const AROUND = 40;

export interface Place {
  readonly chat: Chat;
  readonly session: Session;
}

/** The latest events, in one attempt: whatever is in the way, the feed deals with it. */
export async function latestPage(
  client: Session["client"],
  pageSize: number,
): Promise<{ readonly events: readonly Event[]; readonly previousCursor: string }> {
  const { events, previousCursor } = await client.listEvents({ pageSize }, { timeoutMs: 5_000 });
  return { events: events.flatMap((message) => eventOf(message) ?? []), previousCursor };
}

/** What precedes the cursor; null if it cannot be read. */
export async function older({ chat, session }: Place, before: string): Promise<Older | null> {
  try {
    const page = await session.history({ before, count: STEP, wanted: wantedBy(chat) });
    if (page.restarted) return { lines: [], before: "", atStart: true };
    const { events, previousCursor, atStart } = page;
    return { lines: historyLines(events, session.self), before: previousCursor, atStart };
  } catch {
    return null;
  }
}

/** What follows the cursor; null if it cannot be read. */
export async function newer({ chat, session }: Place, after: string): Promise<Newer | null> {
  try {
    const page = await session.call((client, options) =>
      client.listEvents({ after, pageSize: STEP }, options),
    );
    const events = page.events.flatMap((message) => eventOf(message) ?? []).filter(wantedBy(chat));
    // A page without events is not the end, if it has moved on.
    const atEnd = page.nextCursor === after || page.nextCursor === "";
    return { lines: historyLines(events, session.self), after: page.nextCursor, atEnd };
  } catch {
    return null;
  }
}

/** The event of this cursor and what is around it; null if it cannot be read. */
export async function around({ chat, session }: Place, cursor: string): Promise<Region | null> {
  try {
    const wanted = wantedBy(chat);
    const before = await session.history({ before: cursor, count: AROUND, wanted });
    if (before.restarted) return null;
    const page = await session.call((client, options) =>
      client.listEvents({ after: before.nextCursor, pageSize: AROUND + 1 }, options),
    );
    const later = page.events.flatMap((message) => eventOf(message) ?? []).filter(wanted);
    return {
      lines: historyLines([...before.events, ...later], session.self),
      before: before.previousCursor,
      atStart: before.atStart,
      after: page.nextCursor,
      atEnd: false,
    };
  } catch {
    return null;
  }
}

export async function find(
  { chat, session }: Place,
  { text, before }: { readonly text: string; readonly before: string },
): Promise<Results | Problem> {
  const page = await chat.search(text, before);
  if ("what" in page) return page;
  const found = page.events.flatMap((event) => {
    const line = historyLines([event], session.self).at(-1);
    return line ? [{ id: event.id, cursor: event.cursor, line }] : [];
  });
  return { found, before: page.previousCursor, atStart: page.atStart };
}

function wantedBy({ state }: Chat): (event: Event) => boolean {
  const { online, ignored } = state;
  const crowd = hidesJoins(state, online ?? 0);
  return (event) => isShown(event, crowd, ignored);
}
