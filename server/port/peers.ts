import type { Socket } from "node:net";
import { TokenBucket } from "./token-bucket.js";

/**
 * What peers do that a correct client does now and then at most: a stream that is reset, a request that is refused before
 * its end. Counted by address, for connections cost nothing.
 */
export class Peers {
  private readonly creditOf = new Map<string, TokenBucket>();

  constructor(
    private readonly burst: number,
    private readonly perSecond: number,
  ) {}

  /** Counts a fault of a peer; false if it has had too many. */
  fault(peer: string): boolean {
    const credit = this.creditOf.get(peer) ?? new TokenBucket(this.burst, this.perSecond);
    this.creditOf.set(peer, credit);
    return credit.take(performance.now());
  }

  /** Whether a peer has had too many lately. */
  isExhausted(peer: string): boolean {
    return this.creditOf.get(peer)?.isEmpty(performance.now()) ?? false;
  }

  /** Whether a peer is on the way there, and gets no benefit of the doubt. */
  isSuspect(peer: string): boolean {
    return this.creditOf.get(peer)?.isHalfEmpty(performance.now()) ?? false;
  }

  /** Forgets those that are as good as new; to be called now and then. */
  sweep(): void {
    const now = performance.now();
    for (const [peer, credit] of this.creditOf) if (credit.isFull(now)) this.creditOf.delete(peer);
  }
}

const calls = new WeakMap<Socket, () => boolean>();

/** `call` is called for each fault that is reported of a connection; it returns whether its peer deserves patience. */
export function onFault(socket: Socket, call: () => boolean): void {
  calls.set(socket, call);
}

/** For HTTP/1.1, whose requests are not watched by the port: one was refused before its end. Returns as above. */
export function reportFault(socket: Socket): boolean {
  return calls.get(socket)?.() ?? true;
}
