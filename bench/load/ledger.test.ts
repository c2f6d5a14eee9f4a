import { expect, it } from "vitest";
import { createHistogram } from "./histogram.js";
import { createLedger } from "./ledger.js";

it("calls back when the last recipient has received a message", () => {
  const ledger = createLedger();
  const done: number[] = [];
  const first = ledger.open(2, 0, () => done.push(1));
  const second = ledger.open(1, 0, () => done.push(2));
  ledger.deliver(first);
  expect(done).toEqual([]);
  ledger.deliver(second);
  ledger.deliver(first);
  expect(done).toEqual([2, 1]);
  expect(ledger).toMatchObject({ delivered: 3, underWay: 0, strays: 0, opened: 2 });
});

it("counts a message that was never sent, and one that was already complete", () => {
  const ledger = createLedger();
  ledger.deliver(7);
  const id = ledger.open(1, 0, () => {});
  ledger.deliver(id);
  ledger.deliver(id);
  expect(ledger).toMatchObject({ delivered: 1, strays: 2 });
});

it("measures latencies from the scheduled time, and only while requested", () => {
  const ledger = createLedger();
  const histogram = createHistogram();
  ledger.record(histogram);
  ledger.deliver(ledger.open(1, performance.now() - 500, () => {}));
  ledger.record(undefined);
  ledger.deliver(ledger.open(1, performance.now() - 9_000, () => {}));
  expect(histogram.count).toBe(1);
  expect(histogram.maxMs).toBeGreaterThanOrEqual(500);
});
