import { constants, type ServerHttp2Session, type ServerHttp2Stream } from "node:http2";
import { isOfProxy, type Origin } from "../addresses.js";
import type { PortLimits } from "../limits.js";
import type { Peers } from "../peers.js";
import type { PortRefusal } from "../refusals.js";

/** A client that sends many calls at once sends all their HEADERS before the first body: so long, they are no excess. */
const GRACE_MS = 1_000;

const { NGHTTP2_ENHANCE_YOUR_CALM, NGHTTP2_REFUSED_STREAM } = constants;

interface Unfinished {
  readonly stream: ServerHttp2Stream;
  /** Whose it is: the peer of the session, or whom a trusted proxy names. */
  readonly owner: string;
  readonly sinceMs: number;
}

/** A session with its requests that have no end yet. */
export interface Requesting {
  readonly session: ServerHttp2Session;
  readonly origin: Origin;
  readonly unfinished: Set<Unfinished>;
}

/** Resets a stream with an HTTP/2 error code. */
export type RefuseStream = (
  stream: ServerHttp2Stream,
  code: number,
  reason: PortRefusal,
  owner: string,
) => void;

/** HTTP/2 requests without their end: each must end in time, and there are only so many, of a session and of all. */
export class UnfinishedRequests {
  /** By owner, each in the order of arrival. */
  private readonly ofOwner = new Map<string, Set<Unfinished>>();
  private total = 0;

  /** `limitMs`: for each. */
  constructor(
    private readonly limits: Pick<PortLimits, "maxUnfinished" | "maxUnfinishedPerSession">,
    private readonly limitMs: number,
    private readonly peers: Pick<Peers, "isSuspect">,
    private readonly refuse: RefuseStream,
  ) {}

  /** Whether an owner may begin one more. If there are too many of all, another owner's is refused for it. */
  hasRoomFor({ origin, unfinished }: Requesting, owner: string): boolean {
    const { maxUnfinishedPerSession, maxUnfinished } = this.limits;
    const kept = origin.isProxy ? (this.ofOwner.get(owner)?.size ?? 0) : unfinished.size;
    if (kept >= maxUnfinishedPerSession && this.peers.isSuspect(owner)) return false;
    return this.total < maxUnfinished || this.makeRoomFor(owner);
  }

  add({ unfinished }: Requesting, stream: ServerHttp2Stream, owner: string): void {
    const one: Unfinished = { stream, owner, sinceMs: performance.now() };
    const ofOwner = this.ofOwner.get(owner) ?? new Set();
    this.ofOwner.set(owner, ofOwner);
    ofOwner.add(one);
    unfinished.add(one);
    this.total++;
    const forget = (): void => {
      if (!unfinished.delete(one)) return;
      this.total--;
      ofOwner.delete(one);
      if (ofOwner.size === 0 && this.ofOwner.get(owner) === ofOwner) this.ofOwner.delete(owner);
    };
    stream.once("end", forget);
    stream.once("close", forget);
  }

  /** Refuses what is overdue or one too many in a session; to be called once a second. */
  sweep({ session, origin, unfinished }: Requesting, now: number): void {
    const kept = new Map<string, number>();
    for (const { stream, owner, sinceMs } of unfinished) {
      const ageMs = now - sinceMs;
      if (ageMs < GRACE_MS) return;
      if (stream.closed) continue;
      // A response that has begun belongs to a stream of both directions, which may last.
      if (ageMs >= this.limitMs && !stream.headersSent)
        this.refuse(stream, NGHTTP2_ENHANCE_YOUR_CALM, "overdue_request", owner);
      else if (this.isExcess(owner, origin, kept))
        this.refuse(stream, NGHTTP2_REFUSED_STREAM, "unfinished_requests", owner);
      if (session.destroyed) return;
    }
  }

  /** `kept`: of each owner, in the same session. */
  private isExcess(owner: string, origin: Origin, kept: Map<string, number>): boolean {
    const count = (kept.get(owner) ?? 0) + 1;
    kept.set(owner, count);
    return count > this.limits.maxUnfinishedPerSession && !isOfProxy(owner, origin);
  }

  /** Of the owner that has most of them, so that none pays for another; false if that is the requesting one. */
  private makeRoomFor(owner: string): boolean {
    let most = this.ofOwner.get(owner);
    for (const ofOwner of this.ofOwner.values()) if (!most || ofOwner.size > most.size) most = ofOwner;
    for (const oldest of most ?? []) {
      if (oldest.owner === owner) return false;
      if (oldest.stream.closed) continue;
      this.refuse(oldest.stream, NGHTTP2_REFUSED_STREAM, "unfinished_requests", oldest.owner);
      return true;
    }
    return true;
  }
}
