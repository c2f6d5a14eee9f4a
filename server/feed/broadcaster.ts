import { sees } from "../room/log/record.js";
import type { Position } from "../room/ports.js";
import { sortByAudience } from "./audience.js";
import { joinBytes, MAX_BATCH_BYTES } from "./batch.js";
import type { Note } from "./control-events.js";
import type { FeedEntry } from "./entry.js";
import { createGroups, type Group } from "./group.js";
import type { Reader } from "./reader.js";
import type { Ring } from "./ring.js";

export interface LiveOptions {
  readonly ring: Ring;
  readonly nowMs: () => number;
  /** The current heartbeat tick. */
  readonly tick: () => number;
}

/** The readers at the flushed head, and the one write per flush that each of them gets. */
export interface Live {
  flushed(): Position;
  /** The reader must stand at the flushed head and its sink must take bytes. */
  join(reader: Reader): void;
  leave(reader: Reader): void;
  /** Sends what is new in the ring. */
  flush(): void;
  /** Sends `note` to whoever was sent nothing for `ticks`. */
  beat(note: Note, ticks: number): void;
  /** Begins at another place, after the ring did; displaces everyone. */
  reset(position: Position): void;
}

export function createLive({ ring, nowMs, tick }: LiveOptions): Live {
  const groups = createGroups();
  let flushed: Position = { epoch: "", seq: 0 };
  let generation = 0;
  let pieces = 0;

  function leave(reader: Reader): void {
    if (!groups.delete(reader)) return;
    reader.progress.epoch = flushed.epoch;
    reader.progress.seq = flushed.seq;
    reader.progress.generation = generation;
  }

  function write(reader: Reader, bytes: Uint8Array): void {
    reader.wroteAt = tick();
    if (reader.sink.write(bytes)) return;
    leave(reader);
    reader.full();
  }

  function join(entries: readonly FeedEntry[], { variant, framing }: Pick<Group, "variant" | "framing">) {
    return framing.wrap(joinBytes(entries.map((entry) => ring.frame(entry, variant))));
  }

  /** The next entries to send, as many as fit into a batch in every form that is in use. */
  function nextPiece(): FeedEntry[] {
    const entries = ring.after(flushed.seq, ring.head().seq, Number.POSITIVE_INFINITY);
    let size = 0;
    for (const [i, entry] of entries.entries()) {
      let largest = 0;
      for (const { variant } of groups.all()) largest = Math.max(largest, ring.frame(entry, variant).length);
      size += largest;
      if (size > MAX_BATCH_BYTES && i > 0) return entries.slice(0, i);
    }
    return entries;
  }

  function send(entries: readonly FeedEntry[]): void {
    const { heard, unignorable, named } = sortByAudience(entries);
    const piece = ++pieces;
    for (const id of named) for (const reader of groups.ofMember(id)) sendAlone(reader, entries, piece);
    if (heard.length === 0) return;
    for (const group of groups.all()) {
      const loud = join(heard, group);
      let quiet: Uint8Array | undefined;
      for (const reader of group.readers) {
        if (reader.piece === piece) continue;
        if (!reader.ignoring) write(reader, loud);
        else if (unignorable.length > 0) {
          quiet ??= unignorable.length === heard.length ? loud : join(unignorable, group);
          write(reader, quiet);
        }
      }
    }
  }

  function sendAlone(reader: Reader, entries: readonly FeedEntry[], piece: number): void {
    const { viewer } = reader.progress;
    reader.piece = piece;
    reader.ignoring = viewer.ignoringAt(flushed.seq + 1);
    const seen = entries.filter((entry) => sees(viewer, entry, entry.seq));
    if (seen.length > 0) write(reader, join(seen, { variant: reader.variant, framing: reader.sink.framing }));
  }

  return {
    flushed: () => flushed,
    join(reader) {
      reader.ignoring = reader.progress.viewer.ignoringAt(flushed.seq + 1);
      groups.add(reader);
    },
    leave,
    flush() {
      while (flushed.seq < ring.head().seq) {
        const entries = nextPiece();
        const last = entries.at(-1)!;
        flushed = { epoch: last.epoch, seq: last.seq };
        send(entries);
      }
    },
    beat(note, ticks) {
      const now = tick();
      for (const group of groups.all()) {
        let bytes: Uint8Array | undefined;
        for (const reader of group.readers) {
          if (now - reader.wroteAt < ticks) continue;
          bytes ??= group.framing.wrap(group.variant.note(note, flushed, nowMs()));
          write(reader, bytes);
        }
      }
    },
    reset(position) {
      const readers = [...groups.all()].flatMap((group) => [...group.readers]);
      for (const reader of readers) leave(reader);
      flushed = position;
      generation = ring.generation();
      for (const reader of readers) reader.displaced();
    },
  };
}
