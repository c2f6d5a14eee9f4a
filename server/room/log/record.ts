/**
 * Three nouns. An event is what happened in the room (RoomEvent). A record is what the log keeps of it (RoomRecord): a
 * small header with who may see it, and the payload that feeds send. An entry is a record with its place in the log:
 * number and time (ports.ts, Entry). The header decides about visibility, so replaying decodes no payload.
 *
 *     byte 0      version, 2
 *     byte 1      kind, see KINDS
 *     byte 2      flags: 1 if the recipient had no feed open when the message was appended, 2 if it erases entries
 *     bytes 3-10  nonce: random, a part of the event's id (event-id.ts)
 *     byte 11     number of member ids, 0..2
 *     then        each id: a length byte and that many bytes of ASCII
 *     then        if it erases entries: how many, one byte, and the number of each in 6 bytes, big-endian
 *     the rest    payload
 *
 * A record without any bytes is void: it was erased (ports.ts, promise L11). The record that was appended in that step
 * lists it, so that every process that follows the log drops what it keeps of it.
 *
 * Version 1, which earlier servers wrote, has no flags and no nonce, and another payload (wire/codec/older-payload.ts).
 */

/** Something that happened in the room. */
export type RoomEvent =
  | { readonly kind: "joined" | "left"; readonly user: Person }
  | { readonly kind: "group_message"; readonly sender: Participant; readonly text: string }
  | {
      readonly kind: "private_message";
      readonly sender: Participant;
      readonly recipient: Participant;
      readonly text: string;
      /** Whether the recipient has no feed open. */
      readonly recipientIsAway: boolean;
    }
  | { readonly kind: "ignore_changed"; readonly memberId: string; readonly ignoring: boolean }
  /** The recipient's stay ended before these messages were written to a feed of theirs. */
  | {
      readonly kind: "undelivered";
      readonly senderId: string;
      readonly recipient: Participant;
      readonly messageIds: readonly string[];
    };

/** A member as all members may see it. `joinTime`: ms since 1970. */
export interface Person {
  readonly id: string;
  readonly nickname: string;
  readonly joinTime: number;
}

/** A message's sender or recipient. */
export interface Participant {
  readonly id: string;
  readonly nickname: string;
}

/** Encodes the payload of an event; room, log and feed never decode it. */
export type EncodeEvent = (event: RoomEvent) => Uint8Array;

export const NONCE_BYTES = 8;

const VERSION = 2;
const OLDER_VERSION = 1;
const KINDS = [
  "",
  "joined",
  "left",
  "group_message",
  "private_message",
  "ignore_on",
  "ignore_off",
  "undelivered",
] as const;
const AWAY = 1;
const ERASES = 2;
const SEQ_BYTES = 6;
const NONCE_AT = 3;
const IDS_AT = NONCE_AT + NONCE_BYTES;
const OLDER_IDS_AT = 2;
const NO_PAYLOAD = new Uint8Array();
const NO_NONCE = new Uint8Array(NONCE_BYTES);
const NONE: readonly number[] = [];

/** What is written; `void` and `unknown` are only read. */
type WrittenKind = Exclude<(typeof KINDS)[number], "">;
/** `void`: erased. `unknown`: of a newer version of the server. No member sees either. */
export type RecordKind = WrittenKind | "void" | "unknown";

/** A parsed record. */
export interface RoomRecord {
  readonly version: number;
  readonly kind: RecordKind;
  /** The member it is about or for, or a message's sender and recipient. */
  readonly ids: readonly string[];
  /** Part of the event's id; zeros in version 1. */
  readonly nonce: Uint8Array;
  /** Of a private message: whether its recipient had no feed open when it was appended. */
  readonly recipientWasAway: boolean;
  /** Numbers of the entries that were erased when it was appended. */
  readonly erases: readonly number[];
  readonly payload: Uint8Array;
}

/** Who joined, by the payload of a `joined` record: of a member that another process let in, this one knows no more. */
export type DecodeJoined = (record: RoomRecord) => Person;

/** A member that reads the log. Ignoring depends on the position in the log, not on the time of reading. */
export interface Viewer {
  readonly id: string;
  /** Whether the member ignored group messages at this position. */
  ignoringAt(seq: number): boolean;
}

/** The only rule of who may see what. */
export function sees(viewer: Viewer, record: Pick<RoomRecord, "kind" | "ids">, seq: number): boolean {
  switch (record.kind) {
    case "joined":
    case "left":
      return true;
    case "group_message":
      return !viewer.ignoringAt(seq);
    case "private_message":
    case "ignore_on":
    case "ignore_off":
    case "undelivered":
      return record.ids.includes(viewer.id);
    case "void":
    case "unknown":
      return false;
  }
}

/** `nonce`: NONCE_BYTES random bytes, new for each event. `erases`: what the append erases, at most MAX_ERASED numbers. */
export function writeRecord(
  event: RoomEvent,
  encode: EncodeEvent,
  nonce: Uint8Array,
  erases: readonly number[] = NONE,
): Uint8Array {
  const { kind, ids } = headerOf(event);
  const payload = encode(event);
  const size = IDS_AT + 1 + ids.reduce((sum, id) => sum + 1 + id.length, 0);
  const list = erases.length > 0 ? 1 + erases.length * SEQ_BYTES : 0;
  const record = new Uint8Array(size + list + payload.length);
  record[0] = VERSION;
  record[1] = KINDS.indexOf(kind);
  record[2] =
    (event.kind === "private_message" && event.recipientIsAway ? AWAY : 0) | (list > 0 ? ERASES : 0);
  record.set(nonce, NONCE_AT);
  record[IDS_AT] = ids.length;
  let at = IDS_AT + 1;
  for (const id of ids) {
    record[at++] = id.length;
    for (let i = 0; i < id.length; i++) record[at++] = id.charCodeAt(i);
  }
  if (list > 0) at = putNumbers(record, at, erases);
  record.set(payload, at);
  return record;
}

/** Returns the offset after them. */
function putNumbers(record: Uint8Array, from: number, seqs: readonly number[]): number {
  record[from] = seqs.length;
  let at = from + 1;
  for (const seq of seqs)
    for (let shift = SEQ_BYTES - 1; shift >= 0; shift--) record[at++] = Math.floor(seq / 256 ** shift) % 256;
  return at;
}

function numbersAt(record: Uint8Array, from: number): readonly number[] {
  return Array.from({ length: record[from] ?? 0 }, (_, i) => {
    const at = from + 1 + i * SEQ_BYTES;
    return record.subarray(at, at + SEQ_BYTES).reduce((sum, byte) => sum * 256 + byte, 0);
  });
}

/** Never throws: while servers of two versions share a log, the older one passes over what it does not know. */
export function readRecord(data: Uint8Array): RoomRecord {
  const version = data[0] ?? 0;
  const kind = KINDS[data[1] ?? 0];
  if ((version !== VERSION && version !== OLDER_VERSION) || !kind)
    return {
      version,
      kind: data.length === 0 ? "void" : "unknown",
      ids: [],
      nonce: NO_NONCE,
      recipientWasAway: false,
      erases: NONE,
      payload: NO_PAYLOAD,
    };
  const isOlder = version === OLDER_VERSION;
  const ids: string[] = [];
  let at = (isOlder ? OLDER_IDS_AT : IDS_AT) + 1;
  for (let left = data[at - 1] ?? 0; left > 0; left--) {
    const end = at + 1 + (data[at] ?? 0);
    let id = "";
    while (++at < end) id += String.fromCharCode(data[at]!);
    ids.push(id);
  }
  const flags = isOlder ? 0 : data[2]!;
  const erases = (flags & ERASES) !== 0 ? numbersAt(data, at) : NONE;
  if (erases !== NONE) at += 1 + erases.length * SEQ_BYTES;
  return {
    version,
    kind,
    ids,
    nonce: isOlder ? NO_NONCE : data.subarray(NONCE_AT, IDS_AT),
    recipientWasAway: (flags & AWAY) !== 0,
    erases,
    payload: data.subarray(at),
  };
}

function headerOf(event: RoomEvent): { kind: WrittenKind; ids: string[] } {
  switch (event.kind) {
    case "joined":
    case "left":
      return { kind: event.kind, ids: [event.user.id] };
    case "group_message":
      return { kind: event.kind, ids: [event.sender.id] };
    case "private_message":
      return { kind: event.kind, ids: [event.sender.id, event.recipient.id] };
    case "ignore_changed":
      return { kind: event.ignoring ? "ignore_on" : "ignore_off", ids: [event.memberId] };
    case "undelivered":
      return { kind: event.kind, ids: [event.senderId] };
  }
}
