import type { Observer } from "../room/observer.js";
import type { Batch, Clock, EventLog, Position } from "../room/ports.js";
import { PositionLost, Unavailable } from "../room/ports.js";

/** Reads under way at once: thousands who come back together must not starve the appends. */
const MAX_READS = 8;
const MAX_PAGE = 256;
const MIN_PAGE = 16;
/** A page is meant to fill one batch, see MAX_BATCH_BYTES. */
const PAGE_BYTES = 64 * 1024;
const RETRY_MIN_MS = 50;
const RETRY_MAX_MS = 1_000;

export interface StoreReader {
  /** One page behind the place, or why there is none. Rejects with Unavailable. */
  read(after: Position, limit?: number): Promise<Batch | PositionLost>;
  /** The same, waiting while the store is unavailable; undefined once nobody wants it any more. */
  readPatiently(after: Position, wanted: () => boolean): Promise<Batch | PositionLost | undefined>;
}

export function createStoreReader(log: EventLog, clock: Clock, observe: Observer): StoreReader {
  const queue: (() => void)[] = [];
  let running = 0;
  let page = MAX_PAGE;

  async function admitted<T>(work: () => Promise<T>): Promise<T> {
    if (running >= MAX_READS) await new Promise<void>((resolve) => queue.push(resolve));
    else running++;
    try {
      return await work();
    } finally {
      const next = queue.shift();
      if (next) next();
      else running--;
    }
  }

  async function read(after: Position, limit = page): Promise<Batch | PositionLost> {
    try {
      const batch = await admitted(() => log.read(after, limit));
      if (batch.entries.length > 0) page = pageFor(batch);
      return batch;
    } catch (error) {
      if (error instanceof PositionLost) return error;
      throw error;
    }
  }

  return {
    read,
    async readPatiently(after, wanted) {
      let attempt = 1;
      for (let waitMs = RETRY_MIN_MS; wanted(); waitMs = Math.min(waitMs * 2, RETRY_MAX_MS)) {
        try {
          const batch = await read(after);
          if (attempt > 1) observe({ kind: "log_read_recovered", by: "feed", attempts: attempt - 1 });
          return batch;
        } catch (error) {
          if (!(error instanceof Unavailable)) throw error;
          observe({ kind: "log_read_failed", by: "feed", attempt: attempt++, error });
          await new Promise<void>((resolve) => clock.after(waitMs, resolve));
        }
      }
      return undefined;
    },
  };
}

function pageFor({ entries }: Batch): number {
  const bytes = entries.reduce((sum, { data }) => sum + data.length, 0);
  return Math.min(MAX_PAGE, Math.max(MIN_PAGE, Math.ceil((PAGE_BYTES * entries.length) / bytes)));
}
