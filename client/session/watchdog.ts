/** Calls `bark` once after `limitMs` without a `heard`, counting only the time in which somebody listened. */
export interface Watchdog {
  /** Somebody waits for the next event from now on. */
  listening(): void;
  /** Something came, or nobody listens any more (a slow reader must not look like a dead line). */
  heard(): void;
  setLimit(limitMs: number): void;
  stop(): void;
}

export function createWatchdog(limitMs: number, bark: () => void): Watchdog {
  let limit = limitMs;
  let sinceMs: number | undefined;
  let timer: ReturnType<typeof setTimeout> | undefined;

  // One timer that looks again later, instead of one for each of thousands of events.
  const look = () => {
    timer = undefined;
    if (sinceMs === undefined) return;
    const left = limit - (Date.now() - sinceMs);
    if (left <= 0) bark();
    else timer = setTimeout(look, left);
  };

  return {
    listening: () => {
      sinceMs = Date.now();
      timer ??= setTimeout(look, limit);
    },
    heard: () => {
      sinceMs = undefined;
    },
    setLimit: (ms) => {
      limit = ms;
    },
    stop: () => {
      clearTimeout(timer);
      timer = undefined;
      sinceMs = undefined;
    },
  };
}
