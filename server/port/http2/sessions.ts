import {
  constants,
  type IncomingHttpHeaders,
  type ServerHttp2Session,
  type ServerHttp2Stream,
} from "node:http2";
import type { Socket } from "node:net";
import { setImmediate as nextTurn } from "node:timers/promises";
import {
  type AddressBlocks,
  forwardedAddress,
  isOfProxy,
  type Origin,
  originOf,
  peerOf,
} from "../addresses.js";
import type { PortLimits } from "../limits.js";
import type { Peers } from "../peers.js";
import type { PortRefusal, Refusals } from "../refusals.js";
import type { PortTimeouts } from "../timeouts.js";
import { TokenBucket } from "../token-bucket.js";
import { watchSession } from "./ping.js";
import { Turns } from "./turns.js";
import { type RefuseStream, type Requesting, UnfinishedRequests } from "./unfinished-requests.js";
import { UnreadResponses } from "./unread-responses.js";

/** How long a socket may take to send its last bytes, GOAWAY among them. */
const LAST_BYTES_MS = 1_000;

/** Frames that carry no request; a connection may send so many bytes of them a second. */
const CONTROL_BYTES_PER_SECOND = 1024 * 1024;
/** Requests explain more: their headers and bodies ... */
const BYTES_PER_STREAM = 128 * 1024;
/** ... and so do bytes that were sent, by the WINDOW_UPDATEs that acknowledge them. */
const SENT_PER_CONTROL_BYTE = 16;

/** Of the idle sessions of a peer, where room is needed. */
const PART_TO_DROP = 1 / 16;

/** A call is a tenth of a millisecond of work, and one packet brings a hundred. */
const STREAMS_PER_ROUND = 64;

/** Looked after in a round of the event loop, at some microseconds each. */
const SESSIONS_PER_ROUND = 256;

const END_STREAM = 1;
const { NGHTTP2_ENHANCE_YOUR_CALM, NGHTTP2_REFUSED_STREAM } = constants;

/** As the HTTP/2 server's own listener for streams. */
export type ServeStream = (
  stream: ServerHttp2Stream,
  headers: IncomingHttpHeaders,
  flags: number,
  rawHeaders: string[],
) => void;

/** What is kept of one session. */
interface Guard extends Requesting {
  readonly socket: Socket;
  readonly resets: TokenBucket;
  openStreams: number;
  /** Since then no stream has been open. */
  idleSinceMs: number;
  streamsSeen: number;
  /** As of the last sweep. */
  swept: { atMs: number; bytesRead: number; bytesWritten: number; streamsSeen: number };
}

/**
 * The HTTP/2 sessions of a port, and for them the limits that Node has for HTTP/1.1 alone: a request must end in time,
 * an idle connection is closed, and a peer that opens streams only to reset them, or never ends them, loses its
 * connection. A session begins with `add`, each of its streams is admitted before it is a request, `sweep` looks
 * after all of them once a second, and a session that is turned away takes its socket along.
 *
 * A session of a trusted proxy carries the requests of many people. Its requests count for the person that the proxy
 * names, and a person who had too many faults has requests refused, where others lose their connection. Requests for which
 * it names no address have only the limit for all owners together.
 */
export class Sessions {
  private readonly guards = new Map<ServerHttp2Session, Guard>();
  private readonly unfinished: UnfinishedRequests;
  private readonly unread: UnreadResponses;
  private readonly turns = new Turns(STREAMS_PER_ROUND);
  private isSweeping = false;

  constructor(
    private readonly limits: PortLimits,
    private readonly timeouts: PortTimeouts,
    private readonly peers: Peers,
    private readonly refusals: Refusals,
    private readonly proxies: Pick<AddressBlocks, "has">,
  ) {
    const refuse: RefuseStream = (...refused) => this.refuse(...refused);
    this.unfinished = new UnfinishedRequests(limits, timeouts.requestMs, peers, refuse);
    this.unread = new UnreadResponses(limits.maxUnread, timeouts.requestMs);
  }

  [Symbol.iterator](): IterableIterator<ServerHttp2Session> {
    return this.guards.keys();
  }

  /** `serve` is called with each stream that may become a request. */
  add(session: ServerHttp2Session, socket: Socket, serve: ServeStream): void {
    const now = performance.now();
    const guard: Guard = {
      session,
      socket,
      origin: originOf(socket) ?? unknownOrigin(socket),
      resets: new TokenBucket(this.limits.resetBurst, this.limits.resetsPerSecond),
      unfinished: new Set(),
      openStreams: 0,
      idleSinceMs: now,
      streamsSeen: 0,
      swept: { atMs: now, bytesRead: 0, bytesWritten: 0, streamsSeen: 0 },
    };
    this.guards.set(session, guard);
    session.once("close", () => this.guards.delete(session));
    // Here and not at the server, for a stream that was reset by the packet that opened it has no session any more.
    session.on("stream", (stream, headers, flags, rawHeaders) => {
      const owner = this.ownerOf(headers, guard);
      if (!this.admit(guard, stream, owner, flags)) return;
      this.turns.add(owner, () => {
        if (!stream.destroyed) serve(stream, headers, flags, rawHeaders);
      });
    });
    const { pingIntervalMs, pingLimitMs } = this.timeouts;
    watchSession(session, { intervalMs: pingIntervalMs, limitMs: pingLimitMs }, () => {
      // A session that is closing only sends FIN when destroyed, which a vanished peer never acknowledges.
      session.destroy();
      socket.destroy();
    });
  }

  /** Whether a new stream may become a request; if not, it is closed. `flags`: of its HEADERS. */
  private admit(guard: Guard, stream: ServerHttp2Stream, owner: string, flags: number): boolean {
    // It may end before it has another listener, and a stream whose session breaks reports an error.
    stream.on("error", ignore);
    if (stream.destroyed) {
      if (!guard.session.destroyed) this.countReset(guard, owner);
      return false;
    }
    guard.streamsSeen++;
    if (guard.origin.isProxy && this.peers.isExhausted(owner)) {
      stream.close(NGHTTP2_ENHANCE_YOUR_CALM);
      this.refusals.add("faults", owner);
      return false;
    }
    const hasBody = (flags & END_STREAM) === 0;
    const excess = this.excessOf(guard, owner, hasBody);
    if (excess) {
      stream.close(NGHTTP2_REFUSED_STREAM);
      this.refusals.add(excess, owner);
      this.countReset(guard, owner);
      return false;
    }
    if (hasBody) this.unfinished.add(guard, stream, owner);
    this.unread.add(stream, owner);
    guard.openStreams++;
    stream.once("close", () => {
      guard.openStreams--;
      guard.idleSinceMs = performance.now();
      // Either it broke off, or it was refused and its sender had not ended it.
      const isReset = stream.aborted || (hasBody && !stream.readableEnded);
      if (isReset && !guard.session.destroyed) this.countReset(guard, owner);
    });
    return true;
  }

  /**
   * Ends sessions without a stream, of the peer that has most of those; returns that peer, if there is one. It ends a part
   * of them at once, for the next connection of a flood would look for them again. Those of trusted proxies are apart, for
   * many people are behind them.
   */
  dropIdle({ ofProxies }: { ofProxies: boolean }): string | undefined {
    const idleOf = new Map<string, Guard[]>();
    for (const guard of this.guards.values()) {
      const { peer, isProxy } = guard.origin;
      if (guard.openStreams > 0 || guard.socket.destroyed || isProxy !== ofProxies) continue;
      const ofPeer = idleOf.get(peer) ?? [];
      idleOf.set(peer, ofPeer);
      ofPeer.push(guard);
    }
    let most: Guard[] = [];
    for (const ofPeer of idleOf.values()) if (ofPeer.length > most.length) most = ofPeer;
    for (const { session, socket } of most.slice(0, Math.ceil(most.length * PART_TO_DROP))) {
      session.destroy();
      socket.destroy();
    }
    return most[0]?.origin.peer;
  }

  /** To be called once a second. Looks at some sessions in each round of the event loop: thousands take a while. */
  async sweep(): Promise<void> {
    if (this.isSweeping) return;
    this.isSweeping = true;
    for (const [stream, owner] of this.unread.overdue())
      this.refuse(stream, NGHTTP2_ENHANCE_YOUR_CALM, "unread_responses", owner);
    let looked = 0;
    for (const guard of this.guards.values()) {
      this.lookAfter(guard, performance.now());
      if (++looked % SESSIONS_PER_ROUND === 0) await nextTurn();
    }
    this.isSweeping = false;
  }

  private lookAfter(guard: Guard, now: number): void {
    if (guard.unfinished.size > 0) this.unfinished.sweep(guard, now);
    if (guard.openStreams === 0 && now - guard.idleSinceMs >= this.timeouts.keepAliveMs) closeIdle(guard);
    else if (this.floods(guard, now)) this.turnAway(guard, "control_frames");
  }

  private ownerOf(headers: IncomingHttpHeaders, { origin }: Guard): string {
    if (!origin.isProxy) return origin.peer;
    return peerOf(forwardedAddress(headers, origin.address, this.proxies));
  }

  /** Why a new stream is one too many. */
  private excessOf(
    guard: Guard,
    owner: string,
    hasBody: boolean,
  ): "unfinished_requests" | "unread_responses" | undefined {
    if (!this.unread.hasRoomFor(owner)) return "unread_responses";
    return hasBody && !this.unfinished.hasRoomFor(guard, owner) ? "unfinished_requests" : undefined;
  }

  private refuse(stream: ServerHttp2Stream, code: number, reason: PortRefusal, owner: string): void {
    stream.close(code);
    // One that has written nothing waits for its readers; it has none.
    stream.destroy();
    this.refusals.add(reason, owner);
  }

  private countReset(guard: Guard, owner: string): void {
    if (isOfProxy(owner, guard.origin)) return;
    const withinPeers = this.peers.fault(owner);
    if (guard.origin.isProxy) return;
    const withinOwn = guard.resets.take(performance.now());
    if (!withinPeers) this.turnAwayAll(owner);
    else if (!withinOwn && !guard.session.destroyed) this.turnAway(guard, "resets");
  }

  /** All sessions of a peer that serve nothing but what it may not: those with a request that is being served stay. */
  private turnAwayAll(peer: string): void {
    for (const guard of this.guards.values())
      if (
        guard.origin.peer === peer &&
        guard.openStreams === guard.unfinished.size &&
        !guard.session.destroyed
      )
        this.turnAway(guard, "resets");
  }

  /** Node reports no control frames; but what arrived is counted, and what requests may have taken of it. */
  private floods(guard: Guard, now: number): boolean {
    const { socket, swept, streamsSeen } = guard;
    const { bytesRead, bytesWritten } = socket;
    const seconds = Math.max(1, (now - swept.atMs) / 1_000);
    const read = bytesRead - swept.bytesRead;
    const explained =
      CONTROL_BYTES_PER_SECOND * seconds +
      (streamsSeen - swept.streamsSeen + guard.unfinished.size) * BYTES_PER_STREAM +
      (bytesWritten - swept.bytesWritten) / SENT_PER_CONTROL_BYTE;
    guard.swept = { atMs: now, bytesRead, bytesWritten, streamsSeen };
    return read > explained;
  }

  private turnAway(guard: Guard, why: "resets" | "control_frames"): void {
    this.refusals.add(why, guard.origin.peer);
    guard.session.destroy(undefined, NGHTTP2_ENHANCE_YOUR_CALM);
    endSocket(guard.socket);
  }
}

function ignore(): void {}

function unknownOrigin({ remoteAddress = "" }: Socket): Origin {
  return { address: remoteAddress, peer: peerOf(remoteAddress), isProxy: false };
}

function closeIdle({ session, socket }: Guard): void {
  if (session.closed) return;
  session.once("close", () => endSocket(socket));
  session.close();
}

/** Sends what is left, and waits for the peer's part no longer than a moment. */
function endSocket(socket: Socket): void {
  socket.destroySoon();
  const limit = setTimeout(() => socket.destroy(), LAST_BYTES_MS);
  socket.once("close", () => clearTimeout(limit));
}
