import { create, fromBinary, type MessageInitShape, toBinary } from "@bufbuild/protobuf";
import { WireType } from "@bufbuild/protobuf/wire";
import { durationFromMs, TimestampSchema, timestampFromMs } from "@bufbuild/protobuf/wkt";
import { type SubscribeResponse, SubscribeResponseSchema } from "../../../gen/parlance/v1/chat_service_pb.js";
import {
  type Event,
  EventSchema,
  GapReason,
  GoodbyeReason,
  ModerationAction,
} from "../../../gen/parlance/v1/event_pb.js";
import type { Limits } from "../../../gen/parlance/v1/limits_pb.js";
import type { FeedEntry } from "../../feed/encoding.js";
import type { Signal } from "../../feed/signals.js";
import { writeCursor } from "../../room/log/cursor.js";
import { EVENT_ID_LENGTH, putEventId, writeEventId } from "../../room/log/event-id.js";
import {
  type DecodeDetails,
  type DecodeUser,
  type EncodeEvent,
  moderationActions,
  type Participant,
  type RoomEvent,
} from "../../room/log/record.js";
import type { Position } from "../../room/ports.js";
import { upgradePayload } from "./older-payload.js";
import { roomOf } from "./room.js";
import { personOf, userOf } from "./user.js";

type Kind = NonNullable<MessageInitShape<typeof EventSchema>["kind"]>;
type Item = NonNullable<MessageInitShape<typeof SubscribeResponseSchema>["item"]>;

/**
 * The payload of a record: a parlance.v1.Event with its kind alone. Fields of a protobuf message concatenate, so id,
 * cursor and time are put in front of it without decoding it.
 */
export const encodeEvent: EncodeEvent = (event) =>
  toBinary(EventSchema, create(EventSchema, { kind: kindOfEvent(event) }));

export const decodeUser: DecodeUser = (record) => {
  const { kind } = fromBinary(EventSchema, payloadOf(record));
  const user = kind.case === "joined" || kind.case === "userChanged" ? kind.value.user : undefined;
  if (!user) throw new Error(`the payload of a ${record.kind} record names no user`);
  return personOf(user);
};

export const decodeDetails: DecodeDetails = (record) => {
  const { kind } = fromBinary(EventSchema, payloadOf(record));
  const isEdit = kind.case === "edited";
  const isPrivate = kind.case === "privateMessage";
  const isMessage = kind.case === "groupMessage" || isPrivate || isEdit;
  const isModerated = kind.case === "moderated";
  return {
    sender: isMessage ? kind.value.sender : "",
    text: isMessage || kind.case === "announcement" ? kind.value.text : "",
    recipient: isPrivate || isEdit ? kind.value.recipient : "",
    messageId: isEdit ? kind.value.messageId : "",
    action: isModerated ? actionOf(kind.value.action) : undefined,
    reference: isModerated ? kind.value.reference : "",
  };
};

const actionOf = (action: ModerationAction) =>
  moderationActions.find((name) => ModerationAction[name] === action);

/** An entry of the log as a feed sends it. */
export function responseOfEntry(entry: FeedEntry): SubscribeResponse {
  return create(SubscribeResponseSchema, { item: { case: "event", value: eventOfEntry(entry) } });
}

/** An entry of the log as an event of the schema. */
export function eventOfEntry(entry: FeedEntry): Event {
  const { epoch, seq, atMs, nonce } = entry;
  const event = fromBinary(EventSchema, payloadOf(entry));
  event.id = writeEventId(seq, nonce);
  event.cursor = writeCursor({ epoch, seq });
  event.time = timestampFromMs(atMs);
  return event;
}

function payloadOf(entry: Pick<FeedEntry, "version" | "kind" | "ids" | "payload">): Uint8Array {
  return entry.version === 1 ? upgradePayload(entry) : entry.payload;
}

/** What hello announces. `atMs`: the present, ms since 1970. */
export interface Hello {
  readonly ignoring: boolean;
  readonly resumed: boolean;
  readonly limits: Limits;
  readonly atMs: number;
}

/** The first item of a feed that begins at `position`. */
export function responseOfHello({ atMs, ...hello }: Hello, position: Position): SubscribeResponse {
  const value = { ...hello, cursor: writeCursor(position), time: timestampFromMs(atMs) };
  return create(SubscribeResponseSchema, { item: { case: "hello", value } });
}

/** `position`: the reader's cursor. */
export function responseOfSignal(signal: Signal, position: Position): SubscribeResponse {
  return create(SubscribeResponseSchema, { item: itemOfSignal(signal, writeCursor(position)) });
}

function kindOfEvent(event: RoomEvent): Kind {
  switch (event.kind) {
    case "joined":
      return { case: event.kind, value: { user: userOf(event.user) } };
    case "left":
      return { case: event.kind, value: { user: userOf(event.user), removed: event.removed !== undefined } };
    case "group_message":
      return { case: "groupMessage", value: { ...senderOf(event.sender), ...contentOf(event) } };
    case "private_message": {
      const { sender, recipient } = event;
      return {
        case: "privateMessage",
        value: {
          ...senderOf(sender),
          recipient: recipient.nickname,
          recipientId: recipient.id,
          ...contentOf(event),
        },
      };
    }
    case "edited": {
      const { messageId, sender, recipient, text } = event;
      return {
        case: event.kind,
        value: {
          messageId,
          ...senderOf(sender),
          ...(recipient && { recipient: recipient.nickname, recipientId: recipient.id }),
          text,
        },
      };
    }
    case "ignore_changed":
      return { case: "ignoreChanged", value: { ignoring: event.ignoring } };
    case "undelivered": {
      const { messageIds, recipient } = event;
      return {
        case: "undelivered",
        value: { messageIds: [...messageIds], recipient: recipient.nickname, recipientId: recipient.id },
      };
    }
    case "announcement":
      return { case: event.kind, value: { text: event.text } };
    case "redacted": {
      const { messageIds, editIds = [], sender, reason } = event;
      return {
        case: event.kind,
        value: {
          ids: [...messageIds],
          editIds: [...editIds],
          sender: sender.nickname,
          senderId: sender.id,
          reason,
        },
      };
    }
    case "moderated":
      return { case: event.kind, value: moderatedOf(event) };
    case "room_changed":
      return { case: "roomChanged", value: { room: roomOf(event.room, 0) } };
    case "user_changed":
      return { case: "userChanged", value: { user: userOf(event.user) } };
  }
}

function senderOf({ id, nickname, registered = false }: Participant) {
  return { sender: nickname, senderId: id, senderRegistered: registered };
}

function contentOf({ text, replyToId = "" }: { readonly text: string; readonly replyToId?: string }) {
  return { text, replyToId };
}

function moderatedOf(event: Extract<RoomEvent, { kind: "moderated" }>) {
  const { to, action, moderator, person, reason, until, reference } = event;
  return {
    action: ModerationAction[action],
    moderator: to === "moderators" ? moderator : "",
    nickname: person?.nickname ?? "",
    userId: person?.id ?? "",
    reason,
    reference,
    ...(until !== undefined && { until: timestampFromMs(until) }),
  };
}

function itemOfSignal(signal: Signal, cursor: string): Item {
  switch (signal.kind) {
    case "caught_up":
      return { case: "caughtUp", value: { cursor, replayed: signal.replayed, online: signal.online } };
    case "heartbeat":
      return { case: "heartbeat", value: { cursor } };
    case "gap":
      return { case: "gap", value: { cursor, reason: GapReason[signal.reason] } };
    case "goodbye": {
      const { reason, reconnect, retryDelayMs } = signal;
      const retryDelay = retryDelayMs === undefined ? {} : { retryDelay: durationFromMs(retryDelayMs) };
      const shown = reason === "CUT_OFF" ? "UNSPECIFIED" : reason;
      return { case: "goodbye", value: { cursor, reason: GoodbyeReason[shown], reconnect, ...retryDelay } };
    }
  }
}

const tag = (field: { readonly number: number }, type: WireType) => (field.number << 3) | type;
/** One byte each: none of these fields has a number above 15. */
const EVENT = tag(SubscribeResponseSchema.field.event, WireType.LengthDelimited);
const ID = tag(EventSchema.field.id, WireType.LengthDelimited);
const CURSOR = tag(EventSchema.field.cursor, WireType.LengthDelimited);
const TIME = tag(EventSchema.field.time, WireType.LengthDelimited);
const SECONDS = tag(TimestampSchema.field.seconds, WireType.Varint);
const NANOS = tag(TimestampSchema.field.nanos, WireType.Varint);

/**
 * The SubscribeResponse of an entry in protobuf, after `prefixBytes` that are left to the caller. Written by hand into one
 * buffer, without decoding the payload: a reader that catches up reads a hundred thousand of these, and the library's
 * writer more than doubles the cost of a whole replay. Times before 1970 are not supported.
 */
export function frameOfEntry(entry: FeedEntry, prefixBytes: number): Buffer {
  const { epoch, seq, atMs, nonce } = entry;
  const payload = payloadOf(entry);
  const cursor = writeCursor({ epoch, seq });
  const seconds = Math.floor(atMs / 1000);
  const nanos = (atMs - seconds * 1000) * 1_000_000;
  const timeBytes = fieldBytes(seconds) + fieldBytes(nanos);
  // Cursors have at most 64 characters, all ASCII, and times at most 13 bytes: one byte holds either length.
  const eventBytes = 2 + EVENT_ID_LENGTH + 2 + cursor.length + 2 + timeBytes + payload.length;
  const frame = Buffer.allocUnsafeSlow(prefixBytes + 1 + varintBytes(eventBytes) + eventBytes);
  let at = prefixBytes;
  frame[at++] = EVENT;
  at = writeVarint(frame, at, eventBytes);
  frame[at++] = ID;
  frame[at++] = EVENT_ID_LENGTH;
  at = putEventId(frame, at, seq, nonce);
  frame[at++] = CURSOR;
  frame[at++] = cursor.length;
  for (let i = 0; i < cursor.length; i++) frame[at++] = cursor.charCodeAt(i);
  frame[at++] = TIME;
  frame[at++] = timeBytes;
  at = writeField(frame, at, SECONDS, seconds);
  at = writeField(frame, at, NANOS, nanos);
  frame.set(payload, at);
  return frame;
}

/** Bytes of a field; one with the value 0 is omitted. */
function fieldBytes(value: number): number {
  return value === 0 ? 0 : 1 + varintBytes(value);
}

function writeField(bytes: Uint8Array, at: number, fieldTag: number, value: number): number {
  if (value === 0) return at;
  bytes[at] = fieldTag;
  return writeVarint(bytes, at + 1, value);
}

function varintBytes(value: number): number {
  let bytes = 1;
  for (let rest = value; rest >= 128; rest = Math.floor(rest / 128)) bytes++;
  return bytes;
}

/** A base-128 varint of a whole number from 0 up to 2^53. Returns the offset after it. */
function writeVarint(bytes: Uint8Array, at: number, value: number): number {
  let end = at;
  let rest = value;
  for (; rest >= 128; rest = Math.floor(rest / 128)) bytes[end++] = (rest % 128) | 128;
  bytes[end++] = rest;
  return end;
}
