import { sees, type Viewer } from "../room/log/record.js";
import type { Clock, Position } from "../room/ports.js";
import type { Encoding, FeedEntry } from "./encoding.js";
import type { Progress } from "./progress.js";
import type { Ring } from "./ring.js";
import { type Framing, joinFrames, MAX_BATCH_BYTES, type Sink } from "./sink.js";

/**
 * Readers written to in a slice at most, whatever the time: what HTTP/2 does with the bytes comes after the slice, and
 * costs up to 20 us each.
 */
const MAX_SLICE_READERS = 256;

/** A reader as the broadcaster needs it; PushReader is one. */
export interface LiveReader {
  /** Not moved on while the reader is live: a live reader is at the flushed head by definition. */
  readonly progress: Progress;
  readonly encoding: Encoding;
  readonly sink: Sink;
  /** Heartbeat tick of the last write. */
  wroteAt: number;
  /** Whether the member ignored group messages at the flushed head; kept while live. */
  ignoring: boolean;
  /** The last flush that it was sent, or needs not be sent. */
  served: number;
  /** No longer live: its sink takes nothing until it drains. It may not have sent what comes after number `after`. */
  full(after: number): void;
  /** No longer live: it has to catch up from its own position. */
  displaced(): void;
}

/** Live readers that are sent the very same bytes. */
interface Group {
  readonly encoding: Encoding;
  readonly framing: Framing;
  readonly readers: Set<LiveReader>;
}

/** The events of one batch by who may see them. */
interface Batch {
  entries: readonly FeedEntry[];
  readonly last: Position;
  /** For members who receive group messages. */
  receiving: readonly FeedEntry[];
  /** For members who ignore group messages. */
  ignoring: readonly FeedEntry[];
  /** Ids of members who see something else: sender and recipient of a private message, a member who toggled, moderators. */
  readonly named: ReadonlySet<string>;
}

/** Ids of the members who may see an entry that not everyone sees, as the room knows them. */
export type ConcernedBy = (entry: FeedEntry) => Iterable<string>;

/** Stand for all members whom no event names: they see the same. */
const receiving: Viewer = { id: "", ignoringAt: () => false, isModerator: false };
const ignoring: Viewer = { id: "", ignoringAt: () => true, isModerator: false };

function sortByAudience(entries: readonly FeedEntry[], concernedBy: ConcernedBy): Batch {
  const { epoch, seq } = entries.at(-1)!;
  const audiences = { receiving: [] as FeedEntry[], ignoring: [] as FeedEntry[], named: new Set<string>() };
  for (const entry of entries) {
    if (sees(ignoring, entry, entry.seq)) audiences.ignoring.push(entry);
    if (sees(receiving, entry, entry.seq)) audiences.receiving.push(entry);
    else for (const id of concernedBy(entry)) audiences.named.add(id);
  }
  return { ...audiences, entries, last: { epoch, seq } };
}

/** A flush under way. */
interface Flush {
  /** The flushed head before it, at which the readers are that it has not come to. */
  readonly from: Position;
  readonly batches: readonly Batch[];
  /** Yields after each reader that was served. */
  readonly work: Iterator<void>;
  /** Called when every reader is served. */
  readonly done: readonly (() => void)[];
}

/**
 * The readers at the flushed head, and the one write per batch that each of them receives.
 *
 * A flush moves the head at once and then serves reader after reader, in slices, so that connections are accepted and
 * requests read in between. Until it has come to a reader, that one is at the head before. What is flushed meanwhile
 * waits for the end of it. Those whom an event names are served first, and a flush that has nothing for the others does
 * not visit them.
 */
export class Broadcaster {
  flushed: Position = { epoch: "", seq: 0 };
  /** Events handed to readers, each counted once for each reader; the replay adds its own. */
  deliveries = 0;
  private generation = 0;
  /** Number of the newest flush. */
  private flushes = 0;
  private current: Flush | undefined;
  private slice: NodeJS.Immediate | undefined;
  /** Of the flush that follows on the current one. */
  private next: (() => void)[] = [];
  private isBeating = false;
  private readonly groups = new Map<string, Group>();
  private readonly ofMember = new Map<string, LiveReader[]>();

  /** `tick`: the current heartbeat tick. `sliceMs`: after so long, the event loop goes on. `moved`: the head has moved. */
  constructor(
    private readonly ring: Ring,
    private readonly clock: Clock,
    private readonly sliceMs: number,
    private readonly tick: () => number,
    private readonly moved: () => void,
    private readonly concernedBy: ConcernedBy,
  ) {}

  /** The reader must be at the flushed head and its sink must take bytes. */
  join(reader: LiveReader): void {
    reader.served = this.flushes;
    reader.ignoring = reader.progress.viewer.ignoringAt(this.flushed.seq + 1);
    const { encoding, sink, progress } = reader;
    const key = groupKey(reader);
    let group = this.groups.get(key);
    if (!group) {
      group = { encoding, framing: sink.framing, readers: new Set() };
      this.groups.set(key, group);
    }
    group.readers.add(reader);
    const { id } = progress.viewer;
    this.ofMember.set(id, [...(this.ofMember.get(id) ?? []), reader]);
  }

  has(reader: LiveReader): boolean {
    return this.groups.get(groupKey(reader))?.readers.has(reader) ?? false;
  }

  /** Where a live reader is. */
  placeOf(reader: LiveReader): Position {
    return this.current && reader.served < this.flushes ? this.current.from : this.flushed;
  }

  leave(reader: LiveReader, place = this.placeOf(reader)): void {
    const { progress } = reader;
    const key = groupKey(reader);
    const group = this.groups.get(key);
    if (!group?.readers.delete(reader)) return;
    if (group.readers.size === 0) this.groups.delete(key);
    const { id } = progress.viewer;
    const others = (this.ofMember.get(id) ?? []).filter((other) => other !== reader);
    if (others.length > 0) this.ofMember.set(id, others);
    else this.ofMember.delete(id);
    progress.epoch = place.epoch;
    progress.seq = place.seq;
    progress.generation = this.generation;
  }

  /** Sends what is new in the ring, after what is being sent. `done`: called when every reader has been written it. */
  flush(done: () => void): void {
    this.next.push(done);
    if (!this.current) this.begin();
  }

  /** Ends a flush that is under way, and what follows on it, without slices. */
  finish(): void {
    while (this.current) this.goOn(Number.POSITIVE_INFINITY);
  }

  /** Takes events out of the flush under way. */
  erase(seqs: ReadonlySet<number>): void {
    const kept = (entries: readonly FeedEntry[]) => entries.filter(({ seq }) => !seqs.has(seq));
    for (const batch of this.current?.batches ?? []) {
      batch.entries = kept(batch.entries);
      batch.receiving = kept(batch.receiving);
      batch.ignoring = kept(batch.ignoring);
    }
  }

  private begin(): void {
    const done = this.next;
    this.next = [];
    const batches: Batch[] = [];
    const from = this.flushed;
    while (this.flushed.seq < this.ring.head.seq) {
      const batch = sortByAudience(this.nextBatch(), this.concernedBy);
      batches.push(batch);
      this.flushed = batch.last;
    }
    this.flushes++;
    this.current = { from, batches, work: this.serve(batches), done };
    this.moved();
    this.goOn();
  }

  private readonly goOn = (sliceMs = this.sliceMs): void => {
    clearImmediate(this.slice);
    const { current } = this;
    if (!current) return;
    if (!this.runSlice(current.work, sliceMs)) {
      this.slice = setImmediate(() => this.goOn());
      return;
    }
    this.current = undefined;
    for (const done of current.done) done();
    if (this.next.length > 0) this.begin();
  };

  /** Whether the work is done. */
  private runSlice(work: Iterator<void>, sliceMs: number): boolean {
    const startMs = this.clock.monotonic();
    let served = 0;
    while (!work.next().done)
      if (this.clock.monotonic() - startMs >= sliceMs || ++served === MAX_SLICE_READERS) return false;
    return true;
  }

  /** Sends a heartbeat to readers that received nothing for `ticks`, in slices. */
  sendHeartbeats(ticks: number): void {
    if (this.isBeating) return;
    this.isBeating = true;
    const work = this.beat(ticks);
    const goOn = () => {
      if (this.runSlice(work, this.sliceMs)) this.isBeating = false;
      else setImmediate(goOn);
    };
    goOn();
  }

  private *beat(ticks: number): Generator<void> {
    const isDue = (reader: LiveReader) => this.tick() - reader.wroteAt >= ticks;
    for (const { encoding, framing, readers } of [...this.groups.values()]) {
      let made: { readonly at: Position; readonly bytes: Uint8Array } | undefined;
      for (const reader of [...readers].filter(isDue)) {
        if (!readers.has(reader) || !isDue(reader)) continue;
        const at = this.placeOf(reader);
        if (made?.at !== at) made = { at, bytes: framing.wrap(encoding.signal({ kind: "heartbeat" }, at)) };
        this.write(reader, made.bytes, at);
        yield;
      }
    }
  }

  /** Goes on at another position, after the ring did; displaces every reader. */
  reset(position: Position): void {
    const readers = [...this.groups.values()].flatMap((group) => [...group.readers]);
    for (const reader of readers) this.leave(reader);
    const done = [...(this.current?.done ?? []), ...this.next];
    this.current = undefined;
    this.next = [];
    this.flushed = position;
    this.generation = this.ring.generation;
    for (const call of done) call();
    for (const reader of readers) reader.displaced();
  }

  /** The next events to send, as many as fit into a batch in every encoding in use. */
  private nextBatch(): FeedEntry[] {
    const { ring, flushed, groups } = this;
    const entries = ring.after(flushed.seq, ring.head.seq, Number.POSITIVE_INFINITY);
    let size = 0;
    for (const [i, entry] of entries.entries()) {
      let largest = 0;
      for (const { encoding } of groups.values())
        largest = Math.max(largest, ring.frame(entry, encoding).length);
      size += largest;
      if (size > MAX_BATCH_BYTES && i > 0) return entries.slice(0, i);
    }
    return entries;
  }

  private *serve(batches: readonly Batch[]): Generator<void> {
    const flush = this.flushes;
    const named = new Set(batches.flatMap((batch) => [...batch.named]));
    for (const id of named)
      for (const reader of this.ofMember.get(id) ?? []) {
        if (!this.has(reader) || reader.served === flush) continue;
        this.serveAlone(reader, batches);
        yield;
      }
    if (batches.every(({ receiving }) => receiving.length === 0)) return;
    for (const group of [...this.groups.values()]) {
      const all = batches.map((batch) => this.shared(() => batch.receiving, group));
      const withoutMessages = batches.map((batch, i) =>
        batch.ignoring.length === batch.receiving.length ? all[i]! : this.shared(() => batch.ignoring, group),
      );
      for (const reader of [...group.readers]) {
        // It has left, or has joined behind this flush.
        if (!group.readers.has(reader) || reader.served === flush) continue;
        reader.served = flush;
        for (const [i, batch] of batches.entries()) {
          const { entries, bytes } = (reader.ignoring ? withoutMessages : all)[i]!;
          const events = entries().length;
          if (events === 0) continue;
          this.deliveries += events;
          if (!this.write(reader, bytes(), batch.last)) break;
        }
        yield;
      }
    }
  }

  private serveAlone(reader: LiveReader, batches: readonly Batch[]): void {
    const { encoding, progress, sink } = reader;
    const { viewer } = progress;
    reader.served = this.flushes;
    reader.ignoring = viewer.ignoringAt(this.flushed.seq + 1);
    for (const { entries, last } of batches) {
      const seen = entries.filter((entry) => sees(viewer, entry, entry.seq));
      if (seen.length === 0) continue;
      this.deliveries += seen.length;
      const taken = this.write(reader, this.wrap(seen, { encoding, framing: sink.framing }), last);
      if (viewer.unwritten.size > 0 && !sink.isClosed()) viewer.unwritten.written(seen.map(({ seq }) => seq));
      if (!taken) return;
    }
  }

  /** Events for all readers of a group; their bytes are made for the first of them, and again if some are erased. */
  private shared(entries: () => readonly FeedEntry[], group: Group) {
    let made: { readonly of: readonly FeedEntry[]; readonly bytes: Uint8Array } | undefined;
    return {
      entries,
      bytes: () => {
        const of = entries();
        if (made?.of !== of) made = { of, bytes: this.wrap(of, group) };
        return made.bytes;
      },
    };
  }

  private wrap(entries: readonly FeedEntry[], { encoding, framing }: Pick<Group, "encoding" | "framing">) {
    return framing.wrap(joinFrames(entries.map((entry) => this.ring.frame(entry, encoding))));
  }

  /** `place`: where the reader is after these bytes. Returns whether it takes more. */
  private write(reader: LiveReader, bytes: Uint8Array, place: Position): boolean {
    reader.wroteAt = this.tick();
    if (reader.sink.write(bytes)) return true;
    this.leave(reader, place);
    reader.full(Math.min(this.current?.from.seq ?? place.seq, place.seq));
    return false;
  }
}

function groupKey({ encoding, sink }: LiveReader): string {
  return `${encoding.key} ${sink.framing.key}`;
}
