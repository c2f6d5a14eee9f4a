import { type RoomRecord, readRecord } from "../room/log/record.js";
import type { Entry, Position } from "../room/ports.js";
import type { ControlEvent } from "./control-events.js";

/** An entry of the log as feeds handle it: its header decoded, its payload not. `atMs`: ms since 1970. */
export interface FeedEntry extends RoomRecord {
  readonly seq: number;
  readonly epoch: string;
  readonly atMs: number;
}

/** Throws on a record of another version. */
export function decodeEntry({ seq, at, data }: Entry, epoch: string): FeedEntry {
  const { kind, ids, payload } = readRecord(data);
  return { seq, epoch, atMs: at, kind, ids, payload };
}

/** A form in which feeds are sent: a codec and a compression. Readers with the same encoding share its frames. */
export interface Encoding {
  /** Equal for equal bytes. */
  readonly key: string;
  /** The frame of an event: a whole envelope. */
  event(entry: FeedEntry): Uint8Array;
  /** `position`: the reader's cursor after it; undefined for goodbye. `atMs`: ms since 1970. */
  control(event: ControlEvent, position: Position | undefined, atMs: number): Uint8Array;
}
