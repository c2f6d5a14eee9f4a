import type { Socket } from "node:net";
import { beginsLike, PROXY_SIGNATURE, type ProxyHeader, readProxyHeader } from "./proxy-header.js";

/** What follows the PROXY header, if there is one. */
export type Protocol = "http1" | "http2" | "tls";

/** How a connection begins. */
export type Beginning =
  | { readonly protocol: Protocol; readonly header: Exclude<ProxyHeader, { kind: "malformed" }> }
  /** It begins with a PROXY header that cannot be used, or that its peer may not send. */
  | { readonly protocol: "none"; readonly refused: "untrusted_proxy" | "proxy_header" };

export interface SniffOptions {
  /** Whether TLS is expected; otherwise HTTP in cleartext. */
  readonly tls: boolean;
  /** Whether the peer may send a PROXY header. */
  readonly trusted: boolean;
  /** For the first byte. Clients keep connections in reserve, so this may be the time of any idle connection. */
  readonly idleMs: number;
  /** From the first byte to the last that the decision needs. */
  readonly undecidedMs: number;
}

/** The HTTP/2 connection preface of a client (RFC 9113, section 3.4). */
const PREFACE = Buffer.from("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", "latin1");

/**
 * Reads a new socket until its bytes show how it begins; puts back what follows the PROXY header and calls `decided`. A
 * socket that ends, fails, or stays undecided for too long is destroyed instead.
 */
export function sniff(socket: Socket, options: SniffOptions, decided: (beginning: Beginning) => void): void {
  readBeginning(socket, options, (seen) => {
    const beginning = beginningOf(seen, options);
    const skip = beginning && "header" in beginning ? beginning.header.length : 0;
    return beginning && { skip, call: () => decided(beginning) };
  });
}

/** Waits for the first bytes of a connection, leaves them to be read, and calls `arrived`; destroys it as above. */
export function awaitBytes(socket: Socket, idleMs: number, arrived: () => void): void {
  readBeginning(socket, { idleMs, undecidedMs: idleMs }, () => ({ skip: 0, call: arrived }));
}

function readBeginning(
  socket: Socket,
  { idleMs, undecidedMs }: Pick<SniffOptions, "idleMs" | "undecidedMs">,
  decide: (seen: Buffer) => { readonly skip: number; call(): void } | undefined,
): void {
  let seen: Buffer = Buffer.alloc(0);
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
      const decision = decide(seen);
      if (!decision) continue;
      release();
      if (seen.length > decision.skip) socket.unshift(seen.subarray(decision.skip));
      decision.call();
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

/** Undefined while the bytes can still become something else. */
function beginningOf(seen: Buffer, { tls, trusted }: SniffOptions): Beginning | undefined {
  if (!trusted && seen.length >= PROXY_SIGNATURE.length && beginsLike(seen, PROXY_SIGNATURE))
    return { protocol: "none", refused: "untrusted_proxy" };
  const header = readProxyHeader(seen);
  if (!header) return undefined;
  if (header.kind === "malformed") return { protocol: "none", refused: "proxy_header" };
  if (tls) return { protocol: "tls", header };
  // POST, PUT and PROPFIND begin like the preface, so a beginning alone decides nothing.
  const rest = seen.subarray(header.length);
  if (!beginsLike(rest, PREFACE)) return { protocol: "http1", header };
  return rest.length < PREFACE.length ? undefined : { protocol: "http2", header };
}
