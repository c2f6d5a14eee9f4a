import { randomBytes } from "node:crypto";
import type { Dialect } from "../dialect.js";
import type { Link } from "../link.js";
import { oneWayPublisher } from "../stamped.js";

/** Opens a WebSocket (RFC 6455, section 4.1) without extensions. */
export async function upgrade(link: Link, path: string): Promise<void> {
  link.write(
    `GET ${path} HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n` +
      `Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: ${randomBytes(16).toString("base64")}\r\n\r\n`,
  );
  await link.until((seen) => (seen.includes(" 101 ") && seen.includes("\r\n\r\n")) || undefined);
}

/**
 * A text frame from a client. The masking key is zero, which leaves the text readable to the marker scanner; the
 * server unmasks it nevertheless (RFC 6455, section 5.3).
 */
export function clientText(text: string): Buffer {
  const body = Buffer.from(text);
  const length = body.length < 126 ? [0x80 | body.length] : [0xfe, body.length >> 8, body.length & 0xff];
  return Buffer.concat([Buffer.from([0x81, ...length, 0, 0, 0, 0]), body]);
}

/** Text over WebSocket: `/sub` subscribes, `/pub` publishes. */
export const websocket: Dialect = {
  enter:
    async (link, { nickname }) =>
    async () => {
      await upgrade(link, `/sub?name=${nickname}`);
      return link;
    },
  async publisher(needs) {
    const link = await needs.open();
    await upgrade(link, `/pub?name=${needs.nickname}`);
    return oneWayPublisher(link, needs, clientText);
  },
};
