import fc from "fast-check";
import { expect, test } from "vitest";
import { RateLimiter } from "./rate-limit.js";

/** How many of `tries` are admitted at one moment. */
function admitted(limiter: RateLimiter, tries: number, nowMs: number): number {
  return Array.from({ length: tries }, () => limiter.acquire(nowMs)).filter((waitMs) => waitMs === 0).length;
}

test("a burst is admitted at once, and then the rate applies", () => {
  const limiter = new RateLimiter({ perSecond: 10, burst: 30 });
  expect(admitted(limiter, 100, 5_000)).toBe(30);
  expect(limiter.acquire(5_000)).toBe(100);
  expect(limiter.acquire(5_050)).toBe(50);
  expect(limiter.acquire(5_100)).toBe(0);
  expect(admitted(limiter, 100, 6_100)).toBe(10);
});

test("an idle bucket fills up to one burst and no further", () => {
  const limiter = new RateLimiter({ perSecond: 10, burst: 30 });
  admitted(limiter, 30, 0);
  expect(admitted(limiter, 100, 3_600_000)).toBe(30);
});

test("a refunded duplicate costs nothing", () => {
  const limiter = new RateLimiter({ perSecond: 1, burst: 2 });
  for (let retry = 0; retry < 10; retry++) {
    expect(limiter.acquire(0)).toBe(0);
    limiter.refund();
  }
  expect(admitted(limiter, 10, 0)).toBe(2);
});

test("a refund never makes the bucket overflow", () => {
  const limiter = new RateLimiter({ perSecond: 1, burst: 3 });
  limiter.acquire(0);
  expect(limiter.acquire(60_000)).toBe(0);
  limiter.refund();
  expect(admitted(limiter, 10, 60_000)).toBe(3);
});

test("a rate of 0 is no limit", () => {
  expect(admitted(new RateLimiter({ perSecond: 0, burst: 1 }), 10_000, 0)).toBe(10_000);
});

test("a caller that waits as long as asked is admitted, and a millisecond less is not enough", () => {
  const settings = fc.record({
    perSecond: fc.double({ min: 0.01, max: 500, noNaN: true }),
    burst: fc.integer({ min: 1, max: 50 }),
  });
  const startMs = fc.double({ min: 0, max: 1e10, noNaN: true });
  fc.assert(
    fc.property(settings, startMs, fc.array(fc.nat(500), { maxLength: 100 }), (limits, start, pauses) => {
      const limiter = new RateLimiter(limits);
      let nowMs = start;
      for (const pause of pauses) {
        nowMs += pause;
        const waitMs = limiter.acquire(nowMs);
        if (waitMs === 0) continue;
        expect(Number.isInteger(waitMs)).toBe(true);
        expect(limiter.acquire(nowMs + waitMs - 1.01)).toBeGreaterThan(0);
        nowMs += waitMs;
        expect(limiter.acquire(nowMs)).toBe(0);
      }
    }),
  );
});

test("over any period no more are admitted than burst and rate together", () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 50 }),
      fc.integer({ min: 1, max: 20 }),
      fc.array(fc.nat(40)),
      (perSecond, burst, pauses) => {
        const limiter = new RateLimiter({ perSecond, burst });
        let nowMs = 0;
        let through = 0;
        for (const pause of pauses) {
          nowMs += pause;
          through += admitted(limiter, 5, nowMs);
          expect(through).toBeLessThanOrEqual(burst + (nowMs * perSecond) / 1_000 + 0.001);
        }
      },
    ),
  );
});
