import { Fenced } from "../../room/ports.js";

/** Writes per batch at most, which bounds how long the first of them waits for the flush. */
const writesPerBatch = 512;

type Settle = () => void;
/** Runs inside the batch. Returns the function that settles its promise after the commit. */
type Work<C> = (context: C) => Settle;

interface Queued<C> {
  readonly work: Work<C>;
  readonly fail: (error: unknown) => void;
}

export interface WriteQueue<C> {
  /** Queues `write` for the batch of this turn of the event loop. */
  push<T>(write: (context: C) => T): Promise<T>;
  /** Commits everything queued, now. */
  flush(): void;
}

/**
 * Group commit: the writes of one turn of the event loop become one batch, and their promises settle after its commit.
 * `commit` applies the whole batch or throws, which rejects every write in it; a write that is Fenced fails alone.
 */
export function createWriteQueue<C>(commit: (work: (context: C) => void) => void): WriteQueue<C> {
  let queue: Queued<C>[] = [];
  let scheduled = false;

  function schedule(): void {
    if (scheduled) return;
    scheduled = true;
    setImmediate(() => {
      scheduled = false;
      flushSome();
      if (queue.length > 0) schedule();
    });
  }

  function flushSome(): void {
    const batch = queue.slice(0, writesPerBatch);
    if (batch.length === 0) return;
    queue = queue.slice(writesPerBatch);
    let settles: Settle[] = [];
    try {
      commit((context) => {
        settles = batch.map(({ work }) => work(context));
      });
    } catch (error) {
      for (const { fail } of batch) fail(error);
      return;
    }
    for (const settle of settles) settle();
  }

  return {
    push<T>(write: (context: C) => T) {
      return new Promise<T>((resolve, reject) => {
        const work = (context: C): Settle => {
          try {
            const result = write(context);
            return () => resolve(result);
          } catch (error) {
            if (!(error instanceof Fenced)) throw error;
            return () => reject(error);
          }
        };
        queue.push({ work, fail: reject });
        schedule();
      });
    },
    flush() {
      while (queue.length > 0) flushSome();
    },
  };
}
