import { createContextKey } from "@connectrpc/connect";
import { AddressBlocks, forwardedAddress, peerOf, plainAddress, remoteAddressOf } from "../port/addresses.js";
import type { PortRequest } from "../port/port.js";

/** Who makes a call. */
export interface Caller {
  /** The IP address of the person, behind trusted proxies, too; undefined if it is unknown. */
  readonly address: string | undefined;
  /** Whose budget the call spends: an IPv4 address, the /64 of an IPv6 address, or empty if it is exempt. */
  readonly budget: string;
  /** Where its members are counted; empty for exempt addresses except loopback, where a proxy may be. */
  readonly place: string;
  /** Whom a trusted proxy names in the header that it sets; absent if it names nobody. */
  readonly user?: string;
}

/** Of a name that a proxy gives. */
const MAX_USER_LENGTH = 255;

const unknownCaller: Caller = { address: undefined, budget: "", place: "" };

/** For a server without budgets. */
export const callerWithoutBudget = ({ socket }: PortRequest): Caller => ({
  ...unknownCaller,
  address: remoteAddressOf(socket),
});

/** Set by the adapter. */
export const callerKey = createContextKey<Caller>(unknownCaller, { description: "the caller" });

export interface AddressOptions {
  /** Addresses and CIDR blocks without budgets. */
  readonly exempt: readonly string[];
  /** The proxies whose X-Forwarded-For or Forwarded is believed. */
  readonly trustedProxies: readonly string[];
  /** In lower case: the header in which these proxies name the person whom they have authenticated; empty: none. */
  readonly trustHeader?: string;
  /** Called once, if a request was forwarded by a proxy that is not trusted: its callers share one address. */
  readonly onUntrustedProxy: (address: string) => void;
}

/**
 * Returns a function that names the caller of a request. It begins at the peer of the connection, which a PROXY header may
 * have named, and goes on with the headers of the request as long as it is at a trusted proxy.
 */
export function callers(options: AddressOptions): (request: PortRequest) => Caller {
  const exempt = new AddressBlocks(options.exempt);
  const proxies = new AddressBlocks(options.trustedProxies);
  const loopback = new AddressBlocks(["127.0.0.0/8", "::1"]);
  let warned = false;

  function addressOf({ headers, socket }: PortRequest): string {
    const peer = plainAddress(remoteAddressOf(socket) ?? "");
    const isForwarded = headers["x-forwarded-for"] !== undefined || headers.forwarded !== undefined;
    if (!isForwarded) return peer;
    if (proxies.has(peer)) return forwardedAddress(headers, peer, proxies);
    // Where a proxy has named the peer, the header is the caller's own.
    const isNamed = peer !== plainAddress(socket.remoteAddress ?? "");
    if (!warned && !isNamed) {
      warned = true;
      options.onUntrustedProxy(peer);
    }
    return peer;
  }

  // A caller that sends the header which its proxy does not set must not gain what is the proxy's.
  const isDisputed = ({ headers }: PortRequest, address: string) =>
    headers["x-forwarded-for"] !== undefined && headers.forwarded !== undefined && proxies.has(address);

  const { trustHeader = "" } = options;
  function userOf({ headers, socket }: PortRequest): string | undefined {
    const value = headers[trustHeader];
    const isTrusted = value !== undefined && proxies.has(plainAddress(remoteAddressOf(socket) ?? ""));
    return isTrusted ? readUser(`${value}`) : undefined;
  }

  function callerOf(request: PortRequest): Caller {
    const address = addressOf(request);
    if (address === "") return unknownCaller;
    const peer = peerOf(address);
    if (!exempt.has(address) || isDisputed(request, address)) return { address, budget: peer, place: peer };
    return { address, budget: "", place: loopback.has(address) ? peer : "" };
  }

  if (trustHeader === "") return callerOf;
  return (request) => {
    const user = userOf(request);
    return user === undefined ? callerOf(request) : { ...callerOf(request), user };
  };
}

/**
 * The value of a header as the proxy wrote it: bytes in UTF-8, which Node reads as Latin-1. One with a comma may be two
 * headers that Node has joined, of which the first may be the person's own: it names nobody.
 */
function readUser(value: string): string | undefined {
  const text = Buffer.from(value, "latin1").toString("utf8").trim();
  const isName = text !== "" && text.length <= MAX_USER_LENGTH && !/[,\p{C}\ufffd]/u.test(text);
  return isName ? text : undefined;
}
