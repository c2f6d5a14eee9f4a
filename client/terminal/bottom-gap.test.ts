import { describe, expect, it } from "vitest";
import { type BottomGap, gapAfterFrame, unknownGap } from "./bottom-gap.js";

const screen = { columns: 10, rows: 6 };
const frame = (gap: BottomGap, erased: number, messages: readonly string[], footer: number) =>
  gapAfterFrame(gap, erased, messages, footer, screen, "narrow");

describe("the blank rows under the footer", () => {
  it("are not known before a screenful was written", () => {
    const early = frame(unknownGap, 0, ["1", "2"], 2);
    expect(early.rows).toBeNull();
    expect(frame(early, 2, ["3\n4", "5", "6"], 2).rows).toBe(0);
  });

  it("come when the footer shrinks, and go when it grows or messages fill them", () => {
    const full = frame(unknownGap, 0, ["1", "2", "3", "4", "5", "6"], 2);
    const shrunk = frame(full, 5, [], 2);
    expect(shrunk.rows).toBe(3);
    expect(frame(shrunk, 2, [], 3).rows).toBe(2);
    expect(frame(shrunk, 2, ["a"], 2).rows).toBe(2);
    expect(frame(shrunk, 2, ["\x1b[1m长长长长长长\x1b[22m"], 2).rows).toBe(1);
    expect(frame(shrunk, 2, ["a", "b", "c", "d"], 2).rows).toBe(0);
  });

  it("are not known on a screen of another height", () => {
    const full = frame(unknownGap, 0, ["1", "2", "3", "4", "5", "6"], 2);
    expect(gapAfterFrame(full, 2, [], 2, { columns: 10, rows: 9 }, "narrow").rows).toBeNull();
  });
});
