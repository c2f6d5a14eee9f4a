/**
 * What the log keeps of an event: a small header that says who may see it, and the payload that is sent to them. So
 * nobody has to decode a payload to decide who gets it, and replaying costs no more than copying.
 *
 *     byte 0      version, 1
 *     byte 1      kind, see KINDS
 *     byte 2      number of member ids, 0..2
 *     then        each id: a length byte and that many bytes of ASCII
 *     the rest    payload
 */
import type { EncodeEvent, RoomEvent } from "./event.js";

const VERSION = 1;
const KINDS = ["", "joined", "left", "message", "private_message", "ignore_on", "ignore_off"] as const;

export type RecordKind = Exclude<(typeof KINDS)[number], "">;

/** A record taken apart. `ids`: the member it is about, or a message's sender and recipient. */
export interface RoomRecord {
  readonly kind: RecordKind;
  readonly ids: readonly string[];
  readonly payload: Uint8Array;
}

/** Someone who reads the log. Ignoring is a matter of the place in the log, not of the moment of reading. */
export interface Viewer {
  readonly id: string;
  /** Whether group messages at this place of the log were switched off. */
  ignoringAt(seq: number): boolean;
}

export function writeRecord(event: RoomEvent, encode: EncodeEvent): Uint8Array {
  const { kind, ids } = label(event);
  const payload = encode(event);
  const size = 3 + ids.reduce((sum, id) => sum + 1 + id.length, 0);
  const record = new Uint8Array(size + payload.length);
  record[0] = VERSION;
  record[1] = KINDS.indexOf(kind);
  record[2] = ids.length;
  let at = 3;
  for (const id of ids) {
    record[at++] = id.length;
    for (let i = 0; i < id.length; i++) record[at++] = id.charCodeAt(i);
  }
  record.set(payload, at);
  return record;
}

/** Throws on bytes that no version of this file wrote: the log is damaged, or newer than the program. */
export function readRecord(data: Uint8Array): RoomRecord {
  const kind = KINDS[data[1] ?? 0];
  if (data[0] !== VERSION || !kind) throw new Error("not a record of this room, or of a newer version");
  const ids: string[] = [];
  let at = 3;
  for (let left = data[2] ?? 0; left > 0; left--) {
    const end = at + 1 + (data[at] ?? 0);
    let id = "";
    while (++at < end) id += String.fromCharCode(data[at]!);
    ids.push(id);
  }
  return { kind, ids, payload: data.subarray(at) };
}

/** The only rule of who may see what. */
export function sees(viewer: Viewer, record: RoomRecord, seq: number): boolean {
  switch (record.kind) {
    case "joined":
    case "left":
      return true;
    case "message":
      return !viewer.ignoringAt(seq);
    case "private_message":
    case "ignore_on":
    case "ignore_off":
      return record.ids.includes(viewer.id);
  }
}

function label(event: RoomEvent): { kind: RecordKind; ids: string[] } {
  switch (event.kind) {
    case "joined":
    case "left":
      return { kind: event.kind, ids: [event.user.id] };
    case "message":
      return { kind: "message", ids: [event.sender.id] };
    case "private_message":
      return { kind: "private_message", ids: [event.sender.id, event.recipient.id] };
    case "ignore_changed":
      return { kind: event.ignoring ? "ignore_on" : "ignore_off", ids: [event.memberId] };
  }
}
