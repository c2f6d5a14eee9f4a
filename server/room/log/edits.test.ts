import { expect, test } from "vitest";
import { Edits } from "./edits.js";

test("a message is known by its own number and by those of its edits", () => {
  const edits = new Edits();
  for (const edit of [5, 7]) expect(edits.add(3, edit)).toBe(false);
  expect([3, 5, 7].map((seq) => edits.withMessage(seq))).toEqual([
    [3, 5, 7],
    [3, 5, 7],
    [3, 5, 7],
  ]);
  expect(edits.withMessage(4)).toEqual([4]);
  expect(edits.count([3, 5, 7, 4])).toBe(2);
});

test("what was erased without its edits leaves these to be erased, and so does an edit that comes later", () => {
  const edits = new Edits();
  edits.add(3, 5);
  edits.add(3, 6);
  expect(edits.erase([3, 5])).toEqual([6]);
  expect(edits.erase([6])).toEqual([]);
  expect(edits.add(3, 9)).toBe(true);
  expect(edits.add(4, 10)).toBe(false);
});

test("what the log has lost, and what it no longer keeps, is forgotten", () => {
  const edits = new Edits();
  for (const edit of [5, 8]) edits.add(3, edit);
  edits.add(6, 9);
  edits.erase([2, 6]);
  edits.forgetAfter(7);
  expect([edits.withMessage(3), edits.withMessage(6), edits.size]).toEqual([[3, 5], [6], 3]);
  expect(edits.add(6, 8)).toBe(true);
  edits.forgetBefore(7);
  expect([edits.withMessage(3), edits.withMessage(6), edits.size]).toEqual([[3], [6, 8], 1]);
  expect(edits.add(6, 9)).toBe(false);
  expect(edits.add(2, 10)).toBe(false);
});
