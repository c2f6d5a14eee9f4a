import type { Hint } from "../room/ports.js";

export interface Watchers {
  /** Returns the function that removes it. */
  add(hint: Hint): () => void;
  /** A hint that throws affects neither the append nor other hints: its error surfaces as an uncaught exception. */
  readonly notify: Hint;
}

export function createWatchers(): Watchers {
  const hints = new Set<{ readonly hint: Hint }>();
  return {
    add(hint) {
      const watcher = { hint };
      hints.add(watcher);
      return () => hints.delete(watcher);
    },
    notify(entry) {
      for (const { hint } of hints) {
        try {
          hint(entry);
        } catch (error) {
          queueMicrotask(() => {
            throw error;
          });
        }
      }
    },
  };
}
