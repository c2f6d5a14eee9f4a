import { type RoomRecord, readRecord } from "../room/log/record.js";
import type { Entry } from "../room/ports.js";

/** An entry of the log as feeds handle it: its header read, its payload not. `atMs`: ms since 1970. */
export interface FeedEntry extends RoomRecord {
  readonly seq: number;
  readonly epoch: string;
  readonly atMs: number;
}

export function openEntry({ seq, at, data }: Entry, epoch: string): FeedEntry {
  const { kind, ids, payload } = readRecord(data);
  return { seq, epoch, atMs: at, kind, ids, payload };
}
