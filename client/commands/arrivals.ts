/** Remembers which events came, so that one can wait for the own last message to come back. */
export interface Arrivals {
  came(cursor: string): void;
  /** Resolves when the event at `cursor` has come, or after `limitMs`. */
  until(cursor: string, limitMs: number): Promise<void>;
}

/** Events after the awaited one that may come before anyone waits. */
const REMEMBERED = 1_000;

export function createArrivals(): Arrivals {
  const seen = new Set<string>();
  let awaited: { readonly cursor: string; readonly done: () => void } | undefined;
  return {
    came(cursor) {
      seen.add(cursor);
      if (awaited?.cursor === cursor) awaited.done();
      const [oldest] = seen;
      if (oldest !== undefined && seen.size > REMEMBERED) seen.delete(oldest);
    },
    until(cursor, limitMs) {
      if (cursor === "" || seen.has(cursor)) return Promise.resolve();
      return new Promise((resolve) => {
        const timer = setTimeout(resolve, limitMs);
        const done = () => {
          clearTimeout(timer);
          resolve();
        };
        awaited = { cursor, done };
      });
    },
  };
}
