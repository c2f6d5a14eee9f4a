import type { Position } from "../room/ports.js";
import type { Variant } from "./encoding.js";
import type { FeedEntry } from "./entry.js";

export interface RingLimits {
  readonly maxEvents: number;
  /** Bound on payloads and frames together. */
  readonly maxBytes: number;
}

interface Slot {
  readonly entry: FeedEntry;
  /** By the variant's key; made when first asked for. */
  readonly frames: Map<string, Uint8Array>;
  bytes: number;
}

/** The newest events, each with the bytes that were made of it once for all readers of a variant. */
export interface Ring {
  /** The place before the oldest event in the ring. */
  base(): number;
  /** The newest event in the ring, or its base. */
  head(): Position;
  /** Grows when the log lost the ring's place: a number of an earlier generation says nothing about this one. */
  generation(): number;
  /** Whether a head was ever set. */
  begun(): boolean;
  /** Empties the ring; the next event is the one after `position`. */
  reset(position: Position): void;
  push(entry: FeedEntry): void;
  /** At most `limit` events behind `seq`, up to and including `last`, oldest first. */
  after(seq: number, last: number, limit: number): FeedEntry[];
  frame(entry: FeedEntry, variant: Variant): Uint8Array;
}

export function createRing({ maxEvents, maxBytes }: RingLimits): Ring {
  const slots: (Slot | undefined)[] = [];
  let base = 0;
  let head: Position = { epoch: "", seq: 0 };
  let bytes = 0;
  let generation = 0;

  function evict(): void {
    const slot = ++base % maxEvents;
    bytes -= slots[slot]?.bytes ?? 0;
    slots[slot] = undefined;
  }

  function slotOf({ seq }: FeedEntry): Slot | undefined {
    return seq > base && seq <= head.seq ? slots[seq % maxEvents] : undefined;
  }

  return {
    base: () => base,
    head: () => head,
    generation: () => generation,
    begun: () => generation > 0,
    reset(position) {
      slots.length = 0;
      bytes = 0;
      base = position.seq;
      head = position;
      generation++;
    },
    push(entry) {
      if (entry.seq - base > maxEvents) evict();
      slots[entry.seq % maxEvents] = { entry, frames: new Map(), bytes: entry.payload.length };
      head = { epoch: entry.epoch, seq: entry.seq };
      bytes += entry.payload.length;
      while (bytes > maxBytes && base < entry.seq - 1) evict();
    },
    after(seq, last, limit) {
      const entries: FeedEntry[] = [];
      for (let next = seq + 1; next <= last && entries.length < limit; next++) {
        const slot = slots[next % maxEvents];
        if (slot) entries.push(slot.entry);
      }
      return entries;
    },
    frame(entry, variant) {
      const slot = slotOf(entry);
      // Not in the ring, or another generation's event of the same number.
      if (slot?.entry !== entry) return variant.entry(entry);
      let frame = slot.frames.get(variant.key);
      if (!frame) {
        frame = variant.entry(entry);
        slot.frames.set(variant.key, frame);
        slot.bytes += frame.length;
        bytes += frame.length;
      }
      return frame;
    },
  };
}
