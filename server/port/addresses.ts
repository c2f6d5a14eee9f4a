import type { IncomingHttpHeaders } from "node:http";
import { BlockList, isIP, type Socket } from "node:net";

/** Who is at the other end of a connection. */
export interface Origin {
  /** IP address: as the connection has it, or as the PROXY header of a trusted proxy names it. */
  readonly address: string;
  /** What limits by address count; see peerOf. */
  readonly peer: string;
  /** A trusted proxy: it sends for many people, and is exempt from limits by address. */
  readonly isProxy: boolean;
}

/** Whether requests count for a trusted proxy itself, as it named no address for them. `owner`: whom they count for. */
export function isOfProxy(owner: string, { isProxy, peer }: Origin): boolean {
  return isProxy && owner === peer;
}

const ORIGIN = Symbol("origin");

/** Keeps the origin with its connection. A symbol, as HTTP/2 shows requests a stand-in for the socket. */
export function setOrigin(socket: Socket, origin: Origin): void {
  Object.defineProperty(socket, ORIGIN, { value: origin });
}

export function originOf(socket: Socket): Origin | undefined {
  return (socket as { [ORIGIN]?: Origin })[ORIGIN];
}

/** The IP address behind a connection; undefined if it is closed and was never known. */
export function remoteAddressOf(socket: Socket): string | undefined {
  return originOf(socket)?.address ?? socket.remoteAddress;
}

/** Addresses and CIDR blocks. */
export class AddressBlocks {
  private readonly list = new BlockList();

  constructor(blocks: readonly string[]) {
    for (const block of blocks) {
      const [address = "", bits] = block.split("/");
      const family = isIP(address) === 6 ? "ipv6" : "ipv4";
      if (bits === undefined) this.list.addAddress(address, family);
      else this.list.addSubnet(address, Number(bits), family);
    }
  }

  /** `address`: as plainAddress writes it. */
  has(address: string): boolean {
    const version = isIP(address);
    return version !== 0 && this.list.check(address, version === 6 ? "ipv6" : "ipv4");
  }
}

/** Without a zone, and IPv4 as such where IPv6 carries it; empty if it is no address. */
export function plainAddress(text: string): string {
  const address = text.replace(/%.*$/, "").replace(/^::ffff:(?=\d+\.)/i, "");
  return isIP(address) === 0 ? "" : address;
}

/** The key of one peer: an IPv4 address, or the /64 that an IPv6 host may choose its addresses from (RFC 6177). */
export function peerOf(text: string | undefined): string {
  const address = plainAddress(text ?? "");
  if (address === "") return "unknown";
  if (isIP(address) === 4) return address;
  const [head = "", tail] = address.split("::");
  const left = head === "" ? [] : head.split(":");
  const right = tail ? tail.split(":") : [];
  const zeros = tail === undefined ? 0 : 8 - left.length - right.length - (tail.includes(".") ? 1 : 0);
  const groups = [...left, ...new Array<string>(zeros).fill("0"), ...right];
  const first = groups.slice(0, 4).map((group) => Number.parseInt(group, 16).toString(16));
  return `${first.join(":")}::/64`;
}

/**
 * The address of the caller that a trusted proxy at `proxy` names in X-Forwarded-For or Forwarded: the rightmost one that
 * is no proxy's, for what is left of it was written by the caller. Where the two headers disagree, one of them is the
 * caller's own, and neither is believed: the result is `proxy`, as without a header.
 */
export function forwardedAddress(
  headers: IncomingHttpHeaders,
  proxy: string,
  proxies: Pick<AddressBlocks, "has">,
): string {
  const { "x-forwarded-for": list, forwarded } = headers;
  const found = [
    ...(list === undefined ? [] : [rightmost(`${list}`.split(","), proxy, proxies)]),
    ...(forwarded === undefined ? [] : [rightmost(forwardedFor(forwarded), proxy, proxies)]),
  ];
  return found.length > 0 && found.every((address) => address === found[0]) ? found[0]! : proxy;
}

function rightmost(hops: readonly string[], proxy: string, proxies: Pick<AddressBlocks, "has">): string {
  let caller = proxy;
  for (const hop of hops.toReversed()) {
    const address = plainAddress(withoutPort(hop.trim()));
    // Not an address, such as "unknown": the proxy that wrote it is the nearest that is known.
    if (address === "") return caller;
    caller = address;
    if (!proxies.has(address)) return caller;
  }
  return caller;
}

function withoutPort(hop: string): string {
  return /^\[([^\]]*)\](?::\d+)?$/.exec(hop)?.[1] ?? /^([\d.]+):\d+$/.exec(hop)?.[1] ?? hop;
}

/** The `for` of each hop (RFC 7239, section 4); empty where a hop has none. */
function forwardedFor(header: string): string[] {
  return header.split(",").map((hop) => /(?:^|;)\s*for="?([^";]*)"?/i.exec(hop)?.[1] ?? "");
}
