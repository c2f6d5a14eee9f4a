import { expect, test } from "vitest";
import { Readiness } from "./readiness.js";

test("ready while it runs and its store can be written; each change is reported once", () => {
  const changes: boolean[] = [];
  const readiness = new Readiness((ready) => changes.push(ready));
  const error = new Error("disk is full");
  expect(readiness.reason).toBe("starting");
  readiness.start();
  expect(readiness.reason).toBeUndefined();
  readiness.observe({ kind: "feed_ended", reason: "TOO_SLOW" });
  readiness.observe({ kind: "store_failed", error, reopening: false });
  readiness.observe({ kind: "store_failed", error, reopening: true });
  expect(readiness.reason).toBe("the store cannot be written");
  readiness.observe({ kind: "store_recovered", downMs: 5 });
  expect(readiness.ready).toBe(true);
  readiness.shutDown();
  readiness.observe({ kind: "store_failed", error, reopening: false });
  readiness.observe({ kind: "store_recovered", downMs: 5 });
  expect(readiness.reason).toBe("shutting down");
  expect(changes).toEqual([true, false, true, false]);
});

test("on a store that servers share it is ready until it is cut off for the length of a lease", () => {
  const changes: boolean[] = [];
  const readiness = new Readiness((ready) => changes.push(ready), true);
  readiness.start();
  readiness.observe({ kind: "store_failed", error: new Error("ECONNREFUSED"), reopening: true });
  expect(readiness.reason).toBeUndefined();
  readiness.observe({ kind: "store_cut_off", awayMs: 10_000 });
  expect(readiness.reason).toBe("cut off from the store");
  readiness.observe({ kind: "store_recovered", downMs: 12_000 });
  expect(readiness.ready).toBe(false);
  readiness.observe({ kind: "store_reached", awayMs: 12_500 });
  expect(readiness.ready).toBe(true);
  expect(changes).toEqual([true, false, true]);
});

test("a store that fails before the start is not forgotten by it", () => {
  const readiness = new Readiness(() => undefined);
  readiness.observe({ kind: "store_failed", error: new Error("disk is full"), reopening: false });
  readiness.start();
  expect(readiness.ready).toBe(false);
});

test("what another process reports of the store counts as its own does", () => {
  const changes: boolean[] = [];
  const readiness = new Readiness((ready) => changes.push(ready));
  readiness.setWritable(false);
  readiness.start();
  expect(readiness.reason).toBe("the store cannot be written");
  readiness.setWritable(true);
  expect(readiness.ready).toBe(true);
  expect(changes).toEqual([true]);
});
