/**
 * Three nouns. An event is what happened in the room (RoomEvent). A record is what the log keeps of it (RoomRecord): a
 * small header with who may see it, and the payload that feeds send. An entry is a record with its place in the log:
 * number and time (ports.ts, Entry). The header decides about visibility, so replaying decodes no payload.
 *
 *     byte 0      version, 1
 *     byte 1      kind, see KINDS
 *     byte 2      number of member ids, 0..2
 *     then        each id: a length byte and that many bytes of ASCII
 *     the rest    payload
 */

/** Something that happened in the room. */
export type RoomEvent =
  | { readonly kind: "joined" | "left"; readonly user: Person; readonly online: number }
  | { readonly kind: "message"; readonly sender: Participant; readonly text: string }
  | {
      readonly kind: "private_message";
      readonly sender: Participant;
      readonly recipient: Participant;
      readonly text: string;
    }
  | { readonly kind: "ignore_changed"; readonly memberId: string; readonly ignoring: boolean };

/** A member as all members may see it. `joinTime`: ms since 1970. */
export interface Person {
  readonly id: string;
  readonly nickname: string;
  readonly joinTime: number;
  readonly ignoring: boolean;
}

/** A message's sender or recipient. */
export interface Participant {
  readonly id: string;
  readonly nickname: string;
}

/** Encodes the payload of an event; room, log and feed never decode it. */
export type EncodeEvent = (event: RoomEvent) => Uint8Array;

const VERSION = 1;
const KINDS = ["", "joined", "left", "message", "private_message", "ignore_on", "ignore_off"] as const;

export type RecordKind = Exclude<(typeof KINDS)[number], "">;

/** A parsed record. `ids`: the member it is about, or a message's sender and recipient. */
export interface RoomRecord {
  readonly kind: RecordKind;
  readonly ids: readonly string[];
  readonly payload: Uint8Array;
}

/** A member that reads the log. Ignoring depends on the position in the log, not on the time of reading. */
export interface Viewer {
  readonly id: string;
  /** Whether the member ignored group messages at this position. */
  ignoringAt(seq: number): boolean;
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

export function writeRecord(event: RoomEvent, encode: EncodeEvent): Uint8Array {
  const { kind, ids } = headerOf(event);
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

function headerOf(event: RoomEvent): { kind: RecordKind; ids: string[] } {
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
