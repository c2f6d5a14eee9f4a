import { Erasures } from "../room/log/erasures.js";
import type { Position } from "../room/ports.js";
import { type Encoding, type FeedEntry, voidEntry } from "./encoding.js";

export interface RingLimits {
  readonly maxEvents: number;
  /** Bound on payloads and frames together. */
  readonly maxBytes: number;
}

interface Slot {
  entry: FeedEntry;
  /** By the key of the encoding; made when first needed. */
  readonly frames: Map<string, Uint8Array>;
  bytes: number;
}

/** The newest events, each with the frames that were made of it once for all readers of an encoding. */
export class Ring {
  /** Number of the event before the oldest in the ring. */
  base = 0;
  /** The newest event in the ring, or the position at which the ring begins. */
  head: Position = { epoch: "", seq: 0 };
  /** Grows when the ring begins anew: a number of an earlier generation means nothing in this one. 0: never begun. */
  generation = 0;
  readonly erasures = new Erasures();
  private readonly slots: (Slot | undefined)[] = [];
  private bytes = 0;
  /** Members in the room at `base`. */
  private baseOnline: number | undefined;

  constructor(private readonly limits: RingLimits) {}

  /** Empties the ring; the next event is the one after `position`. `online`: members in the room there, if known. */
  reset(position: Position, online: number | undefined): void {
    this.slots.length = 0;
    this.bytes = 0;
    this.base = position.seq;
    this.baseOnline = online;
    this.head = position;
    this.generation++;
  }

  push(entry: FeedEntry): void {
    const { maxEvents, maxBytes } = this.limits;
    if (entry.seq - this.base > maxEvents) this.evict();
    this.slots[entry.seq % maxEvents] = { entry, frames: new Map(), bytes: entry.payload.length };
    this.head = { epoch: entry.epoch, seq: entry.seq };
    this.bytes += entry.payload.length;
    while (this.bytes > maxBytes && this.base < entry.seq - 1) this.evict();
  }

  /** Leaves nothing of these events but their places. */
  erase(seqs: Iterable<number>): void {
    this.erasures.add(seqs);
    for (const seq of seqs) {
      const slot = seq > this.base && seq <= this.head.seq ? this.slotAt(seq) : undefined;
      if (!slot) continue;
      this.bytes -= slot.bytes;
      slot.bytes = 0;
      slot.entry = voidEntry(slot.entry);
      slot.frames.clear();
    }
  }

  /** At most `limit` events after `seq`, up to and including `last`, oldest first. */
  after(seq: number, last: number, limit: number): FeedEntry[] {
    const entries: FeedEntry[] = [];
    for (let next = seq + 1; next <= last && entries.length < limit; next++) {
      const slot = this.slotAt(next);
      if (slot) entries.push(slot.entry);
    }
    return entries;
  }

  /** Members in the room at a position; undefined if it is not in the ring. */
  onlineAt(seq: number): number | undefined {
    if (seq === this.base) return this.baseOnline;
    return seq > this.base && seq <= this.head.seq ? this.slotAt(seq)?.entry.online : undefined;
  }

  /** The event's frame: kept if the event is in the ring, else made for this call. */
  frame(entry: FeedEntry, encoding: Encoding): Uint8Array {
    const slot = this.slotOf(entry);
    // Another generation may have an event of the same number.
    if (slot?.entry !== entry) return encoding.event(entry);
    let frame = slot.frames.get(encoding.key);
    if (!frame) {
      frame = encoding.event(entry);
      slot.frames.set(encoding.key, frame);
      slot.bytes += frame.length;
      this.bytes += frame.length;
    }
    return frame;
  }

  private evict(): void {
    const slot = this.slotAt(++this.base);
    this.bytes -= slot?.bytes ?? 0;
    this.baseOnline = slot?.entry.online;
    this.slots[this.base % this.limits.maxEvents] = undefined;
  }

  private slotOf({ seq }: FeedEntry): Slot | undefined {
    return seq > this.base && seq <= this.head.seq ? this.slotAt(seq) : undefined;
  }

  private slotAt(seq: number): Slot | undefined {
    return this.slots[seq % this.limits.maxEvents];
  }
}
