import type { Observer } from "../room/observer.js";
import type { Clock, Entry, EventLog, Position } from "../room/ports.js";
import { createLive } from "./broadcaster.js";
import { begin, type Start } from "./catch-up.js";
import type { EndReason } from "./control-events.js";
import { openEntry } from "./entry.js";
import { createPace, type PaceLimits } from "./flush-scheduler.js";
import { createHeart, TICKS_PER_BEAT } from "./heartbeat.js";
import { createSource } from "./log-reader.js";
import type { Core } from "./push-reader.js";
import { createRing } from "./ring.js";
import type { StallLimits } from "./slow-consumers.js";
import { createStalls } from "./slow-consumers.js";
import { createStoreReader } from "./store-reader.js";
import { createSubscription, type Subscription } from "./subscription.js";

export interface FeedOptions {
  readonly log: EventLog;
  readonly clock: Clock;
  readonly observe: Observer;
  /** Events that the ring keeps, default 4,096. */
  readonly ringEvents?: number;
  /** Bytes that the ring keeps, payloads and frames together, default 32 MiB. */
  readonly ringBytes?: number;
  /** Longest silence towards a live reader, default 15,000. */
  readonly heartbeatMs?: number;
  readonly stall?: Partial<StallLimits>;
  readonly pace?: Partial<PaceLimits>;
  /** What a reader is told to wait for when the server goes down, default 1,000. */
  readonly retryAfterMs?: number;
}

/** From the log to everyone who reads it. A reader is a cursor; nothing is queued for anybody. */
export interface Feed {
  /** Each entry in the log's order, after the room has applied it. */
  deliver(entry: Entry, epoch: string): void;
  /** The log lost the feed's place and goes on behind `position`; each reader finds its own way. */
  reset(position: Position): void;
  /** Rejects with Unavailable if the store has to be asked and does not answer. */
  open(start: Start): Promise<Subscription>;
  /** Ends every feed, and each that is opened from here on. */
  endAll(reason: EndReason): void;
  /** Feeds that are open. */
  size(): number;
}

const STALL: StallLimits = { silentMs: 30_000, overtakenMs: 500, sweepMs: 250, cutMs: 2_000 };
const PACE: PaceLimits = { largeRoom: 200, noticeMs: 50 };

export function createFeed(options: FeedOptions): Feed {
  const { log, clock, observe, ringEvents = 4_096, ringBytes = 32 * 1024 * 1024 } = options;
  const { heartbeatMs = 15_000, retryAfterMs = 1_000 } = options;
  const limits = { ...STALL, ...options.stall };
  const ring = createRing({ maxEvents: ringEvents, maxBytes: ringBytes });
  const store = createStoreReader(log, clock, observe);
  const onFlush = new Set<() => void>();
  const subscriptions = new Set<Subscription>();
  let ended: EndReason | undefined;
  /** Payload bytes in the ring that were not flushed. */
  let unflushedBytes = 0;

  const heart = createHeart(clock, heartbeatMs, () => live.beat({ kind: "heartbeat" }, TICKS_PER_BEAT));
  const live = createLive({ ring, nowMs: () => clock.now(), tick: heart.tick });
  const core: Core = {
    clock,
    ring,
    live,
    source: createSource(ring, store, () => live.flushed().seq),
    stalls: createStalls(clock, limits),
    heart,
    limits,
    onFlush,
  };

  function moved(): void {
    const calls = [...onFlush];
    onFlush.clear();
    for (const call of calls) call();
  }

  function flush(): void {
    unflushedBytes = 0;
    live.flush();
    moved();
  }

  const pace = createPace(clock, { ...PACE, ...options.pace }, () => subscriptions.size, flush);

  function reset(position: Position): void {
    ring.reset(position);
    live.reset(position);
    unflushedBytes = 0;
    moved();
  }

  return {
    deliver(entry, epoch) {
      const head = ring.head();
      if (!ring.begun() || entry.seq !== head.seq + 1) reset({ epoch, seq: entry.seq - 1 });
      // What live readers have not been sent must not leave the ring.
      const unflushed = ring.head().seq - live.flushed().seq;
      if (unflushed >= ringEvents / 2 || unflushedBytes >= ringBytes / 4) flush();
      const opened = openEntry(entry, epoch);
      ring.push(opened);
      unflushedBytes += entry.data.length;
      pace.arm(opened.kind);
    },
    reset,
    async open(start) {
      if (!ring.begun()) reset(start.position);
      const beginning = await begin(ring, store, start);
      const subscription = createSubscription(core, beginning, {
        retryAfterMs,
        ended: (reason) => observe({ kind: "feed_ended", reason }),
        closed() {
          if (subscriptions.delete(subscription)) heart.wanted(false);
        },
      });
      subscriptions.add(subscription);
      heart.wanted(true);
      if (ended) subscription.end(ended);
      return subscription;
    },
    endAll(reason) {
      ended = reason;
      for (const subscription of [...subscriptions]) subscription.end(reason);
    },
    size: () => subscriptions.size,
  };
}
