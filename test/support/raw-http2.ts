// HTTP/2 by hand: frames that no client library would send, in an order of which none would think.

import { once } from "node:events";
import { connect, type Socket } from "node:net";

const DATA = 0;
const HEADERS = 1;
const RST_STREAM = 3;
const SETTINGS = 4;
const PING = 6;
const GOAWAY = 7;
const WINDOW_UPDATE = 8;
const ACK = 1;
const END_STREAM = 1;
const END_HEADERS = 4;

export const HTTP2_PREFACE = Buffer.from("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", "latin1");
export const HTTP2_EMPTY_SETTINGS = frame(4, 0, 0, Buffer.alloc(0));
/** The first frame of every HTTP/2 server: SETTINGS, on stream 0. */
export const HTTP2_SETTINGS_TYPE = 4;

/** One HTTP/2 frame (RFC 9113, section 4.1). */
export function frame(type: number, flags: number, stream: number, payload: Buffer): Buffer {
  const head = Buffer.alloc(9);
  head.writeUIntBE(payload.length, 0, 3);
  head[3] = type;
  head[4] = flags;
  head.writeUInt32BE(stream, 5);
  return Buffer.concat([head, payload]);
}

/** The type of the first frame in `bytes`. */
export const frameType = (bytes: Buffer): number | undefined => bytes[3];

/** HPACK: a literal field that is not indexed, without Huffman codes (RFC 7541, section 6.2.2). */
export function literal(name: string, value: string): Buffer {
  return Buffer.concat([Buffer.of(0), string(name), string(value)]);
}

/** The same, added to the dynamic table, of which it is the newest entry then: number 62. */
export function indexed(name: string, value: string): Buffer {
  return Buffer.concat([Buffer.of(0x40), string(name), string(value)]);
}

/** A reference to the newest entry of the dynamic table. */
export const NEWEST = Buffer.of(0x80 | 62);

function string(text: string): Buffer {
  const bytes = Buffer.from(text, "latin1");
  const head = [Math.min(bytes.length, 127)];
  if (bytes.length >= 127) {
    let rest = bytes.length - 127;
    for (; rest >= 128; rest = Math.floor(rest / 128)) head.push(128 + (rest % 128));
    head.push(rest);
  }
  return Buffer.concat([Buffer.from(head), bytes]);
}

/** The field block of a POST. */
export function post(path: string, more: Record<string, string> = {}): Buffer {
  const fields = {
    ":method": "POST",
    ":scheme": "http",
    ":path": path,
    ":authority": "a",
    "content-type": "application/grpc+proto",
    ...more,
  };
  return Buffer.concat(Object.entries(fields).map(([name, value]) => literal(name, value)));
}

export const headersFrame = (stream: number, block: Buffer, end = false) =>
  frame(HEADERS, END_HEADERS | (end ? END_STREAM : 0), stream, block);
export const dataFrame = (stream: number, bytes: Buffer, end = false) =>
  frame(DATA, end ? END_STREAM : 0, stream, bytes);
export const rstFrame = (stream: number, code = 8) => frame(RST_STREAM, 0, stream, uint32(code));
export const windowUpdateFrame = (stream: number, by: number) => frame(WINDOW_UPDATE, 0, stream, uint32(by));

function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}

/** A connection that acknowledges SETTINGS and PINGs, as far as a server must see, and does what it is told. */
export class RawHttp2 {
  /** Codes of the streams that the server reset. */
  readonly resets = new Map<number, number>();
  /** Streams that the server has responded to. */
  readonly responses = new Set<number>();
  wentAway = false;
  over = false;
  private rest: Buffer = Buffer.alloc(0);

  private constructor(readonly socket: Socket) {
    socket.on("data", (chunk) => this.read(chunk));
    const end = () => {
      this.over = true;
    };
    socket.on("end", end).on("error", end).on("close", end);
  }

  /**
   * `from`: the address of this end; every 127.x.x.x is one on Linux. `before`: what is sent before HTTP begins, such as a
   * PROXY header.
   */
  static async open(port: number, from = "127.0.0.1", before: Buffer = Buffer.alloc(0)): Promise<RawHttp2> {
    const socket = connect({ host: "127.0.0.1", port, localAddress: from, noDelay: true });
    const raw = new RawHttp2(socket);
    socket.write(Buffer.concat([before, HTTP2_PREFACE, HTTP2_EMPTY_SETTINGS]));
    await Promise.race([once(socket, "connect"), once(socket, "close")]).catch(() => undefined);
    return raw;
  }

  send(...frames: Buffer[]): void {
    if (!this.socket.destroyed) this.socket.write(Buffer.concat(frames));
  }

  close(): void {
    this.socket.destroy();
  }

  private read(chunk: Buffer): void {
    let bytes = this.rest.length === 0 ? chunk : Buffer.concat([this.rest, chunk]);
    while (bytes.length >= 9) {
      const size = 9 + bytes.readUIntBE(0, 3);
      if (bytes.length < size) break;
      this.take(bytes[3]!, bytes[4]!, bytes.readUInt32BE(5), bytes.subarray(9, size));
      bytes = bytes.subarray(size);
    }
    this.rest = bytes;
  }

  private take(type: number, flags: number, stream: number, payload: Buffer): void {
    if (type === SETTINGS && (flags & ACK) === 0) this.send(frame(SETTINGS, ACK, 0, Buffer.alloc(0)));
    if (type === PING && (flags & ACK) === 0) this.send(frame(PING, ACK, 0, payload));
    if (type === RST_STREAM) this.resets.set(stream, payload.readUInt32BE());
    if (type === HEADERS) this.responses.add(stream);
    if (type === GOAWAY) this.wentAway = true;
  }
}
