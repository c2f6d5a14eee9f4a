/**
 * The header of the PROXY protocol, version 2, by which a proxy that passes on bytes names the peer they come from.
 * Source: https://www.haproxy.org/download/2.6/doc/proxy-protocol.txt, section 2.2.
 */

/** What a connection began with. */
export type ProxyHeader =
  /** Another beginning than the signature. */
  | { readonly kind: "absent"; readonly length: 0 }
  /** A header of `length` bytes. `address`: of the peer; undefined if it names none, as those of health checks. */
  | { readonly kind: "present"; readonly length: number; readonly address: string | undefined }
  | { readonly kind: "malformed" };

/** No HTTP and no TLS begins like this. */
export const PROXY_SIGNATURE = Buffer.from("\r\n\r\n\0\r\nQUIT\n", "latin1");

const FIXED_BYTES = 16;
/** The addresses take at most 216 bytes; the rest is for TLVs, of which the largest in use are names and certificates' subjects. */
const MAX_BYTES = 4096;

const VERSION_2 = 0x2;
const [LOCAL, PROXY] = [0x0, 0x1];
const [UNSPEC, TCP4, TCP6] = [0x00, 0x11, 0x21];
/** Bytes of both addresses and both ports. */
const ADDRESS_BYTES = new Map([
  [TCP4, 12],
  [TCP6, 36],
]);

const absent: ProxyHeader = { kind: "absent", length: 0 };
const malformed: ProxyHeader = { kind: "malformed" };

/** Reads the header from the first bytes of a connection; undefined while they may still become one. */
export function readProxyHeader(seen: Buffer): ProxyHeader | undefined {
  if (!beginsLike(seen, PROXY_SIGNATURE)) return absent;
  if (seen.length < FIXED_BYTES) return undefined;
  const [version, command] = [seen[12]! >> 4, seen[12]! & 0xf];
  const family = seen[13]!;
  const rest = seen.readUInt16BE(14);
  const length = FIXED_BYTES + rest;
  if (version !== VERSION_2 || (command !== LOCAL && command !== PROXY) || length > MAX_BYTES)
    return malformed;
  const addressBytes = ADDRESS_BYTES.get(family);
  // Of LOCAL, family and addresses mean nothing; of UNSPEC, there are none that do.
  const names = command === PROXY && family !== UNSPEC;
  if (names && (addressBytes === undefined || rest < addressBytes)) return malformed;
  if (seen.length < length) return undefined;
  return { kind: "present", length, address: names ? sourceOf(seen, family) : undefined };
}

/** Whether `seen` is the beginning of `expected`, or begins with it. */
export function beginsLike(seen: Buffer, expected: Buffer): boolean {
  const length = Math.min(seen.length, expected.length);
  return expected.compare(seen, 0, length, 0, length) === 0;
}

function sourceOf(header: Buffer, family: number): string {
  if (family === TCP4) return header.subarray(FIXED_BYTES, FIXED_BYTES + 4).join(".");
  const groups = Array.from({ length: 8 }, (_, i) => header.readUInt16BE(FIXED_BYTES + 2 * i));
  const isMapped = groups.slice(0, 5).every((group) => group === 0) && groups[5] === 0xffff;
  return isMapped
    ? header.subarray(FIXED_BYTES + 12, FIXED_BYTES + 16).join(".")
    : groups.map((group) => group.toString(16)).join(":");
}
