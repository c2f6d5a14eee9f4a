const stepsPerOctave = 64;
const octaves = 28;

/** A latency histogram: counts in geometric steps of 1.1 %, from 1 µs to 268 s. */
export interface Histogram {
  /** Adds `count` deliveries that took `ms` milliseconds each. */
  add(ms: number, count: number): void;
  /** Upper edge, in milliseconds, of the step that holds this share (0-1) of the deliveries; NaN when empty. */
  quantile(share: number): number;
  /** Longest latency, in milliseconds, exact; 0 when empty. */
  readonly maxMs: number;
  readonly count: number;
}

/** An empty histogram. */
export function createHistogram(): Histogram {
  const steps = new Float64Array(stepsPerOctave * octaves);
  let count = 0;
  let maxMs = 0;
  return {
    add(ms, more) {
      const step = Math.ceil(Math.log2(Math.max(ms * 1000, 1)) * stepsPerOctave);
      steps[Math.min(step, steps.length - 1)]! += more;
      count += more;
      if (ms > maxMs) maxMs = ms;
    },
    quantile(share) {
      let left = share * count;
      for (const [step, inStep] of steps.entries()) {
        left -= inStep;
        if (inStep > 0 && left <= 0) return Math.min(2 ** (step / stepsPerOctave) / 1000, maxMs);
      }
      return count > 0 ? maxMs : Number.NaN;
    },
    get maxMs() {
      return maxMs;
    },
    get count() {
      return count;
    },
  };
}
