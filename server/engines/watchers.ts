import type { Hint } from "../room/ports.js";

export interface Watchers {
  /** Answers the function that removes it. */
  add(hint: Hint): () => void;
  /** One that throws harms neither the append nor the others: its error surfaces as uncaught, on its own. */
  readonly tell: Hint;
}

export function createWatchers(): Watchers {
  const hints = new Set<{ readonly hint: Hint }>();
  return {
    add(hint) {
      const watcher = { hint };
      hints.add(watcher);
      return () => hints.delete(watcher);
    },
    tell(entry) {
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
