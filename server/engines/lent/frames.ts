import { deserialize, serialize } from "node:v8";

/** Before each frame: the length of what follows, big-endian. */
const HEADER_BYTES = 4;

/**
 * A value as a frame. V8's own serialization takes bytes, undefined and infinite numbers as they are, and costs what JSON
 * does. Both ends are processes of one program, so that it need not be read by anything else.
 */
export function encodeFrame(value: unknown): Buffer {
  const body = serialize(value);
  const frame = Buffer.allocUnsafe(HEADER_BYTES + body.length);
  frame.writeUInt32BE(body.length);
  frame.set(body, HEADER_BYTES);
  return frame;
}

/**
 * Takes the frames from the chunks of a stream. Bytes in a value are a view of its chunk: what is kept should be copied.
 */
export class FrameReader {
  private chunks: Buffer[] = [];
  private size = 0;
  /** Until there are so many, there is nothing to be done. */
  private needed = HEADER_BYTES;

  constructor(private readonly deliver: (value: unknown) => void) {}

  push(chunk: Buffer): void {
    this.chunks.push(chunk);
    this.size += chunk.length;
    if (this.size < this.needed) return;
    const all = this.chunks.length === 1 ? chunk : Buffer.concat(this.chunks);
    let at = 0;
    this.needed = HEADER_BYTES;
    while (all.length - at >= HEADER_BYTES) {
      const end = at + HEADER_BYTES + all.readUInt32BE(at);
      if (end > all.length) {
        this.needed = end - at;
        break;
      }
      const body = all.subarray(at + HEADER_BYTES, end);
      at = end;
      this.deliver(deserialize(body));
    }
    this.chunks = at < all.length ? [all.subarray(at)] : [];
    this.size = all.length - at;
  }
}
