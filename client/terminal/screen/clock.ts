/** Time for what is paced. */
export interface Clock {
  /** Monotonic, ms. */
  now(): number;
  /** Runs `task` once after `ms`, at least one turn later. Answers how to cancel it. */
  schedule(task: () => void, ms: number): () => void;
}

export const systemClock: Clock = {
  now: () => performance.now(),
  schedule(task, ms) {
    const timer = setTimeout(task, ms);
    return () => clearTimeout(timer);
  },
};
