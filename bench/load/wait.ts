/** Resolves after `ms` milliseconds. */
export function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

/** Polls until `test` holds or `timeoutMs` has passed; resolves with whether it held. */
export async function waitUntil(test: () => boolean, timeoutMs: number): Promise<boolean> {
  const end = performance.now() + timeoutMs;
  while (!test()) {
    if (performance.now() >= end) return false;
    await pause(20);
  }
  return true;
}

/** Resolves once `total` has not changed for `quietMs`, or after `timeoutMs`. */
export async function waitForQuiet(total: () => number, quietMs: number, timeoutMs: number): Promise<void> {
  let last = total();
  let since = performance.now();
  await waitUntil(() => {
    const now = total();
    if (now !== last) {
      last = now;
      since = performance.now();
    }
    return performance.now() - since >= quietMs;
  }, timeoutMs);
}

/** Runs `work` for 0 to `count` - 1, `atOnce` at a time, and rejects with the first error. */
export async function inParallel(
  count: number,
  atOnce: number,
  work: (index: number) => Promise<void>,
): Promise<void> {
  let next = 0;
  let broken = false;
  async function worker(): Promise<void> {
    while (next < count && !broken) {
      const index = next;
      next += 1;
      try {
        await work(index);
      } catch (error) {
        broken = true;
        throw error;
      }
    }
  }
  await Promise.all(Array.from({ length: Math.min(atOnce, count) }, worker));
}

/** Rejects, naming `what`, if `work` takes longer than `ms`. */
export async function within<T>(work: Promise<T>, ms: number, what: string): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`${what} did not end within ${ms / 1000} s`)), ms);
  });
  return Promise.race([work, late]).finally(() => clearTimeout(timer));
}
