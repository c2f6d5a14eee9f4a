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

  constructor(private readonly options: LogReaderOptions) {}

  /**
   * What comes next for a reader, never beyond what the room has applied and the feed has flushed. Returns at once if the
   * ring has it; a read of the store is retried as long as it fails and `wanted` returns true.
   */
  next(progress: Progress, wanted: () => boolean): Step | Promise<Step> {
    return this.fromRing(progress) ?? this.fromStore(progress, wanted);
  }

  /** One page of the store after `after`, or why there is none. Rejects with Unavailable. */
  async read(after: Position, limit = this.page): Promise<Batch | PositionLost> {
    try {
      const batch = await this.admitted(() => this.options.log.read(after, limit));
      if (batch.entries.length > 0) this.page = pageFor(batch);
      return batch;
    } catch (error) {
      if (error instanceof PositionLost) return error;
      throw error;
    }
  }

  private fromRing({ seq, generation }: Progress): Step | undefined {
    const { ring, flushed } = this.options;
    if (generation !== ring.generation || seq < ring.base) return undefined;
    if (seq === flushed()) return { kind: "head" };
    if (seq > flushed()) return { kind: "ahead" };
    return { kind: "entries", entries: ring.after(seq, flushed(), LOG_PAGE), generation };
  }

  private async fromStore(progress: Progress, wanted: () => boolean): Promise<Step> {
    const { ring, flushed } = this.options;
    for (;;) {
      const { generation } = ring;
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
      // The room has not applied what is not flushed, so who may see it is not known yet.
      const known = batch.entries.filter((entry) => entry.seq <= flushed());
      const entries = known.map((entry) => decodeEntry(entry, batch.epoch));
      if (entries.length > 0) return { kind: "entries", entries, generation };
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
