const tilde = 0x7e;
const hash = 0x23;
const zero = 0x30;
const idDigits = 8;

/** Length of a marker: `~#`, eight decimal digits, `~`. Plain ASCII that JSON, IRC and every framing leave unchanged. */
export const markerBytes = 2 + idDigits + 1;

/** Largest id of a marker. */
export const maxMarkerId = 10 ** idDigits - 1;

const filler = " the quick brown fox jumps over the lazy dog and then says so to the whole room,";

/** A message of exactly `textBytes` ASCII characters (at least a marker's) that begins with the marker of `id`. */
export function markedText(id: number, textBytes: number): string {
  const marker = `~#${String(id).padStart(idDigits, "0")}~`;
  return (marker + filler.repeat(Math.ceil(textBytes / filler.length))).slice(0, textBytes);
}

/** Overwrites the digits of the marker at `at` with those of `id`. */
export function stampId(bytes: Uint8Array, at: number, id: number): void {
  let rest = id;
  for (let index = at + 1 + idDigits; index > at + 1; index -= 1) {
    bytes[index] = zero + (rest % 10);
    rest = Math.floor(rest / 10);
  }
}

/** Reads the marker at `at`; -1 if there is none. */
export function readMarker(bytes: Uint8Array, at: number): number {
  if (bytes[at] !== tilde || bytes[at + 1] !== hash || bytes[at + markerBytes - 1] !== tilde) return -1;
  let id = 0;
  for (let index = at + 2; index < at + 2 + idDigits; index += 1) {
    const digit = bytes[index]! - zero;
    if (digit < 0 || digit > 9) return -1;
    id = id * 10 + digit;
  }
  return id;
}

/** What was found in one byte stream so far. */
export interface Stream {
  count: number;
  /** Sum of the ids: with `count`, enough to detect a stream with one message duplicated and another missing. */
  idSum: number;
  /** Last bytes of the previous chunk, where they may be the beginning of a marker. */
  carry: Buffer | undefined;
  carried: number;
}

/** A stream before its first byte. */
export function openStream(): Stream {
  return { count: 0, idSum: 0, carry: undefined, carried: 0 };
}

/** Finds the markers in the next `length` bytes of a stream. */
export type Scan<S extends Stream> = (stream: S, bytes: Uint8Array, length: number) => void;

/**
 * Makes a scanner that calls `found` for each marker, including those split between chunks. It decodes nothing:
 * without encryption, framing is only bytes between markers.
 *
 * Two markers are never closer than `textBytes`, and all streams of one server look alike. So the last
 * distance is tried first, and accepted if no marker fits before it; this skips most of the bytes.
 */
export function createScan<S extends Stream>(
  textBytes: number,
  found: (stream: S, id: number) => void,
): Scan<S> {
  const edge = Buffer.alloc(2 * markerBytes);
  let firstAt = 0;
  let stride = textBytes;

  function hit(stream: S, id: number): void {
    stream.count += 1;
    stream.idSum += id;
    found(stream, id);
  }

  /** Completes a marker that began in the previous chunk; returns where to go on, or -1 if more bytes are needed. */
  function finishCarry(stream: S, bytes: Uint8Array, length: number): number {
    const carried = stream.carried;
    edge.set(stream.carry!.subarray(0, carried), 0);
    const taken = Math.min(length, edge.length - carried);
    edge.set(bytes.subarray(0, taken), carried);
    const known = carried + taken;
    for (let at = 0; at < carried; at += 1) {
      if (edge[at] !== tilde) continue;
      if (at + markerBytes > known) {
        keep(stream, edge, at, known);
        return -1;
      }
      const id = readMarker(edge, at);
      if (id < 0) continue;
      stream.carried = 0;
      hit(stream, id);
      return at + markerBytes - carried;
    }
    stream.carried = 0;
    return 0;
  }

  function keep(stream: S, bytes: Uint8Array, from: number, to: number): void {
    stream.carry ??= Buffer.alloc(markerBytes);
    stream.carry.set(bytes.subarray(from, to));
    stream.carried = to - from;
  }

  return function scan(stream, bytes, length) {
    let at = stream.carried > 0 ? finishCarry(stream, bytes, length) : 0;
    if (at < 0) return;
    let last = -1;
    // The guess is safe only while less than two texts fit between it and the previous marker (or the chunk's start).
    let guess = firstAt < textBytes ? firstAt : -1;
    while (at < length) {
      if (guess >= at && guess + markerBytes <= length) {
        const id = readMarker(bytes, guess);
        if (id >= 0) {
          at = guess;
        }
      }
      while (at < length && bytes[at] !== tilde) at += 1;
      if (at >= length) return;
      if (at + markerBytes > length) {
        keep(stream, bytes, at, length);
        return;
      }
      const id = readMarker(bytes, at);
      if (id < 0) {
        at += 1;
        guess = -1;
        continue;
      }
      hit(stream, id);
      if (last < 0) firstAt = at;
      else stride = at - last;
      last = at;
      guess = stride < 2 * textBytes ? at + stride : -1;
      at += textBytes;
    }
  };
}
