import type { Observer } from "../room/observer.js";
import type { Batch, Clock, EventLog, Position } from "../room/ports.js";
import { LOG_PAGE, PositionLost, Unavailable } from "../room/ports.js";
import { decodeEntry } from "./encoding.js";
import { aimAt, type Progress, type Step } from "./progress.js";
import type { Ring } from "./ring.js";
import { gapReasons } from "./signals.js";

/** Reads of the store under way at once: thousands of readers that resume together must not starve appends. */
const MAX_READS = 8;
const MIN_PAGE = 16;
/** A page should fill one batch, see MAX_BATCH_BYTES. */
const PAGE_BYTES = 64 * 1024;
const RETRY_MIN_MS = 50;
const RETRY_MAX_MS = 1_000;

export interface LogReaderOptions {
  readonly log: EventLog;
  readonly clock: Clock;
  readonly observe: Observer;
  readonly ring: Ring;
  /** The number of the last event that was flushed to live readers. */
  readonly flushed: () => number;
}

/** Reads on from a reader's position: from the ring if it holds what comes next, else from the store. */
export class LogReader {
  private readonly queue: (() => void)[] = [];
  private running = 0;
  private page = LOG_PAGE;
  /**
   * The highest position of each earlier epoch that the store has confirmed; those before it are positions of the log,
   * too. After a restart, thousands resume from the epoch before, and the store need not be asked for each.
   */
  private readonly confirmed = new Map<string, number>();
  /** The ring's generation in which they hold. */
  private confirmedIn = 0;

  constructor(private readonly options: LogReaderOptions) {}

  /**
   * What comes next for a reader, never beyond what the room has applied. Returns at once if the ring has it; a read of
   * the store is retried as long as it fails and `wanted` returns true.
   */
  next(progress: Progress, wanted: () => boolean): Step | Promise<Step> {
    return this.fromRing(progress) ?? this.fromStore(progress, wanted);
  }

  /** Whether the ring has something for a reader that was at its end: the end of a replay is moved if it was not known. */
  hasMore(progress: Progress): boolean {
    return this.isInRing(progress) && progress.seq < this.endOf(progress);
  }

  /** Whether the ring has what comes after a position, which may be of an earlier epoch. */
  isAtHand({ epoch, seq }: Position): boolean {
    const { ring } = this.options;
    if (seq < ring.base || seq > ring.head.seq) return false;
    if (epoch === ring.head.epoch) return true;
    return this.confirmedIn === ring.generation && seq <= (this.confirmed.get(epoch) ?? -1);
  }

  /** One page of the store after `after`, or why there is none. Rejects with Unavailable. */
  async read(after: Position, limit = this.page): Promise<Batch | PositionLost> {
    try {
      const batch = await this.admitted(() => this.options.log.read(after, limit));
      if (batch.entries.length > 0) this.page = pageFor(batch);
      if (after.epoch !== batch.epoch) this.confirm(after);
      return batch;
    } catch (error) {
      if (error instanceof PositionLost) return error;
      throw error;
    }
  }

  private confirm({ epoch, seq }: Position): void {
    const { generation } = this.options.ring;
    if (this.confirmedIn !== generation) this.confirmed.clear();
    this.confirmedIn = generation;
    this.confirmed.set(epoch, Math.max(seq, this.confirmed.get(epoch) ?? 0));
  }

  /**
   * How far a reader may read: up to what was flushed, so that it can join the live readers there; before it has caught up
   * to its target, which may not be flushed for a while, as far as the room has applied that.
   */
  private endOf({ caughtUp, target }: Progress): number {
    const { ring, flushed } = this.options;
    return caughtUp ? flushed() : Math.max(flushed(), Math.min(target, ring.head.seq));
  }

  private isInRing({ seq, generation }: Progress): boolean {
    const { ring } = this.options;
    return generation === ring.generation && seq >= ring.base;
  }

  private fromRing(progress: Progress): Step | undefined {
    if (!this.isInRing(progress)) return undefined;
    const { ring, flushed } = this.options;
    const { seq, generation } = progress;
    const erasuresBefore = ring.erasures.count;
    const end = this.endOf(progress);
    if (seq < end)
      return { kind: "entries", entries: ring.after(seq, end, LOG_PAGE), generation, erasuresBefore };
    return { kind: seq === flushed() ? "head" : "ahead" };
  }

  private async fromStore(progress: Progress, wanted: () => boolean): Promise<Step> {
    const { ring } = this.options;
    for (;;) {
      const { generation } = ring;
      const erasuresBefore = ring.erasures.count;
      const batch = await this.readWithRetry(progress, wanted);
      if (!batch) return { kind: "unwanted" };
      if (generation !== ring.generation) continue;
      if (batch instanceof PositionLost)
        return {
          kind: "gap",
          reason: gapReasons[batch.reason],
          resume: batch.resume,
          head: ring.head.seq,
        };
      // In another generation the replay cannot end at a number that was lost with the last one.
      const newest = Math.max(ring.head.seq, progress.seq);
      if (newest < progress.target) aimAt(progress, newest, ring.onlineAt(newest));
      // Who may see what the room has not applied is not known yet.
      const end = this.endOf(progress);
      const known = batch.entries.filter((entry) => entry.seq <= end);
      const entries = known.map((entry) => decodeEntry(entry, batch.epoch));
      if (entries.length > 0) return { kind: "entries", entries, generation, erasuresBefore };
      progress.generation = generation;
      const step = this.fromRing(progress);
      if (step) return step;
      throw new Error(`the log has no events between ${progress.seq} and ${ring.base}, and no reason for it`);
    }
  }

  private async readWithRetry(
    after: Position,
    wanted: () => boolean,
  ): Promise<Batch | PositionLost | undefined> {
    const { clock, observe } = this.options;
    let waitMs = RETRY_MIN_MS;
    for (let attempt = 1; wanted(); attempt++) {
      try {
        const batch = await this.read(after);
        if (attempt > 1) observe({ kind: "log_read_recovered", by: "feed", attempts: attempt - 1 });
        return batch;
      } catch (error) {
        if (!(error instanceof Unavailable)) throw error;
        observe({ kind: "log_read_failed", by: "feed", attempt, error });
        await new Promise<void>((resolve) => clock.after(waitMs, resolve));
        waitMs = Math.min(waitMs * 2, RETRY_MAX_MS);
      }
    }
    return undefined;
  }

  private async admitted<T>(work: () => Promise<T>): Promise<T> {
    if (this.running >= MAX_READS) await new Promise<void>((resolve) => this.queue.push(resolve));
    else this.running++;
    try {
      return await work();
    } finally {
      const next = this.queue.shift();
      if (next) next();
      else this.running--;
    }
  }
}

function pageFor({ entries }: Batch): number {
  const bytes = entries.reduce((sum, { data }) => sum + data.length, 0);
  return Math.min(LOG_PAGE, Math.max(MIN_PAGE, Math.ceil((PAGE_BYTES * entries.length) / bytes)));
}
