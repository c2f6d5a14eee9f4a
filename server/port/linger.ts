import type { Socket } from "node:net";

/** How long an ended connection is read on: in all, and without a byte. */
const LINGER_MS = 5_000;
const SILENT_MS = 2_000;
/** What its peer may still send. */
const LINGER_BYTES = 1024 * 1024;
const LOOK_EVERY_MS = 50;

const lingering = new Set<Socket>();

/**
 * Ends a connection so that its peer can read the response although it is still sending. A socket that is closed with
 * bytes unread, or to which bytes come later, sends RST; a peer that meets it while writing drops the response unread. So
 * this side alone is ended, and what comes is dropped until the peer ends its own, has sent too much, or is silent. What
 * it sends is for the caller to read. Source: RFC 9112, section 9.6.
 */
export function linger(socket: Socket): void {
  if (socket.destroyed) return;
  lingering.add(socket);
  socket.end();
  const began = { atMs: performance.now(), bytes: socket.bytesRead };
  let latest = began;
  const look = setInterval(() => {
    const now = performance.now();
    if (socket.bytesRead > latest.bytes) latest = { atMs: now, bytes: socket.bytesRead };
    const isOver =
      now - began.atMs >= LINGER_MS ||
      now - latest.atMs >= SILENT_MS ||
      latest.bytes - began.bytes > LINGER_BYTES;
    if (isOver) socket.destroy();
  }, LOOK_EVERY_MS);
  socket.once("close", () => {
    clearInterval(look);
    lingering.delete(socket);
  });
}

/** Whether a connection has ended but for its last bytes; a request that arrives over it is not served. */
export function isLingering(socket: Socket): boolean {
  return lingering.has(socket);
}

/** The one that has lingered longest, to make room; undefined if there is none. */
export function oldestLingering(): Socket | undefined {
  return lingering.values().next().value;
}
