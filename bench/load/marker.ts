const tilde = 0x7e;
const hash = 0x23;
const zero = 0x30;
const idDigits = 8;

/** Length of a marker: `~#`, eight decimal digits, `~`. Plain ASCII that JSON, IRC and every framing leave alone. */
export const markerBytes = 2 + idDigits + 1;

/** Greatest id that a marker can bear. */
export const maxMarkerId = 10 ** idDigits - 1;

const filler = " the quick brown fox jumps over the lazy dog and then says so to the whole room,";

/** A message of exactly `textBytes` ASCII characters (at least a marker's) that begins with the marker of `id`. */
export function markedText(id: number, textBytes: number): string {
  const marker = `~#${String(id).padStart(idDigits, "0")}~`;
  return (marker + filler.repeat(Math.ceil(textBytes / filler.length))).slice(0, textBytes);
}

/** Writes the digits of `id` over those of the marker that begins at `at`. */
export function stampId(bytes: Uint8Array, at: number, id: number): void {
  let rest = id;
  for (let index = at + 1 + idDigits; index > at + 1; index -= 1) {
    bytes[index] = zero + (rest % 10);
    rest = Math.floor(rest / 10);
  }
}

/** Reads the marker that begins at `at`; -1 if none does. */
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

/** What one byte stream has shown so far. */
export interface Stream {
  count: number;
  /** Sum of the ids: with `count`, enough to tell a stream that had one message twice and missed another. */
  idSum: number;
  /** Last bytes of the chunk before, where they may be the beginning of a marker. */
  carry: Buffer | undefined;
  carried: number;
}

/** A stream of which nothing was seen yet. */
export function openStream(): Stream {
  return { count: 0, idSum: 0, carry: undefined, carried: 0 };
}

/** Finds the markers in the next `length` bytes of a stream. */
export type Scan<S extends Stream> = (stream: S, bytes: Uint8Array, length: number) => void;

/**
 * Makes a scanner that calls `found` for each marker, also one cut by a chunk's edge. It decodes nothing: framing,
 * encryption aside, is only bytes between markers.
 *
 * Two markers are never closer than `textBytes`, and all streams of one server look alike. So the distance seen last
 * is tried first, and taken when no marker could hide before it; what this skips is most of the bytes.
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

  /** Settles what the chunk before left open; returns where to go on, or -1 if the stream is still inside the edge. */
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
    // The guess is safe only while less than two texts lie between it and the marker before (or the chunk's start).
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
