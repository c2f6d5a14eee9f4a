import { WireType } from "@bufbuild/protobuf/wire";
import { TimestampSchema } from "@bufbuild/protobuf/wkt";
import { SubscribeResponseSchema } from "../../gen/parlance/v1/chat_service_pb.js";
import { EventSchema } from "../../gen/parlance/v1/event_pb.js";
import type { FeedEntry } from "../feed/entry.js";
import { writeCursor } from "../room/log/cursor.js";

const tag = (field: { readonly number: number }, type: WireType) => (field.number << 3) | type;
/** One byte each: none of these fields has a number above 15. */
const EVENT = tag(SubscribeResponseSchema.field.event, WireType.LengthDelimited);
const CURSOR = tag(EventSchema.field.cursor, WireType.LengthDelimited);
const TIME = tag(EventSchema.field.time, WireType.LengthDelimited);
const SECONDS = tag(TimestampSchema.field.seconds, WireType.Varint);
const NANOS = tag(TimestampSchema.field.nanos, WireType.Varint);

/**
 * The SubscribeResponse of an entry in protobuf, without taking its payload apart, behind `prefixBytes` that are left
 * to the caller. By hand into one piece of memory: someone who catches up reads a hundred thousand of these, and the
 * library's writer more than doubles what a whole replay costs. Moments before 1970 are not provided for.
 */
export function joinEntry({ epoch, seq, atMs, payload }: FeedEntry, prefixBytes: number): Buffer {
  const cursor = writeCursor({ epoch, seq });
  const seconds = Math.floor(atMs / 1000);
  const nanos = (atMs - seconds * 1000) * 1_000_000;
  const timeBytes = fieldBytes(seconds) + fieldBytes(nanos);
  // Cursors have at most 64 characters, all ASCII, and times at most 13 bytes: one byte holds either length.
  const eventBytes = 2 + cursor.length + 2 + timeBytes + payload.length;
  const frame = Buffer.allocUnsafeSlow(prefixBytes + 1 + varintBytes(eventBytes) + eventBytes);
  let at = prefixBytes;
  frame[at++] = EVENT;
  at = writeVarint(frame, at, eventBytes);
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

/** A field of the value 0 is left out. */
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

/** A base-128 varint of a whole number from 0 up to 2^53; answers where it ends. */
function writeVarint(bytes: Uint8Array, at: number, value: number): number {
  let end = at;
  let rest = value;
  for (; rest >= 128; rest = Math.floor(rest / 128)) bytes[end++] = (rest % 128) | 128;
  bytes[end++] = rest;
  return end;
}
