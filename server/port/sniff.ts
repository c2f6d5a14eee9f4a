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
  readonly timeoutMs: number;
}

/** The HTTP/2 connection preface of a client (RFC 9113, section 3.4). */
const PREFACE = Buffer.from("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", "latin1");

/**
 * Reads a new socket until its bytes show how it begins; puts back what follows the PROXY header and calls `decided`. A
 * socket that ends, fails, or stays undecided for `timeoutMs` is destroyed instead.
 */
export function sniff(socket: Socket, options: SniffOptions, decided: (beginning: Beginning) => void): void {
  let seen: Buffer = Buffer.alloc(0);
  const timer = setTimeout(() => socket.destroy(), options.timeoutMs);

  const read = (): void => {
    for (let chunk: Buffer | null = socket.read(); chunk; chunk = socket.read()) {
      seen = Buffer.concat([seen, chunk]);
      const beginning = beginningOf(seen, options);
      if (!beginning) continue;
      release();
      const rest = "header" in beginning ? seen.subarray(beginning.header.length) : seen;
      if (rest.length > 0) socket.unshift(rest);
      decided(beginning);
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
