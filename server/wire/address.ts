import { BlockList, isIP } from "node:net";
import { createContextKey } from "@connectrpc/connect";
import type { PortRequest } from "../port/port.js";

/** Whose budget a call spends: an IPv4 address, the /64 of an IPv6 address, or empty if it is exempt. */
export const addressKey = createContextKey("", { description: "the caller's address" });

export interface AddressOptions {
  /** Addresses and CIDR blocks without budgets. */
  readonly exempt: readonly string[];
  /** The proxies whose X-Forwarded-For or Forwarded is believed. */
  readonly trustedProxies: readonly string[];
  /** Called once, if a request was forwarded by a proxy that is not trusted: its callers share one address. */
  readonly onUntrustedProxy: (address: string) => void;
}

/**
 * Returns a function that names the caller of a request. Behind trusted proxies that is the rightmost address which is
 * no proxy's: what is left of it was written by the caller. Where the two headers disagree, one of them is the caller's
 * own, and neither is believed.
 */
export function callerAddresses(options: AddressOptions): (request: PortRequest) => string {
  const { exempt, trustedProxies, onUntrustedProxy } = options;
  const free = blockList(exempt);
  const proxies = blockList(trustedProxies);
  let warned = false;

  function callerOf(request: PortRequest): string {
    const peer = plainAddress(request.socket?.remoteAddress ?? "");
    const { "x-forwarded-for": list, forwarded } = request.headers;
    if (list === undefined && forwarded === undefined) return peer;
    if (!contains(proxies, peer)) {
      if (!warned) onUntrustedProxy(peer);
      warned = true;
      return peer;
    }
    const found = [
      ...(list === undefined ? [] : [rightmost(`${list}`.split(","), peer)]),
      ...(forwarded === undefined ? [] : [rightmost(forwardedFor(forwarded), peer)]),
    ];
    return found.every((address) => address === found[0]) ? found[0]! : peer;
  }

  function rightmost(hops: readonly string[], peer: string): string {
    let caller = peer;
    for (const hop of hops.toReversed()) {
      const address = plainAddress(withoutPort(hop.trim()));
      // Not an address, such as "unknown": the proxy that wrote it is the nearest that is known.
      if (address === "") return caller;
      caller = address;
      if (!contains(proxies, address)) return caller;
    }
    return caller;
  }

  return (request) => {
    const caller = callerOf(request);
    return caller === "" || contains(free, caller) ? "" : budgetAddress(caller);
  };
}

function blockList(blocks: readonly string[]): BlockList {
  const list = new BlockList();
  for (const block of blocks) {
    const [address = "", bits] = block.split("/");
    const family = isIP(address) === 6 ? "ipv6" : "ipv4";
    if (bits === undefined) list.addAddress(address, family);
    else list.addSubnet(address, Number(bits), family);
  }
  return list;
}

function contains(list: BlockList, address: string): boolean {
  const version = isIP(address);
  return version !== 0 && list.check(address, version === 6 ? "ipv6" : "ipv4");
}

/** Without a zone, and IPv4 as such where IPv6 carries it; empty if it is no address. */
function plainAddress(text: string): string {
  const address = text.replace(/%.*$/, "").replace(/^::ffff:(?=\d+\.)/i, "");
  return isIP(address) === 0 ? "" : address;
}

function withoutPort(hop: string): string {
  return /^\[([^\]]*)\](?::\d+)?$/.exec(hop)?.[1] ?? /^([\d.]+):\d+$/.exec(hop)?.[1] ?? hop;
}

/** The `for` of each hop (RFC 7239, section 4); empty where a hop has none. */
function forwardedFor(header: string): string[] {
  return header.split(",").map((hop) => /(?:^|;)\s*for="?([^";]*)"?/i.exec(hop)?.[1] ?? "");
}

/** An IPv6 caller usually has a whole /64 of addresses. */
function budgetAddress(address: string): string {
  if (isIP(address) === 4) return address;
  const [head = "", tail] = address.split("::");
  const left = head === "" ? [] : head.split(":");
  const right = tail ? tail.split(":") : [];
  const zeros = tail === undefined ? 0 : 8 - left.length - right.length - (tail.includes(".") ? 1 : 0);
  const groups = [...left, ...new Array<string>(zeros).fill("0"), ...right];
  const first = groups.slice(0, 4).map((group) => Number.parseInt(group, 16).toString(16));
  return `${first.join(":")}::/64`;
}
