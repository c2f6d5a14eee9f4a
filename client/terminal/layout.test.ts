import { describe, expect, it } from "vitest";
import { cellWidth, cutToCells } from "../text/cells.js";
import { layoutInput, maxInputRows, statusRow } from "./footer.js";
import { sizeOf } from "./screen/frame.js";

/** Rows with `|` at the cursor's cell; the cursor's column is checked by where it lands. */
function draw(
  marked: string,
  prompt: string,
  columns: number,
  rows = 24,
  ambiguous: "narrow" | "wide" = "narrow",
) {
  const cursor = marked.indexOf("|");
  const text = marked.replace("|", "");
  const layout = layoutInput({ text, cursor }, prompt, { columns, rows }, ambiguous);
  return layout.rows.map((row, index) => {
    if (index !== layout.cursorRow) return row;
    const before = cutToCells(row, layout.cursorColumn, ambiguous);
    expect(cellWidth(before, ambiguous)).toBe(Math.min(layout.cursorColumn, cellWidth(row, ambiguous)));
    return `${before}|${row.slice(before.length)}`;
  });
}

describe("the input", () => {
  it("is drawn after its prompt", () => {
    expect(draw("你|好", "小明> ", 20)).toEqual(["小明> 你|好"]);
  });

  it("never splits a wide character over the edge", () => {
    expect(draw("abc你|", "> ", 6)).toEqual(["> abc", "你|"]);
  });

  it("moves the cursor after an exactly full row to a row of its own", () => {
    expect(draw("abcd|", "> ", 6)).toEqual(["> abcd", "|"]);
    expect(draw("abcd|e", "> ", 6)).toEqual(["> abcd", "|e"]);
    expect(draw("abcd|\ne", "> ", 6)).toEqual(["> abcd", "|", "  e"]);
    expect(draw("ab|cd\ne", "> ", 6)).toEqual(["> ab|cd", "  e"]);
  });

  it("puts the cursor where the next character will be drawn", () => {
    expect(draw("abc|你", "> ", 6)).toEqual(["> abc", "|你"]);
  });

  it("indents a row after a line break by 2, not a wrapped one", () => {
    expect(draw("ab\ncdefgh|", "> ", 6)).toEqual(["> ab", "  cdef", "gh|"]);
  });

  it("shows a tab as 4 cells", () => {
    expect(draw("a\tb|", "> ", 10)).toEqual(["> a    b|"]);
    expect(draw("abcde\tb|", "> ", 8)).toEqual(["> abcde", "    b|"]);
  });

  it("counts a family and a flag as two cells", () => {
    expect(draw("👨‍👩‍👧🇨🇳|", "> ", 6)).toEqual(["> 👨‍👩‍👧🇨🇳", "|"]);
  });

  it("counts ambiguous characters as the terminal does", () => {
    expect(draw("“…”|", "> ", 8)).toEqual(["> “…”|"]);
    expect(draw("“…”|", "> ", 8, 24, "wide")).toEqual(["> “…”", "|"]);
  });

  it("takes a third of the screen, at least 3 rows, then scrolls around the cursor", () => {
    const text = Array.from({ length: 20 }, (_, row) => `r${row}`).join("\n");
    const top = draw(`|${text}`, "> ", 20, 24);
    expect(top).toHaveLength(8);
    expect(top[0]).toBe("> |r0");
    const bottom = draw(`${text}|`, "> ", 20, 24);
    expect(bottom).toHaveLength(8);
    expect(bottom.at(-1)).toBe("  r19|");
    expect(draw(text.replace("r9", "r|9"), "> ", 20, 6)).toEqual(["  r8", "  r|9", "  r10"]);
  });

  it.each([
    [1, 1],
    [2, 1],
    [3, 1],
    [4, 2],
    [5, 3],
    [9, 3],
    [24, 8],
    [60, 20],
  ])("on a screen of %i rows takes at most %i", (rows, most) => {
    expect(maxInputRows(rows)).toBe(most);
  });

  it("lets a prompt wrap that is wider than the screen", () => {
    expect(draw("x|", "abcdefgh> ", 6)).toEqual(["abcdef", "gh> x|"]);
  });

  it("fits any screen with any text", () => {
    let seed = 11;
    const random = (below: number) => {
      seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0;
      return (seed >>> 8) % below;
    };
    const parts = ["a", "你", "👍🏽", "\n", "\t", "e\u0301", "🇨🇳", " ", "\u200b", "ｱﾞ"];
    for (let round = 0; round < 1500; round++) {
      const chosen = Array.from({ length: random(60) }, () => parts[random(parts.length)] ?? "");
      const text = chosen.join("");
      const cursor = chosen.slice(0, random(chosen.length + 1)).join("").length;
      const size = { columns: 1 + random(30), rows: 1 + random(12) };
      const { rows, cursorRow, cursorColumn } = layoutInput({ text, cursor }, "小明> ", size);
      const columns = Math.max(2, size.columns);
      expect(rows.length).toBeLessThanOrEqual(maxInputRows(size.rows));
      for (const row of rows) expect(cellWidth(row)).toBeLessThanOrEqual(columns);
      expect(cursorRow).toBeLessThan(rows.length);
      expect(cursorColumn).toBeLessThan(columns);
    }
  });

  it("lays out a text of maximum length between two keystrokes", () => {
    const text = "一二三四五六七八九十".repeat(6500);
    const { rows } = layoutInput({ text, cursor: 100 }, "> ", { columns: 80, rows: 24 });
    expect(rows).toHaveLength(8);
  });
});

describe("the status row", () => {
  it("fills the screen except for its last column", () => {
    expect(statusRow(" 已连接", "/help", 20)).toBe(" 已连接       /help");
  });

  it("drops the hint first, then cuts between graphemes", () => {
    expect(statusRow(" connected", "/help 帮助", 20)).toBe(" connected         ");
    expect(statusRow(" 已连接 | 4 人", "/help", 7)).toBe(" 已连 ");
    expect(statusRow(" 已连接", "", 7)).toBe(" 已连 ");
  });
});

it("treats an output of unknown size, or 0 x 0, as 80 x 24", () => {
  expect([sizeOf({}), sizeOf({ columns: 0, rows: 0 })]).toEqual([
    { columns: 80, rows: 24 },
    { columns: 80, rows: 24 },
  ]);
  expect(sizeOf({ columns: 20, rows: 3 })).toEqual({ columns: 20, rows: 3 });
});
