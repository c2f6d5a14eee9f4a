import { readBack, readKept } from "../room/log/read-back.js";
import { sees } from "../room/log/record.js";
import { LOG_PAGE, type Position, PositionLost } from "../room/ports.js";
import type { FeedViewer } from "../room/verbs/subscribe.js";
import { decodeEntry, type FeedEntry } from "./encoding.js";
import type { LogReader } from "./log-reader.js";
import type { Progress } from "./progress.js";
import type { Ring } from "./ring.js";

/** Entries examined for a backlog: a reader who may see few of them does not get to read the whole log. */
const MAX_EXAMINED = 10_000;

export interface Start {
  readonly viewer: FeedViewer;
  /** What the room has applied; live begins behind it. */
  readonly position: Position;
  /** Members in the room at `position`. */
  readonly online: number;
  /** The last place the reader knows; without it, a fresh start. */
  readonly after?: Position;
  /** Latest events to show on a fresh start. */
  readonly backlog: number;
}

/** Where a feed begins. `resumed`: it goes on from the `after` that was asked for. */
export interface Beginning {
  readonly progress: Progress;
  readonly resumed: boolean;
}

/** Rejects with Unavailable when the store has to be asked and does not answer. */
export async function begin(ring: Ring, store: LogReader, start: Start): Promise<Beginning> {
  const { after, position } = start;
  const generation = ring.generation;
  const target = Math.max(position.seq, after?.seq ?? 0);
  const at = (place: Position, known: boolean): Progress => ({
    viewer: start.viewer,
    epoch: place.epoch,
    seq: place.seq,
    generation: known ? generation : 0,
    target,
    targetOnline: target === position.seq ? start.online : undefined,
    replayed: 0,
    caughtUp: false,
  });
  if (!after) {
    const seq = await startOfBacklog(ring, store, start);
    return { progress: at({ epoch: position.epoch, seq }, true), resumed: false };
  }
  const resumed = store.isAtHand(after) || !((await store.read(after, 1)) instanceof PositionLost);
  if (!resumed) return { progress: at(after, false), resumed };
  start.viewer.unwritten.receivedUpTo(after.seq);
  const isAtHand = store.isAtHand(after);
  const place = isAtHand ? { epoch: ring.head.epoch, seq: after.seq } : after;
  return { progress: at(place, isAtHand), resumed };
}

/** The place before the oldest of the latest `backlog` events that the viewer may see. */
async function startOfBacklog(
  ring: Ring,
  store: LogReader,
  { viewer, position, backlog }: Start,
): Promise<number> {
  const { from } = await readBack<FeedEntry>({
    to: position.seq,
    floor: Math.max(0, position.seq - MAX_EXAMINED),
    wanted: backlog,
    isVisible: (entry) => sees(viewer, entry, entry.seq),
    async page(from, to) {
      if (from >= ring.base) return ring.after(from, to, LOG_PAGE);
      const { entries, epoch } = await readKept(
        (after, limit) => store.read(after, limit),
        { epoch: position.epoch, seq: from },
        to,
      );
      return entries.map((entry) => decodeEntry(entry, epoch));
    },
  });
  return from;
}
