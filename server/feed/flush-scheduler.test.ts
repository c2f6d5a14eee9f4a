import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { createManualClock } from "../../test/support/manual-clock.js";
import { FlushScheduler } from "./flush-scheduler.js";

const turn = () => new Promise((resolve) => setImmediate(resolve));

let manual = createManualClock();
/** Time that flushes took, ms: while they run, no timer fires. */
let spent = 0;
/** What a flush takes of the event loop: itself, and in the check phase behind it. */
let cost = { writing: 0, sending: 0 };
/** Turns that the next flush still takes. */
let slices = 0;
/** When the flushes began. */
let flushes: number[] = [];
let readers = 0;
let maxWaiting = 0;
let scheduler: FlushScheduler;

const now = () => manual.monotonic() + spent;

beforeEach(() => {
  manual = createManualClock();
  spent = 0;
  cost = { writing: 0, sending: 0 };
  slices = 0;
  flushes = [];
  readers = 1_000;
  maxWaiting = Number.POSITIVE_INFINITY;
  scheduler = new FlushScheduler(
    { ...manual, monotonic: now },
    {
      ...{ largeRoom: 200, delayMs: 50, rest: 9, maxRestMs: 5_000 },
      get maxWaiting() {
        return maxWaiting;
      },
    },
    () => readers,
    (done) => {
      flushes.push(now());
      const slice = () => {
        spent += cost.writing;
        setImmediate(() => {
          spent += cost.sending;
        });
        if (slices-- > 0) setImmediate(slice);
        else done();
      };
      slice();
    },
  );
});

afterEach(async () => {
  for (let i = 0; i < 3; i++) await turn();
});

/** Notices without end, one in each ms and turn. */
async function noticesFor(ms: number): Promise<void> {
  for (const end = now() + ms; now() < end; ) {
    scheduler.schedule("joined");
    manual.advance(1);
    await turn();
  }
}

describe("a notice in a large room", () => {
  test("waits for those of the next 50 ms", async () => {
    await noticesFor(200);
    expect(flushes).toEqual([50, 100, 150, 200]);
  });

  test("waits for nine times what the last flush took, its sends in the check phase included", async () => {
    cost = { writing: 4, sending: 16 };
    scheduler.schedule("joined");
    manual.advance(50);
    await turn();
    scheduler.schedule("left");
    manual.advance(179);
    expect(flushes).toEqual([50]);
    manual.advance(1);
    expect(flushes).toEqual([50, 250]);
  });

  test("waits for nine times what all slices took, and what ran between them", async () => {
    cost = { writing: 4, sending: 6 };
    slices = 2;
    scheduler.schedule("joined");
    manual.advance(50);
    scheduler.schedule("left");
    for (let i = 0; i < 3; i++) await turn();
    expect(now()).toBe(80);
    manual.advance(269);
    expect(flushes).toEqual([50]);
    manual.advance(1);
    expect(flushes).toEqual([50, 350]);
  });

  test("that comes while a flush is being measured waits for its end", async () => {
    cost = { writing: 0, sending: 20 };
    scheduler.schedule("joined");
    manual.advance(50);
    scheduler.schedule("joined");
    manual.advance(10);
    await turn();
    expect(now()).toBe(80);
    manual.advance(269);
    expect(flushes).toEqual([50]);
    manual.advance(1);
    // The rest is nine times 30 ms, as 10 ms went by while it was being measured.
    expect(flushes).toEqual([50, 350]);
  });

  test("never takes more than a tenth of the time, whatever a flush takes", async () => {
    for (const sending of [6, 30, 110, 400]) {
      cost = { writing: 1, sending };
      const [since, before] = [now(), flushes.length];
      await noticesFor(40_000);
      const count = flushes.length - before;
      expect(count * (1 + sending)).toBeLessThanOrEqual((now() - since) / 10 + 1 + sending);
      expect(count).toBeGreaterThan(5);
    }
  });

  test("waits no longer once a quarter of a thousand of them wait, but for the end of the flush before", async () => {
    cost = { writing: 0, sending: 100 };
    maxWaiting = 250;
    for (let i = 0; i < 249; i++) scheduler.schedule("joined");
    await turn();
    expect(flushes).toEqual([]);
    scheduler.schedule("left");
    expect(flushes).toEqual([]);
    await turn();
    expect(flushes).toEqual([0]);
    for (let i = 0; i < 600; i++) scheduler.schedule("joined");
    expect(flushes).toEqual([0]);
    for (let i = 0; i < 3; i++) await turn();
    expect(flushes).toEqual([0, 100]);
  });

  test("waits no longer than the bound, even if the process was suspended during a flush", async () => {
    cost = { writing: 0, sending: 3_600_000 };
    scheduler.schedule("joined");
    manual.advance(50);
    await turn();
    scheduler.schedule("joined");
    manual.advance(5_000);
    expect(flushes).toEqual([50, 3_605_050]);
  });

  test("goes with the next message, at the end of its turn, and not again", async () => {
    cost = { writing: 0, sending: 100 };
    scheduler.schedule("joined");
    manual.advance(50);
    await turn();
    scheduler.schedule("joined");
    scheduler.schedule("group_message");
    expect(flushes).toHaveLength(1);
    await turn();
    expect(flushes).toEqual([50, 150]);
    manual.advance(10_000);
    await turn();
    expect(flushes).toHaveLength(2);
  });

  test("rests after a flush of messages, too", async () => {
    cost = { writing: 0, sending: 100 };
    scheduler.schedule("private_message");
    await turn();
    await turn();
    scheduler.schedule("joined");
    manual.advance(899);
    expect(flushes).toEqual([0]);
    manual.advance(1);
    expect(flushes).toEqual([0, 1_000]);
  });
});

test("a message never waits, however expensive the flushes are", async () => {
  cost = { writing: 50, sending: 500 };
  for (let i = 1; i <= 5; i++) {
    scheduler.schedule("group_message");
    scheduler.schedule("group_message");
    await turn();
    expect(flushes).toHaveLength(i);
  }
});

test("in a small room, a notice goes at the end of its turn", async () => {
  readers = 199;
  scheduler.schedule("left");
  await turn();
  expect(flushes).toEqual([0]);
});

test("flushNow flushes what is scheduled, once, and nothing where nothing is", async () => {
  scheduler.flushNow();
  scheduler.schedule("joined");
  scheduler.schedule("group_message");
  scheduler.flushNow();
  scheduler.flushNow();
  await turn();
  manual.advance(1_000);
  expect(flushes).toEqual([0]);
});
