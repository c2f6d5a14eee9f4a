import fc from "fast-check";
import { expect, test } from "vitest";
import { createFlood, type Flood } from "./rate-limit.js";

/** How many of `tries` are let through at one moment. */
function letThrough(flood: Flood, tries: number, nowMs: number): number {
  return Array.from({ length: tries }, () => flood.take(nowMs)).filter(({ ok }) => ok).length;
}

test("a burst goes through at once, and then the rate applies", () => {
  const flood = createFlood({ perSecond: 10, burst: 30 });
  expect(letThrough(flood, 100, 5_000)).toBe(30);
  expect(flood.take(5_000)).toEqual({ ok: false, retryDelayMs: 100 });
  expect(flood.take(5_050)).toEqual({ ok: false, retryDelayMs: 50 });
  expect(flood.take(5_100)).toEqual({ ok: true });
  expect(letThrough(flood, 100, 6_100)).toBe(10);
});

test("whoever was quiet has a full burst again, and no more than that", () => {
  const flood = createFlood({ perSecond: 10, burst: 30 });
  letThrough(flood, 30, 0);
  expect(letThrough(flood, 100, 3_600_000)).toBe(30);
});

test("what turned out to be a duplicate costs nothing", () => {
  const flood = createFlood({ perSecond: 1, burst: 2 });
  for (let retry = 0; retry < 10; retry++) {
    expect(flood.take(0).ok).toBe(true);
    flood.giveBack();
  }
  expect(letThrough(flood, 10, 0)).toBe(2);
});

test("giving back never makes the bucket overflow", () => {
  const flood = createFlood({ perSecond: 1, burst: 3 });
  flood.take(0);
  expect(flood.take(60_000).ok).toBe(true);
  flood.giveBack();
  expect(letThrough(flood, 10, 60_000)).toBe(3);
});

test("a rate of 0 is no limit", () => {
  expect(letThrough(createFlood({ perSecond: 0, burst: 1 }), 10_000, 0)).toBe(10_000);
});

test("whoever waits as long as asked gets through, and a millisecond less is not enough", () => {
  const settings = fc.record({
    perSecond: fc.double({ min: 0.01, max: 500, noNaN: true }),
    burst: fc.integer({ min: 1, max: 50 }),
  });
  const startMs = fc.double({ min: 0, max: 1e10, noNaN: true });
  fc.assert(
    fc.property(settings, startMs, fc.array(fc.nat(500), { maxLength: 100 }), (limits, start, pauses) => {
      const flood = createFlood(limits);
      let nowMs = start;
      for (const pause of pauses) {
        nowMs += pause;
        const taken = flood.take(nowMs);
        if (taken.ok) continue;
        expect(Number.isInteger(taken.retryDelayMs)).toBe(true);
        expect(flood.take(nowMs + taken.retryDelayMs - 1.01).ok).toBe(false);
        nowMs += taken.retryDelayMs;
        expect(flood.take(nowMs).ok).toBe(true);
      }
    }),
  );
});

test("over any stretch of time no more get through than burst and rate together", () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 50 }),
      fc.integer({ min: 1, max: 20 }),
      fc.array(fc.nat(40)),
      (perSecond, burst, pauses) => {
        const flood = createFlood({ perSecond, burst });
        let nowMs = 0;
        let through = 0;
        for (const pause of pauses) {
          nowMs += pause;
          through += letThrough(flood, 5, nowMs);
          expect(through).toBeLessThanOrEqual(burst + (nowMs * perSecond) / 1_000 + 0.001);
        }
      },
    ),
  );
});
