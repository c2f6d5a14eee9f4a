import { expect, test } from "vitest";
import { Erasures } from "./erasures.js";

test("names what was erased since a count, and nothing that was erased before", () => {
  const erasures = new Erasures();
  erasures.add([3, 5]);
  const { count } = erasures;
  expect([...erasures.since(count)!]).toEqual([]);
  erasures.add([4]);
  erasures.add(new Set([1, 9]));
  expect([...erasures.since(count)!]).toEqual([4, 1, 9]);
});

test("does not know what was erased a long time ago, and does not take that for nothing", () => {
  const erasures = new Erasures();
  for (let seq = 1; seq <= 20_000; seq++) erasures.add([seq]);
  expect(erasures.since(0)).toBeUndefined();
  expect([...erasures.since(19_998)!]).toEqual([19_999, 20_000]);
});
