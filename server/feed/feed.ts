/**
 * From the log to every reader. The log is the only queue: a reader is a cursor into it, and nothing is queued for any
 * reader.
 *
 * The life of a reader: it starts at a position (catch-up.ts), is sent hello by the RPC, and replays what comes after
 * that position from the ring or the store (log-reader.ts, push-reader.ts), up to what the room had applied when it
 * started; then it is caught up. At the flushed head it joins the live readers, which receive each flush in one shared
 * write (broadcaster.ts). It may have to wait until that head has come to it: joined and left events are flushed late in
 * a large room (flush-scheduler.ts), and a reader that starts does not wait for its own. When its sink takes no more it
 * is full and leaves them with its position; after the drain it catches up again. If it stays full too long, or the ring
 * overtakes it, it is ended as a slow consumer (slow-consumers.ts). Every end is a goodbye, if the sink still takes it.
 */
import type { EndReason } from "../room/errors.js";
import type { Observer } from "../room/observer.js";
import type { Clock, Entry, EventLog, Position } from "../room/ports.js";
import { Broadcaster, type ConcernedBy } from "./broadcaster.js";
import { begin, type Start } from "./catch-up.js";
import { decodeEntry } from "./encoding.js";
import { type CoalescingLimits, FlushScheduler } from "./flush-scheduler.js";
import { Heartbeat, TICKS_PER_INTERVAL } from "./heartbeat.js";
import { LogReader } from "./log-reader.js";
import type { FeedParts } from "./push-reader.js";
import { Ring } from "./ring.js";
import { type SlowConsumerLimits, SlowConsumers } from "./slow-consumers.js";
import { Subscription } from "./subscription.js";

export interface FeedOptions {
  readonly log: EventLog;
  readonly clock: Clock;
  readonly observe: Observer;
  readonly concernedBy: ConcernedBy;
  /** Events that the ring keeps, default 4,096. */
  readonly ringEvents?: number;
  /** Bytes that the ring keeps, payloads and frames together, default 32 MiB. */
  readonly ringBytes?: number;
  /** Longest silence towards a live reader, default 15,000. */
  readonly heartbeatMs?: number;
  readonly slowConsumers?: Partial<SlowConsumerLimits>;
  readonly coalescing?: Partial<CoalescingLimits>;
  /** How long a flush or a round of heartbeats may take at a time, default 5 ms. */
  readonly sliceMs?: number;
  /** When readers are asked to resume after a shutdown, default 1,000. */
  readonly retryDelayMs?: number;
}

/** What the metrics show of a feed. */
export interface FeedStats {
  /** Open feeds by RPC protocol. */
  readonly byProtocol: ReadonlyMap<string, number>;
  /** Events that the slowest reader has not been sent. */
  readonly lag: number;
  /** Events sent so far, each counted once for each reader. */
  readonly deliveries: number;
}

const SLOW_CONSUMERS: SlowConsumerLimits = { stallMs: 30_000, overtakenMs: 500, sweepMs: 250, cutMs: 2_000 };
/**
 * With a rest of nine times a flush, joined and left events take at most a tenth of the event loop. The bound is for a
 * measurement that includes what is no flush, such as a process that was suspended. 256 of them are some 40 KB, two
 * thirds of a batch: writing those to a reader costs more than the write as such, and they fit its HTTP/2 window.
 */
const COALESCING: CoalescingLimits = {
  largeRoom: 200,
  delayMs: 50,
  rest: 9,
  maxRestMs: 5_000,
  maxWaiting: 256,
};
/** Long beside what a round of the event loop costs, and too short to notice. */
const SLICE_MS = 5;

export class Feed {
  private readonly parts: FeedParts;
  private readonly scheduler: FlushScheduler;
  private readonly ringEvents: number;
  private readonly ringBytes: number;
  private readonly subscriptions = new Set<Subscription>();
  private ended: EndReason | undefined;
  /** Payload bytes in the ring that are not flushed. */
  private unflushedBytes = 0;

  constructor(private readonly options: FeedOptions) {
    const { log, clock, observe, heartbeatMs = 15_000 } = options;
    const { ringEvents = 4_096, ringBytes = 32 * 1024 * 1024 } = options;
    this.ringEvents = ringEvents;
    this.ringBytes = ringBytes;
    const limits = { ...SLOW_CONSUMERS, ...options.slowConsumers };
    const ring = new Ring({ maxEvents: ringEvents, maxBytes: ringBytes });
    const heartbeat = new Heartbeat(clock, heartbeatMs, () => broadcaster.sendHeartbeats(TICKS_PER_INTERVAL));
    const broadcaster = new Broadcaster(
      ring,
      clock,
      options.sliceMs ?? SLICE_MS,
      () => heartbeat.tick,
      () => {
        this.unflushedBytes = 0;
        wake(this.parts.onFlush);
      },
      options.concernedBy,
    );
    const flushed = () => broadcaster.flushed.seq;
    this.parts = {
      clock,
      ring,
      broadcaster,
      logReader: new LogReader({ log, clock, observe, ring, flushed }),
      slowConsumers: new SlowConsumers(clock, limits),
      heartbeat,
      limits,
      onFlush: new Set(),
      onEntry: new Set(),
    };
    // Readers that wait for a flush get no heartbeat meanwhile, and join in time for it.
    const maxRestMs = Math.min(COALESCING.maxRestMs, heartbeatMs / 2);
    this.scheduler = new FlushScheduler(
      clock,
      { ...COALESCING, maxRestMs, ...options.coalescing },
      () => this.subscriptions.size,
      (done) => broadcaster.flush(done),
    );
  }

  /** Feeds that are open. */
  get size(): number {
    return this.subscriptions.size;
  }

  /** Walks all readers. */
  stats(): FeedStats {
    const byProtocol = new Map<string, number>();
    let lag = 0;
    for (const { reader } of this.subscriptions) {
      if (!reader) continue;
      byProtocol.set(reader.protocol, (byProtocol.get(reader.protocol) ?? 0) + 1);
      lag = Math.max(lag, reader.lag);
    }
    return { byProtocol, lag, deliveries: this.parts.broadcaster.deliveries };
  }

  /**
   * Takes each entry in the log's order, after the room has applied it. `online`: members in the room from then on, if
   * known.
   */
  deliver(entry: Entry, epoch: string, online: number | undefined): void {
    const { ring, broadcaster } = this.parts;
    if (ring.generation === 0 || entry.seq !== ring.head.seq + 1)
      this.reset({ epoch, seq: entry.seq - 1 }, undefined);
    // What live readers have not been sent must not leave the ring.
    const unflushed = ring.head.seq - broadcaster.flushed.seq;
    if (unflushed >= this.ringEvents / 2 || this.unflushedBytes >= this.ringBytes / 4) this.flushAtOnce();
    const decoded = decodeEntry(entry, epoch, online);
    if (decoded.erases.length > 0) this.erase(new Set(decoded.erases));
    ring.push(decoded);
    this.unflushedBytes += entry.data.length;
    this.scheduler.schedule(decoded.kind);
    wake(this.parts.onEntry);
  }

  /**
   * The log lost the feed's position and goes on after `position`; each reader finds its own way. `online`: members in the
   * room there, if known.
   */
  reset(position: Position, online: number | undefined): void {
    const { ring, broadcaster } = this.parts;
    ring.reset(position, online);
    broadcaster.reset(position);
    this.unflushedBytes = 0;
    wake(this.parts.onEntry);
    wake(this.parts.onFlush);
  }

  /** Rejects with Unavailable if the store has to be read and cannot be. */
  async open(start: Start): Promise<Subscription> {
    const { ring, logReader, heartbeat } = this.parts;
    const { observe, retryDelayMs = 1_000 } = this.options;
    if (ring.generation === 0) this.reset(start.position, start.online);
    const subscription: Subscription = new Subscription(this.parts, await begin(ring, logReader, start), {
      retryDelayMs,
      flush: () => this.flushAtOnce(),
      onEnd: (reason) => observe({ kind: "feed_ended", reason }),
      onClose: () => {
        if (this.subscriptions.delete(subscription)) heartbeat.feedClosed();
      },
    });
    this.subscriptions.add(subscription);
    heartbeat.feedOpened();
    if (this.ended) subscription.end(this.ended);
    return subscription;
  }

  /** Ends every feed, and each that is opened from here on. */
  endAll(reason: EndReason): void {
    this.ended = reason;
    for (const subscription of [...this.subscriptions]) subscription.end(reason);
  }

  /** From here on, no reader is sent these events: not from the ring, a flush, or a page of the store read before. */
  private erase(seqs: ReadonlySet<number>): void {
    const { ring, broadcaster } = this.parts;
    ring.erase(seqs);
    broadcaster.erase(seqs);
    for (const subscription of [...this.subscriptions]) subscription.erase(seqs);
  }

  /** Not in slices. */
  private flushAtOnce(): void {
    this.scheduler.flushNow();
    this.parts.broadcaster.finish();
  }
}

function wake(waiting: Set<() => void>): void {
  if (waiting.size === 0) return;
  const calls = [...waiting];
  waiting.clear();
  for (const call of calls) call();
}
