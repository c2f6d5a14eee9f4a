import { startAfter } from "../../server/engines/position.js";
import type { Entry, EventLog, Hint } from "../../server/room/ports.js";

const NO_DATA = new Uint8Array();

/** A log in memory that can lose its newest events and its oldest, as a store does after a power cut or a trim. */
export function createForkingLog() {
  let epochs = 0;
  const newEpoch = () => `epoch-${String(epochs++).padStart(4, "0")}`;
  let epoch = newEpoch();
  let entries: Entry[] = [];
  let last = 0;
  const ends = new Map<string, number>();
  const hints = new Set<Hint>();
  let reads = 0;
  let muted = false;
  let held: Promise<void> | undefined;

  const head = () => ({ epoch, first: last - entries.length + 1, last });
  const log: EventLog = {
    async append(data, { tag = "", erase = [] } = {}) {
      entries = entries.map((entry) => (erase.includes(entry.seq) ? { ...entry, data: NO_DATA } : entry));
      const entry = { seq: ++last, at: 0, data };
      entries.push(entry);
      if (!muted) for (const hint of hints) hint({ ...entry, epoch });
      return { epoch, seq: last, at: 0, tag, duplicate: false };
    },
    async read(after, limit) {
      reads++;
      const start = startAfter(after, head(), (old) => ends.get(old));
      const batch = { ...head(), entries: entries.filter(({ seq }) => seq > start).slice(0, limit) };
      await held;
      return batch;
    },
    head: async () => head(),
    async watch(hint) {
      hints.add(hint);
      return async () => void hints.delete(hint);
    },
  };
  return {
    log,
    head,
    reads: () => reads,
    /** Drops hints from now on: tailers find appended events at their next poll. */
    mute() {
      muted = true;
    },
    /** Reads return what there was when they were called, but not before the returned function is called. */
    holdReads(): () => void {
      let release = () => {};
      held = new Promise((resolve) => {
        release = () => {
          held = undefined;
          resolve();
        };
      });
      return release;
    },
    /** Keeps the newest `count`. */
    trim(count: number) {
      entries = entries.slice(-count);
    },
    /** Loses the newest `count` and starts a new epoch. */
    fork(count: number) {
      entries = entries.slice(0, entries.length - count);
      last -= count;
      ends.set(epoch, last);
      for (const [old, end] of ends) ends.set(old, Math.min(end, last));
      epoch = newEpoch();
      for (const hint of hints) hint();
    },
    /** Becomes another log that does not know the epochs of this one. */
    replace() {
      ends.clear();
      epoch = newEpoch();
      for (const hint of hints) hint();
    },
  };
}
