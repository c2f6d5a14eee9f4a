import { describe, expect, it } from "vitest";
import { reflowOf, reflowOfAttributes, rowsAfterResize } from "./reflow.js";

const drawn = {
  rows: ["0123456789", "ab你好你好", "z"],
  cursorRow: 1,
  cursorColumn: 8,
  columns: 20,
  joined: false,
  apart: 0,
};

describe("a footer on a screen that became narrower", () => {
  it("is found where wrapped rows put it, wide characters whole", () => {
    expect(rowsAfterResize(drawn, 5, "all", "narrow")).toEqual({ above: 4, total: 6 });
    expect(rowsAfterResize(drawn, 10, "all", "narrow")).toEqual({ above: 1, total: 3 });
  });

  it("is found by the cursor's character, which may be in an earlier part of its row", () => {
    expect(rowsAfterResize({ ...drawn, cursorColumn: 2 }, 5, "all", "narrow")).toEqual({
      above: 2,
      total: 6,
    });
  });

  it("is searched no higher than any terminal puts it while the terminal is unknown", () => {
    expect(rowsAfterResize(drawn, 5, "unknown", "narrow")).toEqual({ above: 2, total: 6 });
  });

  it("keeps its rows where the terminal cuts them", () => {
    expect(rowsAfterResize(drawn, 5, "none", "narrow")).toEqual({ above: 1, total: 3 });
  });

  it("keeps its rows when the width is the same", () => {
    expect(rowsAfterResize(drawn, 20, "all", "narrow")).toEqual({ above: 1, total: 3 });
  });
});

describe("the reflow of a terminal", () => {
  it.each([
    [{ TERM: "xterm-256color" }, "unknown"],
    // Also set where VS Code's terminal started something else.
    [{ TERM_PROGRAM: "vscode" }, "unknown"],
    [{ TERM_PROGRAM: "vscode", TMUX: "/tmp/x" }, "tmux"],
    [{ XTERM_VERSION: "XTerm(390)" }, "none"],
    [{ TERM: "linux" }, "none"],
  ] as const)("of %j is %s", (env, reflow) => {
    expect(reflowOf(env)).toBe(reflow);
  });
});

describe("the identification of a terminal", () => {
  it.each([
    ["0;276;0", "xterm.js"],
    ["84;0;0", "tmux"],
    ["83;40900;0", "none"],
    // VTE, kitty, xterm, Alacritty, Windows Terminal.
    ["65;6800;1", "all"],
    ["1;4000;32", "all"],
    ["41;390;0", "all"],
    ["0;1901;1", "all"],
    ["0;10;1", "all"],
  ] as const)("%s: %s", (parameters, reflow) => {
    expect(reflowOfAttributes(parameters)).toBe(reflow);
  });
});
