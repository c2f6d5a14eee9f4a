import { describe, expect, it } from "vitest";
import { ratiosByRound, spread } from "./stats.js";

describe("spread", () => {
  it("returns the middle value of an odd number of rounds", () => {
    expect(spread([9, 1, 5])).toEqual({ median: 5, min: 1, max: 9, rounds: 3 });
  });

  it("returns the mean of the two middle values of an even number", () => {
    expect(spread([4, 1, 2, 9])).toEqual({ median: 3, min: 1, max: 9, rounds: 4 });
  });

  it("skips rounds without a figure, and returns nothing if none has one", () => {
    expect(spread([Number.NaN, 2, Number.POSITIVE_INFINITY])).toEqual({
      median: 2,
      min: 2,
      max: 2,
      rounds: 1,
    });
    expect(spread([])).toBeUndefined();
  });
});

describe("ratiosByRound", () => {
  it("compares only what was measured in the same round", () => {
    const ours = new Map([
      [1, 10],
      [2, 30],
      [3, 50],
    ]);
    const theirs = new Map([
      [2, 10],
      [3, 100],
      [4, 1],
    ]);
    expect(ratiosByRound(ours, theirs)).toEqual([3, 0.5]);
  });

  it("leaves out a round whose base is zero", () => {
    expect(ratiosByRound(new Map([[1, 2]]), new Map([[1, 0]]))).toEqual([]);
  });
});
