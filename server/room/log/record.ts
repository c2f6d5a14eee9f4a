/**
 * Three nouns. An event is what happened in the room (RoomEvent). A record is what the log keeps of it (RoomRecord): a
 * small header with who may see it, and the payload that feeds send. An entry is a record with its place in the log:
 * number and time (ports.ts, Entry). The header decides about visibility, so replaying decodes no payload.
 *
 *     byte 0      version, 2
 *     byte 1      kind, see KINDS
 *     byte 2      flags: 1 if the recipient had no feed open when the message was appended, 2 if it erases entries,
 *                 4 if a moderator removed the member who left, 8 if by a ban
 *     bytes 3-10  nonce: random, a part of the event's id (event-id.ts)
 *     byte 11     number of member ids, 0..2; what they are depends on the kind, see headerOf
 *     then        each id: a length byte and that many bytes of ASCII
 *     then        if it erases entries: how many, one byte, and the number of each in 6 bytes, big-endian
 *     the rest    payload
 *
 * A record without any bytes is void: it was erased (ports.ts, promise L11). The record that was appended in that step
 * lists it, so that every process that follows the log drops what it keeps of it.
 *
 * Version 1, which earlier servers wrote, has no flags and no nonce, and another payload (wire/codec/older-payload.ts).
 */

import type { RoomFacts } from "../room-facts.js";

/** Something that happened in the room. */
export type RoomEvent =
  | { readonly kind: "joined"; readonly user: Person }
  | { readonly kind: "left"; readonly user: Person; readonly removed?: Removal }
  | {
      readonly kind: "group_message";
      readonly sender: Participant;
      readonly text: string;
      /** Id of the event that it replies to. */
      readonly replyToId?: string;
    }
  | {
      readonly kind: "private_message";
      readonly sender: Participant;
      readonly recipient: Participant;
      readonly text: string;
      /** Whether the recipient has no feed open. */
      readonly recipientIsAway: boolean;
      readonly replyToId?: string;
    }
  /** A message has another text. `recipient`: of a private one. */
  | {
      readonly kind: "edited";
      /** Id of the message's event. */
      readonly messageId: string;
      readonly sender: Participant;
      readonly recipient?: Participant;
      readonly text: string;
    }
  | { readonly kind: "ignore_changed"; readonly memberId: string; readonly ignoring: boolean }
  /** The recipient's stay ended before these messages were written to a feed of theirs. */
  | {
      readonly kind: "undelivered";
      readonly senderId: string;
      readonly recipient: Participant;
      readonly messageIds: readonly string[];
    }
  | { readonly kind: "announcement"; readonly text: string }
  | {
      readonly kind: "redacted";
      /** Ids of the events, all of one sender. */
      readonly messageIds: readonly string[];
      /** Ids of edits of these messages. */
      readonly editIds?: readonly string[];
      readonly sender: Participant;
      readonly reason: string;
      /** Ids of the sender and the recipient of private messages; empty: messages that everyone could see. */
      readonly audience: readonly string[];
    }
  /** One event is for the moderators; the person concerned, if there is one, has an event of its own. */
  | {
      readonly kind: "moderated";
      readonly to: "moderators" | "person";
      readonly action: ModerationAction;
      /** Nickname; empty: the operator. The event for the person does not name it. */
      readonly moderator: string;
      /** Whom it concerns; of a nickname that no one has, the id is empty. */
      readonly person?: Participant;
      readonly reason: string;
      /** ms since 1970; undefined: without end. */
      readonly until?: number;
      /** Id of the ban or the invite; empty if there is none. */
      readonly reference: string;
    }
  | { readonly kind: "room_changed"; readonly room: RoomFacts }
  /**
   * `registered` or `role` of a member changed. `unseen`: of a person who is not in the room, or something that no one
   * sees, such as the secret: for other processes alone.
   */
  | { readonly kind: "user_changed"; readonly user: Person; readonly unseen?: boolean };

/** How a moderator ended a stay; the names are those of GoodbyeReason in the schema. */
export type Removal = "REMOVED" | "BANNED";

/** What a moderator did; the names are those of the schema. */
export const moderationActions = [
  "KICK",
  "BAN",
  "UNBAN",
  "MUTE",
  "UNMUTE",
  "ERASE",
  "ANNOUNCE",
  "CREATE_INVITE",
  "REVOKE_INVITE",
  "UPDATE_ROOM",
  "UPDATE_NICKNAME",
] as const;
export type ModerationAction = (typeof moderationActions)[number];

/** What a member may do beyond speaking; the names are those of the schema. */
export type Role = "MODERATOR" | "OWNER";

/** A message's sender or recipient. `registered`: whether the nickname is its own; undefined: a guest. */
export interface Participant {
  readonly id: string;
  readonly nickname: string;
  readonly registered?: boolean;
}

/** A member as all members may see it. */
export interface Person extends Participant {
  /** ms since 1970. */
  readonly joinTime: number;
  /** Undefined: a member. */
  readonly role?: Role;
  /** Whether it is a program that said so. */
  readonly bot?: boolean;
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
  "announcement",
  "redacted",
  "moderated",
  "moderated_person",
  "room_changed",
  "user_changed",
  "user_changed_unseen",
  "group_edited",
  "private_edited",
] as const;
const AWAY = 1;
const ERASES = 2;
const REMOVED = 4;
const BANNED = 8;
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
  /** Of `left`: how a moderator ended the stay; undefined: none did. */
  readonly removed?: Removal;
  /** Numbers of the entries that were erased when it was appended. */
  readonly erases: readonly number[];
  readonly payload: Uint8Array;
}

/** What a payload contains that the room has to know of, and that the header has no place for. */
export interface RecordDetails {
  /** Of a message or an edit: nickname of its sender. */
  readonly sender: string;
  /** Of a message, an edit or an announcement; empty: of another kind. */
  readonly text: string;
  /** Of a private message or an edit of one: nickname of its recipient. */
  readonly recipient: string;
  /** Of an edit: id of the message's event. */
  readonly messageId: string;
  /** Of `moderated`; undefined: of another kind, or an action of a newer version. */
  readonly action: ModerationAction | undefined;
  /** Of `moderated`: id of the ban or the invite. */
  readonly reference: string;
}

/** Kinds of records with a text that people wrote. */
export const TEXT_KINDS: ReadonlySet<RecordKind> = new Set([
  "group_message",
  "private_message",
  "announcement",
  "group_edited",
  "private_edited",
] satisfies RecordKind[]);

/** Kinds of edits. */
export const EDIT_KINDS: ReadonlySet<RecordKind> = new Set([
  "group_edited",
  "private_edited",
] satisfies RecordKind[]);

/** Decodes a payload; for records that are rare, or looked at once. */
export type DecodeDetails = (record: RoomRecord) => RecordDetails;

/**
 * The member of a `joined` or `user_changed` record, by its payload: of one that another process let in, this one knows no
 * more.
 */
export type DecodeUser = (record: RoomRecord) => Person;

/**
 * A member that reads the log. Ignoring depends on the position in the log, not on the time of reading; the role is that
 * of the time of reading, so that who has it sees what was done before, and who has lost it no longer does.
 */
export interface Viewer {
  readonly id: string;
  /** Whether the member ignored group messages at this position. */
  ignoringAt(seq: number): boolean;
  /** Whether it is a moderator or an owner now. */
  readonly isModerator: boolean;
}

/** The only rule of who may see what. */
export function sees(viewer: Viewer, record: Pick<RoomRecord, "kind" | "ids">, seq: number): boolean {
  switch (record.kind) {
    case "joined":
    case "left":
    case "announcement":
    case "room_changed":
    case "user_changed":
      return true;
    case "group_message":
    case "group_edited":
      return !viewer.ignoringAt(seq);
    case "private_message":
    case "private_edited":
    case "ignore_on":
    case "ignore_off":
    case "undelivered":
    case "moderated_person":
      return record.ids.includes(viewer.id);
    case "redacted":
      return record.ids.length === 0 || record.ids.includes(viewer.id);
    case "moderated":
      return viewer.isModerator && !record.ids.includes(viewer.id);
    case "user_changed_unseen":
    case "unknown":
    case "void":
      return false;
  }
}

/**
 * Ids of the members who may see an entry that not everyone sees; `sees` decides for each. Those of a role are not in the
 * record, since they change. `moderators`: ids of those who are moderators or owners now.
 */
export function concernedBy(
  { kind, ids }: Pick<RoomRecord, "kind" | "ids">,
  moderators: () => Iterable<string>,
): Iterable<string> {
  return kind === "moderated" ? moderators() : ids;
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
  record[2] = flagsOf(event) | (list > 0 ? ERASES : 0);
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
  const removed = removalOf(flags);
  const erases = (flags & ERASES) !== 0 ? numbersAt(data, at) : NONE;
  if (erases !== NONE) at += 1 + erases.length * SEQ_BYTES;
  return {
    version,
    kind,
    ids,
    nonce: isOlder ? NO_NONCE : data.subarray(NONCE_AT, IDS_AT),
    recipientWasAway: (flags & AWAY) !== 0,
    ...(removed && { removed }),
    erases,
    payload: data.subarray(at),
  };
}

function flagsOf(event: RoomEvent): number {
  if (event.kind === "private_message") return event.recipientIsAway ? AWAY : 0;
  if (event.kind !== "left" || !event.removed) return 0;
  return event.removed === "BANNED" ? REMOVED | BANNED : REMOVED;
}

function removalOf(flags: number): Removal | undefined {
  if ((flags & REMOVED) === 0) return undefined;
  return (flags & BANNED) === 0 ? "REMOVED" : "BANNED";
}

function headerOf(event: RoomEvent): { kind: WrittenKind; ids: readonly string[] } {
  switch (event.kind) {
    case "joined":
    case "left":
      return { kind: event.kind, ids: [event.user.id] };
    case "user_changed":
      return { kind: event.unseen ? "user_changed_unseen" : event.kind, ids: [event.user.id] };
    case "group_message":
      return { kind: event.kind, ids: [event.sender.id] };
    case "private_message":
      return { kind: event.kind, ids: [event.sender.id, event.recipient.id] };
    case "edited": {
      const { sender, recipient } = event;
      return recipient
        ? { kind: "private_edited", ids: [sender.id, recipient.id] }
        : { kind: "group_edited", ids: [sender.id] };
    }
    case "ignore_changed":
      return { kind: event.ignoring ? "ignore_on" : "ignore_off", ids: [event.memberId] };
    case "undelivered":
      return { kind: event.kind, ids: [event.senderId] };
    case "redacted":
      return { kind: event.kind, ids: event.audience };
    case "moderated": {
      const { to, person } = event;
      return { kind: to === "person" ? "moderated_person" : "moderated", ids: person?.id ? [person.id] : [] };
    }
    case "announcement":
    case "room_changed":
      return { kind: event.kind, ids: [] };
  }
}
