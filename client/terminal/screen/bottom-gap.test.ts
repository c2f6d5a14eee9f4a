import { describe, expect, it } from "vitest";
import { type BottomGap, gapAfterFrame, gapRows, startingAt, unknownGap } from "./painter.js";

const frame = (gap: BottomGap, erased: number, messages: readonly string[], footer: number) =>
  gapAfterFrame(gap, erased, messages, footer, 10, "narrow");
const unknown = unknownGap(6);

describe("the blank rows below the footer", () => {
  it("are unknown before a screenful was written", () => {
    const early = frame(unknown, 0, ["1", "2"], 2);
    expect(gapRows(early)).toBeNull();
    expect(gapRows(frame(early, 2, ["3\n4", "5", "6"], 2))).toBe(0);
  });

  it("appear when the footer shrinks, and disappear when it grows or messages fill them", () => {
    const full = frame(unknown, 0, ["1", "2", "3", "4", "5", "6"], 2);
    const shrunk = frame(full, 5, [], 2);
    expect(gapRows(shrunk)).toBe(3);
    expect(gapRows(frame(shrunk, 2, [], 3))).toBe(2);
    expect(gapRows(frame(shrunk, 2, ["a"], 2))).toBe(2);
    expect(gapRows(frame(shrunk, 2, ["\x1b[1m长长长长长长\x1b[22m"], 2))).toBe(1);
    expect(gapRows(frame(shrunk, 2, ["a", "b", "c", "d"], 2))).toBe(0);
  });

  it("are known from the cursor report, also when frames were drawn before it arrived", () => {
    expect(gapRows(startingAt(unknown, 4))).toBe(4);
    const later = frame(frame(unknown, 2, ["a"], 2), 2, [], 4);
    expect(gapRows(later)).toBeNull();
    expect(gapRows(startingAt(later, 4))).toBe(1);
    expect(gapRows(startingAt(later, 1))).toBe(0);
    expect(gapRows(frame(startingAt(later, 4), 4, [], 2))).toBe(3);
  });
});
