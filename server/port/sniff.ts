import type { Socket } from "node:net";

export type Protocol = "http1" | "http2";

/** The HTTP/2 connection preface of a client (RFC 9113, section 3.4). */
const PREFACE = Buffer.from("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", "latin1");

/**
 * Reads a new socket until its bytes are, or can no longer be, the HTTP/2 client preface; puts them back and calls
 * `decided`. POST, PUT and PROPFIND begin like the preface, so a beginning alone decides nothing. A socket that ends,
 * fails, or stays undecided for `timeoutMs` is destroyed instead.
 */
export function sniff(socket: Socket, timeoutMs: number, decided: (protocol: Protocol) => void): void {
  let seen = Buffer.alloc(0);
  const timer = setTimeout(() => socket.destroy(), timeoutMs);

  const read = (): void => {
    for (let chunk: Buffer | null = socket.read(); chunk; chunk = socket.read()) {
      seen = Buffer.concat([seen, chunk]);
      const length = Math.min(seen.length, PREFACE.length);
      const matches = PREFACE.compare(seen, 0, length, 0, length) === 0;
      if (matches && length < PREFACE.length) continue;
      release();
      socket.unshift(seen);
      decided(matches ? "http2" : "http1");
      return;
    }
  };
  const destroy = (): void => {
    socket.destroy();
  };
  const release = (): void => {
    clearTimeout(timer);
    socket.off("readable", read).off("end", destroy).off("error", destroy).off("close", release);
  };
  socket.on("readable", read).on("end", destroy).on("error", destroy).on("close", release);
}
