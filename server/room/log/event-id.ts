import { type Entry, type EventLog, PositionLost } from "../ports.js";
import { tryRead } from "./read-back.js";
import { readRecord } from "./record.js";

/**
 * An event's id: base64url of a version byte, the number of the entry (6 bytes, big-endian) and the nonce of its record.
 * The number finds the event without a scan; the nonce, which is drawn when the record is written, keeps ids apart where
 * a restored copy of the log assigns the same number again.
 */
export const EVENT_ID_LENGTH = 20;

const VERSION = 1;
const NONCE_AT = 7;
const ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
const DIGITS = Uint8Array.from(ALPHABET, (digit) => digit.charCodeAt(0));
const SHAPE = /^[A-Za-z0-9_-]{20}$/;

/** Writes the id as ASCII to `target`; returns the offset after it. Events are framed by hand, see wire/codec/event.ts. */
export function putEventId(target: Uint8Array, at: number, seq: number, nonce: Uint8Array): number {
  const low = seq % 2 ** 32;
  putThree(target, at, (VERSION << 16) | Math.floor(seq / 2 ** 32));
  putThree(target, at + 4, low >>> 8);
  putThree(target, at + 8, ((low & 0xff) << 16) | (nonce[0]! << 8) | nonce[1]!);
  putThree(target, at + 12, (nonce[2]! << 16) | (nonce[3]! << 8) | nonce[4]!);
  putThree(target, at + 16, (nonce[5]! << 16) | (nonce[6]! << 8) | nonce[7]!);
  return at + EVENT_ID_LENGTH;
}

/** `seq`: below 2^48. `nonce`: that of the record. */
export function writeEventId(seq: number, nonce: Uint8Array): string {
  const ascii = new Uint8Array(EVENT_ID_LENGTH);
  putEventId(ascii, 0, seq, nonce);
  return String.fromCharCode(...ascii);
}

/** What an id is made of; undefined for a string that `writeEventId` cannot have written. */
export function readEventId(id: string): { seq: number; nonce: Uint8Array } | undefined {
  if (!SHAPE.test(id)) return undefined;
  const binary = atob(id.replaceAll("-", "+").replaceAll("_", "/"));
  const bytes = Uint8Array.from(binary, (byte) => byte.charCodeAt(0));
  if (bytes[0] !== VERSION) return undefined;
  const seq = bytes.subarray(1, NONCE_AT).reduce((sum, byte) => sum * 256 + byte, 0);
  return seq === 0 ? undefined : { seq, nonce: bytes.subarray(NONCE_AT) };
}

/** The entry of the event with this id; undefined if the log does not keep it. Reads one entry. */
export async function resolveEvent(
  log: Pick<EventLog, "head" | "read">,
  id: string,
): Promise<Entry | undefined> {
  const wanted = readEventId(id);
  if (!wanted) return undefined;
  const { epoch, first, last } = await log.head();
  if (wanted.seq < first || wanted.seq > last) return undefined;
  const batch = await tryRead(log, { epoch, seq: wanted.seq - 1 }, 1);
  const entry = batch instanceof PositionLost ? undefined : batch.entries[0];
  if (entry?.seq !== wanted.seq) return undefined;
  const { nonce } = readRecord(entry.data);
  return nonce.every((byte, i) => byte === wanted.nonce[i]) ? entry : undefined;
}

/** Three bytes in base64url. */
function putThree(target: Uint8Array, at: number, three: number): void {
  target[at] = DIGITS[three >>> 18]!;
  target[at + 1] = DIGITS[(three >>> 12) & 63]!;
  target[at + 2] = DIGITS[(three >>> 6) & 63]!;
  target[at + 3] = DIGITS[three & 63]!;
}
