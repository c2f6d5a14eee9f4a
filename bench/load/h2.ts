import { createPingResponder } from "./h2-pings.js";
import type { Link, Reader } from "./link.js";

/** Frame types (RFC 9113, section 6). */
const type = { data: 0, headers: 1, reset: 3, settings: 4, ping: 6, goaway: 7, windowUpdate: 8 } as const;
const endStream = 1;
const endHeaders = 4;
const ack = 1;
const frameHeadBytes = 9;
/** Greatest flow-control window (RFC 9113, section 6.9.1). */
const maxWindow = 2 ** 31 - 1;
const initialWindow = 65_535;

function frame(kind: number, flags: number, stream: number, body: Buffer = Buffer.alloc(0)): Buffer {
  const head = Buffer.alloc(frameHeadBytes);
  head.writeUIntBE(body.length, 0, 3);
  head[3] = kind;
  head[4] = flags;
  head.writeUInt32BE(stream, 5);
  return Buffer.concat([head, body]);
}

function setting(id: number, value: number): Buffer {
  const bytes = Buffer.alloc(6);
  bytes.writeUInt16BE(id, 0);
  bytes.writeUInt32BE(value, 2);
  return bytes;
}

function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}

/** Header fields as literals without indexing (RFC 7541, section 6.2.2): no state to keep, nothing to compress. */
function headerBlock(fields: readonly (readonly [string, string])[]): Buffer {
  return Buffer.concat(fields.flatMap(([name, value]) => [Buffer.from([0]), literal(name), literal(value)]));
}

/** A string without Huffman coding; its length has a prefix of seven bits (RFC 7541, section 5.1). */
function literal(text: string): Buffer {
  const bytes = Buffer.from(text);
  if (bytes.length < 127) return Buffer.concat([Buffer.from([bytes.length]), bytes]);
  const rest = bytes.length - 127;
  const length = rest < 128 ? [rest] : [(rest & 0x7f) | 0x80, rest >> 7];
  return Buffer.concat([Buffer.from([127, ...length]), bytes]);
}

/** Callbacks for the response to one request. */
export interface Exchange {
  data(body: Buffer): void;
  /** The stream is over: regularly, or by a reset. */
  end(reset: boolean): void;
}

/** A prepared request; only its stream id varies. */
export interface PreparedRequest {
  readonly head: Buffer;
  readonly body: Buffer;
}

/** Header block and body frames of a POST; `body` is copied. */
export function prepare(
  path: string,
  headers: readonly (readonly [string, string])[],
  body: Buffer,
): PreparedRequest {
  const fields = [
    [":method", "POST"],
    [":scheme", "http"],
    [":path", path],
    [":authority", "127.0.0.1"],
    ...headers,
  ] as const;
  return {
    head: frame(type.headers, endHeaders, 0, headerBlock(fields)),
    body: frame(type.data, endStream, 0, body),
  };
}

/** A minimal HTTP/2 client connection: sends requests and reads responses. */
export interface H2Client {
  /** Sends a prepared request on a new stream, whose id is stamped into a copy. */
  send(request: PreparedRequest, exchange: Exchange): void;
  /** Stops reading: later chunks must pass through the returned reader, which acknowledges PINGs. */
  handOver(): Reader;
}

/** Starts HTTP/2 by prior knowledge. `wide`: maximum flow-control windows instead of the default ones. */
export function startH2(link: Link, wide: boolean, failed: (why: string) => void): H2Client {
  const streams = new Map<number, Exchange>();
  let nextStream = 1;
  let rest: Buffer = Buffer.alloc(0);
  const headerTableSize = setting(1, 0);
  const enablePush = setting(2, 0);
  const window = wide ? [setting(4, maxWindow)] : [];
  link.write(
    Buffer.concat([
      Buffer.from("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"),
      frame(type.settings, 0, 0, Buffer.concat([headerTableSize, enablePush, ...window])),
      ...(wide ? [frame(type.windowUpdate, 0, 0, uint32(maxWindow - initialWindow))] : []),
    ]),
  );

  function close(stream: number, reset: boolean): void {
    const exchange = streams.get(stream);
    streams.delete(stream);
    exchange?.end(reset);
  }

  function take(kind: number, flags: number, stream: number, body: Buffer): void {
    if (kind === type.data) streams.get(stream)?.data(body);
    else if (kind === type.settings && (flags & ack) === 0) link.write(frame(type.settings, ack, 0));
    else if (kind === type.ping && (flags & ack) === 0)
      link.write(frame(type.ping, ack, 0, Buffer.from(body)));
    else if (kind === type.goaway) failed(`GOAWAY ${body.subarray(4).toString("latin1")}`);
    if (kind === type.reset) close(stream, true);
    else if ((kind === type.data || kind === type.headers) && (flags & endStream) !== 0) close(stream, false);
  }

  link.read((bytes, length) => {
    const fresh = bytes.subarray(0, length);
    const seen = rest.length > 0 ? Buffer.concat([rest, fresh]) : fresh;
    let at = 0;
    while (at + frameHeadBytes <= seen.length) {
      const end = at + frameHeadBytes + seen.readUIntBE(at, 3);
      if (end > seen.length) break;
      take(seen[at + 3]!, seen[at + 4]!, seen.readUInt32BE(at + 5), seen.subarray(at + frameHeadBytes, end));
      at = end;
    }
    rest = at < seen.length ? Buffer.from(seen.subarray(at)) : Buffer.alloc(0);
  });

  return {
    handOver() {
      const heed = createPingResponder(link.write);
      heed(rest, rest.length);
      return heed;
    },
    send({ head, body }, exchange) {
      const stream = nextStream;
      nextStream += 2;
      streams.set(stream, exchange);
      head.writeUInt32BE(stream, 5);
      body.writeUInt32BE(stream, 5);
      link.write(Buffer.concat([head, body]));
    },
  };
}
