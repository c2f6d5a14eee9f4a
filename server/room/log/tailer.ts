import type { Observer } from "../observer.js";
import type { Batch, Clock, Entry, EventLog, Head, Position } from "../ports.js";
import { PositionLost, Unavailable } from "../ports.js";

const PAGE = 256;
const POLL_MS = 1_000;
const RETRY_MIN_MS = 50;
const RETRY_MAX_MS = 1_000;

export interface FollowerOptions {
  readonly log: EventLog;
  readonly clock: Clock;
  readonly observe: Observer;
  /** Each entry once, in the log's order, with the epoch that is valid for it. Must not throw. */
  readonly deliver: (entry: Entry, epoch: string) => void;
  /** The place is gone: what comes next is what follows `resume`. */
  readonly lost: (resume: Position) => void;
}

/**
 * The only way from the log to the room and its feeds: what this process appended comes back on the same road as what
 * others appended. Hints (promise L8) make it quick, reading makes it right: a lost hint costs a second at most.
 */
export interface Follower {
  /** Begins behind `from`, or at the head; answers what the log keeps. */
  start(from?: Position): Promise<Head>;
  /** Everything up to here was delivered. */
  position(): Position;
  /**
   * Resolves once everything up to there was delivered, or that place turned out to be lost. Rejects with Unavailable
   * when the follower is stopped before.
   */
  until(position: Position): Promise<void>;
  stop(): Promise<void>;
}

interface Waiter {
  readonly seq: number;
  resolve(): void;
  reject(reason: unknown): void;
}

export function createFollower({ log, clock, observe, deliver, lost }: FollowerOptions): Follower {
  let at: Position = { epoch: "", seq: 0 };
  let running = false;
  let delivering = false;
  let reading = false;
  /** Something may be there that the read under way did not see. */
  let again = false;
  /** Reads that failed in a row. */
  let failures = 0;
  let cancelTimer = () => {};
  let endWatch = async () => {};
  let waiters: Waiter[] = [];

  function advance(entry: Entry, epoch: string): void {
    at = { epoch, seq: entry.seq };
    delivering = true;
    try {
      deliver(entry, epoch);
    } finally {
      delivering = false;
    }
    settle(entry.seq);
  }

  function settle(seq: number): void {
    if (waiters.length === 0) return;
    const due = waiters.filter((waiter) => waiter.seq <= seq);
    if (due.length === 0) return;
    waiters = waiters.filter((waiter) => waiter.seq > seq);
    for (const waiter of due) waiter.resolve();
  }

  function hint(entry?: Entry & Position): void {
    if (!running || (entry && entry.epoch === at.epoch && entry.seq <= at.seq)) return;
    // A hint that comes out of a delivery must not overtake it.
    if (entry && !delivering && entry.epoch === at.epoch && entry.seq === at.seq + 1)
      advance(entry, entry.epoch);
    else void read();
  }

  async function read(): Promise<void> {
    if (reading) {
      again = true;
      return;
    }
    reading = true;
    cancelTimer();
    let waitMs = POLL_MS;
    try {
      do {
        again = false;
        await readPage(at);
      } while (again && running);
      if (failures > 0) observe({ kind: "log_read_recovered", by: "room", attempts: failures });
      failures = 0;
    } catch (error) {
      if (!(error instanceof Unavailable)) throw error;
      failures++;
      observe({ kind: "log_read_failed", by: "room", attempt: failures, error });
      waitMs = backOff();
    } finally {
      reading = false;
      if (running) cancelTimer = clock.after(waitMs, () => void read());
    }
  }

  async function readPage(from: Position): Promise<void> {
    let batch: Batch;
    try {
      batch = await log.read(from, PAGE);
    } catch (error) {
      if (!(error instanceof PositionLost)) throw error;
      again = true;
      // Hints may have moved on meanwhile; then the answer is about a place that no longer matters.
      if (running && at === from) lose(error);
      return;
    }
    if (!running) return;
    // Hints moved on while the log began a new epoch: what they brought may not be in it. Ask again from there.
    if (batch.epoch !== from.epoch && at !== from) again = true;
    else take(batch);
  }

  function take(batch: Batch): void {
    if (batch.entries.length === PAGE) again = true;
    for (const entry of batch.entries) {
      if (entry.seq <= at.seq) continue;
      if (entry.seq !== at.seq + 1) {
        again = true;
        return;
      }
      advance(entry, batch.epoch);
    }
    if (at.epoch !== batch.epoch) at = { epoch: batch.epoch, seq: at.seq };
  }

  function lose({ reason, resume }: PositionLost): void {
    observe({ kind: "log_position_lost", reason, resumeSeq: resume.seq });
    at = resume;
    lost(resume);
    settle(Number.MAX_SAFE_INTEGER);
  }

  function backOff(): number {
    const waitMs = Math.min(RETRY_MIN_MS * 2 ** (failures - 1), RETRY_MAX_MS);
    return waitMs * (0.5 + Math.random() / 2);
  }

  return {
    async start(from) {
      // Watch before asking for the head: what is placed in between is read, not missed.
      endWatch = await log.watch(hint);
      const head = await log.head();
      at = from ?? { epoch: head.epoch, seq: head.last };
      running = true;
      void read();
      return head;
    },
    position: () => at,
    until(position) {
      if (position.seq <= at.seq) return Promise.resolve();
      if (!running) return Promise.reject(new Unavailable("unknown"));
      return new Promise((resolve, reject) => {
        waiters.push({ seq: position.seq, resolve, reject });
      });
    },
    async stop() {
      running = false;
      cancelTimer();
      for (const waiter of waiters) waiter.reject(new Unavailable("unknown"));
      waiters = [];
      await endWatch();
    },
  };
}
