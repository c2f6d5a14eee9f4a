import type { Socket } from "node:net";

export type Protocol = "http1" | "http2";

/** The HTTP/2 connection preface of a client (RFC 9113, section 3.4). */
const PREFACE = Buffer.from("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", "latin1");

export interface SniffLimits {
  /** For the first byte. Clients keep connections in reserve, so this is the time of any idle connection. */
  readonly idleMs: number;
  /** From the first byte to the last that the decision needs. */
  readonly undecidedMs: number;
}

/**
 * Reads a new socket until its bytes are, or can no longer be, the HTTP/2 client preface; puts them back and calls
 * `decided`. POST, PUT and PROPFIND begin like the preface, so a beginning alone decides nothing. A socket that ends,
 * fails, or stays undecided for too long is destroyed instead.
 */
export function sniff(
  socket: Socket,
  { idleMs, undecidedMs }: SniffLimits,
  decided: (protocol: Protocol) => void,
): void {
  let seen = Buffer.alloc(0);
  let isOver = false;
  // Timers run before sockets are read: if this process paused, the bytes may be in the socket already.
  const destroyIf = (isOverdue: () => boolean): void => {
    setImmediate(() => {
      if (!isOver && isOverdue()) socket.destroy();
    });
  };
  let timer = setTimeout(destroyIf, idleMs, () => seen.length === 0);

  const read = (): void => {
    for (let chunk: Buffer | null = socket.read(); chunk; chunk = socket.read()) {
      if (seen.length === 0) {
        clearTimeout(timer);
        timer = setTimeout(destroyIf, undecidedMs, () => true);
      }
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
    isOver = true;
    clearTimeout(timer);
    socket.off("readable", read).off("end", destroy).off("error", destroy).off("close", release);
  };
  socket.on("readable", read).on("end", destroy).on("error", destroy).on("close", release);
}
