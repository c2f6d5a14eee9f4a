import { expect, test } from "vitest";
import { createManualClock } from "../../test/support/manual-clock.js";
import { recordObservations } from "../../test/support/observations.js";
import { SteadyClock } from "./steady-clock.js";

const hourMs = 3_600_000;
const dayMs = 24 * hourMs;
const maxAgeMs = 30 * dayMs;

/** A clock that is looked at every 10 s, as a sweep does. `agesMs`: of the oldest and the newest event. */
function subject(agesMs?: readonly [oldest: number, newest: number]) {
  const clock = createManualClock();
  const { seen, observe } = recordObservations();
  const [oldest, newest] = agesMs ?? [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY];
  const steady = new SteadyClock({
    clock,
    observe,
    maxAgeMs,
    oldestAt: clock.now() - oldest,
    newestAt: clock.now() - newest,
  });
  function pass(ms: number): void {
    for (let left = ms; left > 0; left -= 10_000) {
      clock.advance(Math.min(left, 10_000));
      steady.horizon();
    }
  }
  /** Age at which events expire now. */
  const expiry = () => clock.now() - steady.horizon();
  return { clock, steady, seen, pass, expiry };
}

test("events expire at their age, and small steps of the wall clock change nothing", () => {
  const { clock, steady, seen, pass, expiry } = subject([2 * dayMs, 0]);
  for (const stepMs of [0, 59_000, -59_000, 1]) {
    clock.stepWall(stepMs);
    pass(60_000);
    expect(expiry()).toBe(maxAgeMs);
    expect(steady.now()).toBe(clock.now());
  }
  expect(seen).toEqual([]);
});

test("after a jump nothing expires until the clocks have agreed for an hour, and the steady time goes on", () => {
  const { clock, steady, seen, pass } = subject([29 * dayMs, 0]);
  const before = clock.now();
  clock.stepWall(31 * dayMs);
  expect(steady.now()).toBe(before);
  pass(hourMs - 10_000);
  expect(steady.horizon()).toBe(Number.NEGATIVE_INFINITY);
  expect(steady.now()).toBe(before + hourMs - 10_000);
  clock.stepWall(-31 * dayMs);
  pass(hourMs - 10_000);
  expect(steady.isTrusted()).toBe(false);
  pass(20_000);
  expect(steady.isTrusted()).toBe(true);
  expect(steady.now()).toBe(clock.now());
  expect(seen).toEqual([
    { kind: "store_clock_doubted", since: "jump", offMs: 31 * dayMs, waitMs: hourMs },
    { kind: "store_clock_doubted", since: "jump", offMs: -31 * dayMs, waitMs: hourMs },
  ]);
});

test("a wrong clock that stays costs a day of history in an hour at most", () => {
  const { clock, steady, pass } = subject([29 * dayMs, 0]);
  const oldestAt = clock.now() - 29 * dayMs;
  clock.stepWall(31 * dayMs);
  pass(3 * hourMs);
  expect(steady.horizon()).toBeGreaterThan(oldestAt);
  expect(steady.horizon()).toBeLessThanOrEqual(oldestAt + 2 * dayMs);
});

test("after a long stop nothing expires for an hour, then up to a day in an hour, until the promise is kept", () => {
  const { clock, steady, seen, pass, expiry } = subject([70 * dayMs, 40 * dayMs]);
  const oldestAt = clock.now() - 70 * dayMs;
  pass(hourMs - 10_000);
  expect(steady.horizon()).toBe(Number.NEGATIVE_INFINITY);
  pass(hourMs);
  expect(steady.horizon()).toBeGreaterThan(oldestAt);
  expect(steady.horizon()).toBeLessThanOrEqual(oldestAt + dayMs);
  pass(48 * hourMs);
  expect(expiry()).toBe(maxAgeMs);
  expect(seen).toEqual([{ kind: "store_clock_doubted", since: "start", offMs: 40 * dayMs, waitMs: hourMs }]);
});

test("a start soon after the newest event is trusted at once; one after a quiet night waits without a line", () => {
  expect(subject([5 * dayMs, hourMs]).steady.isTrusted()).toBe(true);
  expect(subject().steady.isTrusted()).toBe(true);
  const quiet = subject([5 * dayMs, 12 * hourMs]);
  expect(quiet.steady.isTrusted()).toBe(false);
  quiet.pass(hourMs);
  expect(quiet.steady.isTrusted()).toBe(true);
  expect(quiet.seen).toEqual([]);
});

test("a clock that is behind the newest event is doubted, too", () => {
  const { seen, steady } = subject([5 * dayMs, -2 * dayMs]);
  expect(steady.isTrusted()).toBe(false);
  expect(seen).toMatchObject([{ since: "start", offMs: -2 * dayMs }]);
});
