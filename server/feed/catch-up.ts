import { sees, type Viewer } from "../room/log/record.js";
import type { Position } from "../room/ports.js";
import { PositionLost } from "../room/ports.js";
import { decodeEntry } from "./encoding.js";
import type { LogReader } from "./log-reader.js";
import type { Progress } from "./progress.js";
import type { Ring } from "./ring.js";

const PAGE = 256;
/** Events that are looked through for a backlog: someone who may see few of them does not get to read a whole store. */
const MAX_LOOKED_THROUGH = 10_000;

export interface Start {
  readonly viewer: Viewer;
  /** What the room has applied; live begins behind it. */
  readonly position: Position;
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
    replayed: 0,
    caughtUp: false,
  });
  if (!after) {
    const seq = await startOfBacklog(ring, store, start);
    return { progress: at({ epoch: position.epoch, seq }, true), resumed: false };
  }
  const head = ring.head;
  if (after.epoch === head.epoch && after.seq <= head.seq && after.seq >= ring.base)
    return { progress: at(after, true), resumed: true };
  const answer = await store.read(after, 1);
  return { progress: at(after, false), resumed: !(answer instanceof PositionLost) };
}

/** The place before the oldest of the latest `backlog` events that the viewer may see. */
async function startOfBacklog(
  ring: Ring,
  store: LogReader,
  { viewer, position, backlog }: Start,
): Promise<number> {
  let wanted = backlog;
  let seq = position.seq;
  const floor = Math.max(0, seq - MAX_LOOKED_THROUGH);
  while (wanted > 0 && seq > floor) {
    const from = Math.max(floor, seq - PAGE);
    const inRing = from >= ring.base;
    const page = inRing
      ? ring.after(from, seq, PAGE)
      : await readBack(store, { epoch: position.epoch, seq: from }, seq);
    for (const entry of page.toReversed()) {
      if (!sees(viewer, entry, entry.seq)) continue;
      if (--wanted === 0) return entry.seq - 1;
    }
    // Nothing older is kept.
    if (page.length < seq - from) return seq - page.length;
    seq = from;
  }
  return seq;
}

/** The events behind `from` up to and including `last`; fewer if the oldest of them are no longer kept. */
async function readBack(store: LogReader, from: Position, last: number) {
  const answer = await store.read(from, last - from.seq);
  if (!(answer instanceof PositionLost))
    return answer.entries.filter(({ seq }) => seq <= last).map((entry) => decodeEntry(entry, answer.epoch));
  if (answer.reason !== "trimmed" || answer.resume.seq >= last) return [];
  const rest = await store.read(answer.resume, last - answer.resume.seq);
  if (rest instanceof PositionLost) return [];
  return rest.entries.filter(({ seq }) => seq <= last).map((entry) => decodeEntry(entry, rest.epoch));
}
