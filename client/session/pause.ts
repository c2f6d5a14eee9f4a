/** Sleep that can be cut short: by its signal, or for all sleepers at once by `wake`. */
export interface Pause {
  /** Resolves after `ms`, on `wake` or on abort, never rejects; ask the signal afterwards. */
  wait(ms: number, signal?: AbortSignal): Promise<void>;
  wake(): void;
}

export function createPause(): Pause {
  const sleepers = new Set<() => void>();
  return {
    wait: (ms, signal) =>
      new Promise((resolve) => {
        if (signal?.aborted) return resolve();
        const end = () => {
          clearTimeout(timer);
          signal?.removeEventListener("abort", end);
          sleepers.delete(end);
          resolve();
        };
        const timer = setTimeout(end, ms);
        signal?.addEventListener("abort", end, { once: true });
        sleepers.add(end);
      }),
    wake: () => {
      for (const end of [...sleepers]) end();
    },
  };
}
