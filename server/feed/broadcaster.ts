import { sees, type Viewer } from "../room/log/record.js";
import type { Position } from "../room/ports.js";
import type { Encoding, FeedEntry } from "./encoding.js";
import type { Progress } from "./progress.js";
import type { Ring } from "./ring.js";
import { type Framing, joinFrames, MAX_BATCH_BYTES, type Sink } from "./sink.js";

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
  /** The last batch that was written to this reader alone. */
  lastOwnBatch: number;
  /** No longer live: its sink takes nothing until it drains. */
  full(): void;
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
interface Audiences {
  /** For members who receive group messages. */
  readonly receiving: readonly FeedEntry[];
  /** For members who ignore group messages. */
  readonly ignoring: readonly FeedEntry[];
  /** Ids of members who see something else: sender and recipient of a private message, a member who toggled. */
  readonly named: ReadonlySet<string>;
}

/** Stand for all members whom no event names: they see the same. */
const receiving: Viewer = { id: "", ignoringAt: () => false };
const ignoring: Viewer = { id: "", ignoringAt: () => true };

function sortByAudience(entries: readonly FeedEntry[]): Audiences {
  const audiences = { receiving: [] as FeedEntry[], ignoring: [] as FeedEntry[], named: new Set<string>() };
  for (const entry of entries) {
    if (sees(ignoring, entry, entry.seq)) audiences.ignoring.push(entry);
    if (sees(receiving, entry, entry.seq)) audiences.receiving.push(entry);
    else for (const id of entry.ids) audiences.named.add(id);
  }
  return audiences;
}

/** The readers at the flushed head, and the one write per batch that each of them receives. */
export class Broadcaster {
  flushed: Position = { epoch: "", seq: 0 };
  /** Events handed to readers, each counted once for each reader; the replay adds its own. */
  deliveries = 0;
  private generation = 0;
  private batches = 0;
  private readonly groups = new Map<string, Group>();
  private readonly ofMember = new Map<string, LiveReader[]>();

  /** `tick`: the current heartbeat tick. */
  constructor(
    private readonly ring: Ring,
    private readonly tick: () => number,
  ) {}

  /** The reader must be at the flushed head and its sink must take bytes. */
  join(reader: LiveReader): void {
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

  leave(reader: LiveReader): void {
    const { progress } = reader;
    const key = groupKey(reader);
    const group = this.groups.get(key);
    if (!group?.readers.delete(reader)) return;
    if (group.readers.size === 0) this.groups.delete(key);
    const { id } = progress.viewer;
    const others = (this.ofMember.get(id) ?? []).filter((other) => other !== reader);
    if (others.length > 0) this.ofMember.set(id, others);
    else this.ofMember.delete(id);
    progress.epoch = this.flushed.epoch;
    progress.seq = this.flushed.seq;
    progress.generation = this.generation;
  }

  /** Sends what is new in the ring. */
  flush(): void {
    while (this.flushed.seq < this.ring.head.seq) {
      const entries = this.nextBatch();
      const last = entries.at(-1)!;
      this.flushed = { epoch: last.epoch, seq: last.seq };
      this.send(entries);
    }
  }

  /** Sends a heartbeat to readers that received nothing for `ticks`. */
  sendHeartbeats(ticks: number): void {
    const now = this.tick();
    for (const { encoding, framing, readers } of this.groups.values()) {
      let bytes: Uint8Array | undefined;
      for (const reader of readers) {
        if (now - reader.wroteAt < ticks) continue;
        bytes ??= framing.wrap(encoding.signal({ kind: "heartbeat" }, this.flushed));
        this.write(reader, bytes);
      }
    }
  }

  /** Goes on at another position, after the ring did; displaces every reader. */
  reset(position: Position): void {
    const readers = [...this.groups.values()].flatMap((group) => [...group.readers]);
    for (const reader of readers) this.leave(reader);
    this.flushed = position;
    this.generation = this.ring.generation;
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

  private send(entries: readonly FeedEntry[]): void {
    const audiences = sortByAudience(entries);
    const batch = ++this.batches;
    for (const id of audiences.named)
      for (const reader of this.ofMember.get(id) ?? []) this.sendAlone(reader, entries, batch);
    if (audiences.receiving.length === 0) return;
    for (const group of this.groups.values()) {
      const all = this.wrap(audiences.receiving, group);
      let withoutMessages: Uint8Array | undefined;
      // Counted for all at once, and corrected for the few who are sent something else.
      this.deliveries += audiences.receiving.length * group.readers.size;
      for (const reader of group.readers) {
        if (reader.lastOwnBatch === batch) {
          this.deliveries -= audiences.receiving.length;
          continue;
        }
        if (!reader.ignoring) {
          this.write(reader, all);
          continue;
        }
        this.deliveries += audiences.ignoring.length - audiences.receiving.length;
        if (audiences.ignoring.length > 0) {
          withoutMessages ??=
            audiences.ignoring.length === audiences.receiving.length
              ? all
              : this.wrap(audiences.ignoring, group);
          this.write(reader, withoutMessages);
        }
      }
    }
  }

  private sendAlone(reader: LiveReader, entries: readonly FeedEntry[], batch: number): void {
    const { encoding, progress, sink } = reader;
    reader.lastOwnBatch = batch;
    reader.ignoring = progress.viewer.ignoringAt(this.flushed.seq + 1);
    const seen = entries.filter((entry) => sees(progress.viewer, entry, entry.seq));
    this.deliveries += seen.length;
    if (seen.length === 0) return;
    this.write(reader, this.wrap(seen, { encoding, framing: sink.framing }));
    const { unwritten } = progress.viewer;
    if (unwritten.size > 0 && !sink.isClosed()) unwritten.written(seen.map(({ seq }) => seq));
  }

  private wrap(entries: readonly FeedEntry[], { encoding, framing }: Pick<Group, "encoding" | "framing">) {
    return framing.wrap(joinFrames(entries.map((entry) => this.ring.frame(entry, encoding))));
  }

  private write(reader: LiveReader, bytes: Uint8Array): void {
    reader.wroteAt = this.tick();
    if (reader.sink.write(bytes)) return;
    this.leave(reader);
    reader.full();
  }
}

function groupKey({ encoding, sink }: LiveReader): string {
  return `${encoding.key} ${sink.framing.key}`;
}
