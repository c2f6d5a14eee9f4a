import type { Config } from "../../config.js";
import type { FeedItem } from "../../session/feed.js";
import type { FeedStart } from "../../session/session.js";
import { createLastSeen } from "../../storage/last-seen.js";
import type { Entry } from "../enter.js";

/** Remembers how far the reader got, so that a client that crashed or was closed goes on there. */
export interface Keeper {
  /** Our clock: since when the reader was away; null if this is a fresh start. */
  readonly awaySinceMs: number | null;
  /** Where the feed starts; `backlog` if there is no place to go on from. */
  start(backlog: number): FeedStart;
  came(item: FeedItem): void;
  close(): void;
}

/** A crash loses no more than this of the place, ms: what was shown in that time is shown again. */
const WRITE_EVERY_MS = 1_000;

export function createKeeper({ server, stateDir }: Config, { session, resumed }: Entry): Keeper {
  const { self } = session;
  const lastSeen = createLastSeen(stateDir);
  const found = resumed ? lastSeen.find(server, self.nickname) : undefined;
  // Another member has not missed what was said before it joined.
  const place = found?.memberId === self.id ? found : undefined;
  let cursor = "";
  let written = "";
  let timer: ReturnType<typeof setTimeout> | undefined;
  const write = () => {
    timer = undefined;
    if (cursor === written) return;
    written = cursor;
    lastSeen.keep(server, session.self.nickname, { cursor, memberId: session.self.id, atMs: Date.now() });
    timer = setTimeout(write, WRITE_EVERY_MS);
  };
  return {
    awaySinceMs: place?.atMs ?? null,
    start: (backlog) => (place ? { after: place.cursor } : { backlog }),
    came(item) {
      if (item.kind !== "event" || item.event.cursor === "") return;
      cursor = item.event.cursor;
      if (timer === undefined) write();
    },
    close() {
      clearTimeout(timer);
      write();
      clearTimeout(timer);
    },
  };
}
