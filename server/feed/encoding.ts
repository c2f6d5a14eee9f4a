import { type RoomRecord, readRecord } from "../room/log/record.js";
import type { Entry, Position } from "../room/ports.js";
import type { Signal } from "./signals.js";

/** An entry of the log as feeds handle it: its header decoded, its payload not. `atMs`: ms since 1970. */
export interface FeedEntry extends RoomRecord {
  readonly seq: number;
  readonly epoch: string;
  readonly atMs: number;
  /** Members in the room from this entry on; known of what the room has applied since it was opened. */
  readonly online: number | undefined;
}

export function decodeEntry({ seq, at, data }: Entry, epoch: string, online?: number): FeedEntry {
  const { version, kind, ids, nonce, recipientWasAway, erases, payload } = readRecord(data);
  return { seq, epoch, atMs: at, online, version, kind, ids, nonce, recipientWasAway, erases, payload };
}

/** What is left of an entry that was erased. */
export function voidEntry({ seq, epoch, atMs, online }: FeedEntry): FeedEntry {
  return decodeEntry({ seq, at: atMs, data: NO_DATA }, epoch, online);
}

const NO_DATA = new Uint8Array();

/** A form in which feeds are sent: a codec and a compression. Readers with the same encoding share its frames. */
export interface Encoding {
  /** Equal for equal bytes. */
  readonly key: string;
  /** The frame of an event: a whole envelope. */
  event(entry: FeedEntry): Uint8Array;
  /** `position`: the reader's cursor. */
  signal(signal: Signal, position: Position): Uint8Array;
}
