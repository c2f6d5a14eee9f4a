import type { ServerHttp2Stream } from "node:http2";

/** New streams between two counts: what is open is many feeds, too, and is not looked through for each. */
const COUNT_EVERY = 64;
/** Responses to a crowd of calls are complete together, and sent only after that: so long, none counts. */
const GRACE_MS = 100;

interface Open {
  /** Whose it is: the peer of the session, or whom a trusted proxy names. */
  readonly owner: string;
  /** As of the first count that found the response complete; undefined: not yet. */
  waitsSinceMs?: number;
}

/**
 * HTTP/2 responses that are complete and wait for their reader. A peer that keeps its flow-control windows closed makes the
 * server keep whatever it asks for, by any number of streams (CVE-2019-9517). Node has no event for a response that was
 * ended and not sent, so the open streams are counted, now and then.
 */
export class UnreadResponses {
  private readonly open = new Map<ServerHttp2Stream, Open>();
  private readonly ofOwner = new Map<string, number>();
  private total = 0;
  private uncounted = 0;

  /** `max`: of all owners, as far as one of them has more than any other. `limitMs`: for each. */
  constructor(
    private readonly max: number,
    private readonly limitMs: number,
  ) {}

  /** Whether an owner may open one more stream: not if there are too many responses, and none has more than this one. */
  hasRoomFor(owner: string): boolean {
    if (++this.uncounted >= COUNT_EVERY) this.count();
    if (this.total < this.max) return true;
    const own = this.ofOwner.get(owner) ?? 0;
    for (const others of this.ofOwner.values()) if (others > own) return true;
    return false;
  }

  add(stream: ServerHttp2Stream, owner: string): void {
    this.open.set(stream, { owner });
    stream.once("close", () => this.open.delete(stream));
  }

  /** The streams whose response has waited too long, each with its owner; to be called once a second. */
  overdue(): [ServerHttp2Stream, string][] {
    this.count();
    const now = performance.now();
    const overdue: [ServerHttp2Stream, string][] = [];
    for (const [stream, { owner, waitsSinceMs = now }] of this.open)
      if (now - waitsSinceMs >= this.limitMs) overdue.push([stream, owner]);
    return overdue;
  }

  private count(): void {
    const now = performance.now();
    this.uncounted = 0;
    this.total = 0;
    this.ofOwner.clear();
    for (const [stream, one] of this.open) {
      if (!stream.writableEnded) continue;
      one.waitsSinceMs ??= now;
      if (now - one.waitsSinceMs < GRACE_MS) continue;
      this.total++;
      this.ofOwner.set(one.owner, (this.ofOwner.get(one.owner) ?? 0) + 1);
    }
  }
}
