import type { Observer } from "../observer.js";
import type { Batch, Clock, Entry, EventLog, Head, Position } from "../ports.js";
import { LOG_PAGE, PositionLost, Unavailable } from "../ports.js";

const POLL_MS = 1_000;
const RETRY_MIN_MS = 50;
const RETRY_MAX_MS = 1_000;

export interface TailerOptions {
  readonly log: EventLog;
  readonly clock: Clock;
  readonly observe: Observer;
  /** Each entry once, in the log's order, with the epoch that is valid for it. Must not throw. */
  readonly deliver: (entry: Entry, epoch: string) => void;
  /** The tailer's position is gone: the next entry is the one after `resume`. */
  readonly lost: (resume: Position) => void;
}

/** Events that the log has and the tailer has not delivered, and how long there have been any. */
export interface Lag {
  readonly events: number;
  readonly ms: number;
}

interface Waiter {
  readonly seq: number;
  resolve(): void;
  reject(reason: unknown): void;
}

/**
 * Reads the log as it grows. It is the only path from the log to the room and its feeds: what this process appended
 * comes back the same way as what others appended. Hints (promise L8) make it fast and reading makes it correct: a lost
 * hint delays an entry by at most a second.
 */
export class Tailer {
  private at: Position = { epoch: "", seq: 0 };
  private running = false;
  private delivering = false;
  private reading = false;
  /** The read in progress may have missed something. */
  private readAgain = false;
  /** Consecutive failed reads. */
  private failures = 0;
  /** The last number that the log is known to have, and monotonic ms since when the tailer has not been there. */
  private newest = 0;
  private behindSinceMs: number | undefined;
  private cancelTimer = () => {};
  private endWatch = async () => {};
  private waiters: Waiter[] = [];

  constructor(private readonly options: TailerOptions) {}

  /** Starts after `from`, or at the head; returns what the log keeps. */
  async start(from?: Position): Promise<Head> {
    const { log } = this.options;
    // Watch before reading the head: an entry appended in between is then read, not missed.
    this.endWatch = await log.watch((entry) => this.hint(entry));
    const head = await log.head();
    this.at = from ?? { epoch: head.epoch, seq: head.last };
    this.running = true;
    void this.read();
    return head;
  }

  /** Everything up to here was delivered. */
  position(): Position {
    return this.at;
  }

  /** As far as it is known: while the log cannot be read, it may have more. */
  lag(): Lag {
    const { at, behindSinceMs, newest } = this;
    if (behindSinceMs === undefined) return { events: 0, ms: 0 };
    return { events: newest - at.seq, ms: this.options.clock.monotonic() - behindSinceMs };
  }

  /**
   * Resolves when everything up to `position` was delivered, or that position turned out to be lost. Rejects with
   * Unavailable when the tailer is stopped before.
   */
  until({ seq }: Position): Promise<void> {
    if (seq <= this.at.seq) return Promise.resolve();
    if (!this.running) return Promise.reject(new Unavailable("unknown"));
    return new Promise((resolve, reject) => {
      this.waiters.push({ seq, resolve, reject });
    });
  }

  /** Resolves when all that is in the log by now was delivered. */
  async catchUp(): Promise<void> {
    const { epoch, last } = await this.options.log.head();
    // Its hint may have been lost.
    if (last > this.at.seq && this.running) {
      this.note(last);
      void this.read();
    }
    await this.until({ epoch, seq: last });
  }

  async stop(): Promise<void> {
    this.running = false;
    this.cancelTimer();
    for (const waiter of this.waiters) waiter.reject(new Unavailable("unknown"));
    this.waiters = [];
    await this.endWatch();
  }

  private hint(entry?: Entry & Position): void {
    const { at } = this;
    if (!this.running || (entry && entry.epoch === at.epoch && entry.seq <= at.seq)) return;
    // A hint raised by a delivery must not overtake it.
    if (entry && !this.delivering && entry.epoch === at.epoch && entry.seq === at.seq + 1)
      this.advance(entry, entry.epoch);
    else void this.read();
  }

  private async read(): Promise<void> {
    if (this.reading) {
      this.readAgain = true;
      return;
    }
    const { clock, observe } = this.options;
    this.reading = true;
    this.cancelTimer();
    let waitMs = POLL_MS;
    try {
      do {
        this.readAgain = false;
        await this.readPage(this.at);
      } while (this.readAgain && this.running);
      if (this.failures > 0) observe({ kind: "log_read_recovered", by: "room", attempts: this.failures });
      this.failures = 0;
    } catch (error) {
      if (!(error instanceof Unavailable)) throw error;
      this.failures++;
      observe({ kind: "log_read_failed", by: "room", attempt: this.failures, error });
      waitMs = this.backOff();
    } finally {
      this.reading = false;
      if (this.running) this.cancelTimer = clock.after(waitMs, () => void this.read());
    }
  }

  private async readPage(from: Position): Promise<void> {
    let batch: Batch;
    try {
      batch = await this.options.log.read(from, LOG_PAGE);
    } catch (error) {
      if (!(error instanceof PositionLost)) throw error;
      this.readAgain = true;
      // Hints may have advanced the tailer meanwhile; then the error is about a position that no longer matters.
      if (this.running && this.at === from) this.lose(error);
      return;
    }
    if (!this.running) return;
    this.note(batch.last);
    // Hints advanced the tailer while the log began a new epoch, which may not contain what they carried: read again.
    if (batch.epoch !== from.epoch && this.at !== from) this.readAgain = true;
    else this.take(batch);
  }

  private note(last: number): void {
    this.newest = last;
    if (last <= this.at.seq) this.behindSinceMs = undefined;
    else this.behindSinceMs ??= this.options.clock.monotonic();
  }

  private take(batch: Batch): void {
    if (batch.entries.length === LOG_PAGE) this.readAgain = true;
    for (const entry of batch.entries) {
      if (entry.seq <= this.at.seq) continue;
      if (entry.seq !== this.at.seq + 1) {
        this.readAgain = true;
        return;
      }
      this.advance(entry, batch.epoch);
    }
    if (this.at.epoch !== batch.epoch) this.at = { epoch: batch.epoch, seq: this.at.seq };
  }

  private advance(entry: Entry, epoch: string): void {
    this.at = { epoch, seq: entry.seq };
    if (entry.seq >= this.newest) this.behindSinceMs = undefined;
    this.delivering = true;
    try {
      this.options.deliver(entry, epoch);
    } finally {
      this.delivering = false;
    }
    this.settle(entry.seq);
  }

  private lose({ reason, resume }: PositionLost): void {
    this.options.observe({ kind: "log_position_lost", reason, resumeSeq: resume.seq });
    this.at = resume;
    this.behindSinceMs = undefined;
    this.options.lost(resume);
    this.settle(Number.MAX_SAFE_INTEGER);
  }

  private settle(seq: number): void {
    if (this.waiters.length === 0) return;
    const due = this.waiters.filter((waiter) => waiter.seq <= seq);
    if (due.length === 0) return;
    this.waiters = this.waiters.filter((waiter) => waiter.seq > seq);
    for (const waiter of due) waiter.resolve();
  }

  private backOff(): number {
    const waitMs = Math.min(RETRY_MIN_MS * 2 ** (this.failures - 1), RETRY_MAX_MS);
    return waitMs * (0.5 + Math.random() / 2);
  }
}
