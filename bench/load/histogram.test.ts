import { describe, expect, it } from "vitest";
import { createHistogram } from "./histogram.js";

describe("the latency histogram", () => {
  it("returns quantiles within its step of 1.1 %", () => {
    const histogram = createHistogram();
    for (let ms = 1; ms <= 1000; ms += 1) histogram.add(ms, 10);
    expect(histogram.count).toBe(10_000);
    for (const [share, exact] of [
      [0.5, 500],
      [0.99, 990],
      [0.999, 999],
    ] as const) {
      expect(histogram.quantile(share) / exact).toBeGreaterThanOrEqual(1);
      expect(histogram.quantile(share) / exact).toBeLessThan(1.012);
    }
    expect(histogram.maxMs).toBe(1000);
  });

  it("never returns more than the longest latency, and covers both ends of its range", () => {
    const histogram = createHistogram();
    histogram.add(0.0001, 1);
    histogram.add(1e9, 1);
    expect(histogram.quantile(0.5)).toBeLessThanOrEqual(0.001);
    expect(histogram.quantile(1)).toBeLessThanOrEqual(1e9);
    expect(histogram.maxMs).toBe(1e9);
  });

  it("has no quantile while it is empty", () => {
    expect(createHistogram().quantile(0.99)).toBeNaN();
  });
});
