import type { Link, Reader } from "./link.js";

const frameHeadBytes = 9;
const pingBytes = frameHeadBytes + 8;
const pingType = 6;
const ack = 1;

/**
 * Acknowledges the peer's PINGs in a stream of HTTP/2 frames and skips everything else by its length: otherwise the
 * peer would close the connection as dead. The stream must begin at a frame.
 */
export function createPingResponder(write: Link["write"]): Reader {
  const head = Buffer.alloc(pingBytes);
  let known = 0;
  let skip = 0;
  return function heed(bytes, length) {
    let at = 0;
    while (at < length) {
      if (skip > 0) {
        const passed = Math.min(skip, length - at);
        skip -= passed;
        at += passed;
      } else if (known === 0 && length - at >= frameHeadBytes && bytes[at + 3] !== pingType) {
        skip = frameHeadBytes + bytes.readUIntBE(at, 3);
      } else {
        head[known] = bytes[at]!;
        known += 1;
        at += 1;
        if (known === frameHeadBytes && (head[3] !== pingType || head[4] === ack)) {
          skip = head.readUIntBE(0, 3);
          known = 0;
        } else if (known === pingBytes) {
          head[4] = ack;
          write(Buffer.from(head));
          known = 0;
        }
      }
    }
  };
}
