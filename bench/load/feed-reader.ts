import type { Reader } from "./link.js";

/** A byte of flags and four of length before each message, in Connect and in gRPC. */
const prefixBytes = 5;

/** Cuts a stream of envelopes into messages, however it is split; compressed and final envelopes are skipped. */
export function createEnvelopeReader(received: (message: Buffer) => void): Reader {
  let rest = Buffer.alloc(0);
  return (bytes, length) => {
    const fresh = bytes.subarray(0, length);
    const seen = rest.length > 0 ? Buffer.concat([rest, fresh]) : fresh;
    let at = 0;
    while (at + prefixBytes <= seen.length) {
      const end = at + prefixBytes + seen.readUInt32BE(at + 1);
      if (end > seen.length) break;
      if (seen[at] === 0) received(seen.subarray(at + prefixBytes, end));
      at = end;
    }
    rest = Buffer.from(seen.subarray(at));
  };
}

/** Passes the body of one HTTP/1.1 response in chunks to `body`; any status but 200 is a failure. */
export function createBodyReader(body: Reader, failed: (why: string) => void): Reader {
  let rest = Buffer.alloc(0);
  let inBody = false;
  let left = 0;
  return (bytes, length) => {
    const fresh = bytes.subarray(0, length);
    const seen = rest.length > 0 ? Buffer.concat([rest, fresh]) : fresh;
    let at = 0;
    if (!inBody) {
      const headEnd = seen.indexOf("\r\n\r\n");
      inBody = headEnd >= 0;
      if (inBody && seen.toString("latin1", 0, 13) !== "HTTP/1.1 200 ")
        failed(seen.toString("latin1").slice(0, 400));
      at = headEnd + 4;
    }
    while (inBody && at < seen.length) {
      if (left > 0) {
        const taken = Math.min(left, seen.length - at);
        body(seen.subarray(at, at + taken), taken);
        at += taken;
        left -= taken;
        continue;
      }
      const lineEnd = seen.indexOf("\r\n", at);
      if (lineEnd < 0) break;
      // The line after a chunk is empty; the one before it is its length.
      const line = seen.toString("latin1", at, lineEnd);
      if (line !== "") left = Number.parseInt(line, 16);
      at = lineEnd + 2;
    }
    rest = Buffer.from(seen.subarray(inBody ? at : 0));
  };
}
