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
}

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

  return (request) => {
    const address = addressOf(request);
    if (address === "") return unknownCaller;
    const peer = peerOf(address);
    if (!exempt.has(address) || isDisputed(request, address)) return { address, budget: peer, place: peer };
    return { address, budget: "", place: loopback.has(address) ? peer : "" };
  };
}
