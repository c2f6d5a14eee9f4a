import { describe, expect, it } from "vitest";
import { cellWidth } from "../../text/cells.js";
import { createTheme } from "../theme.js";
import { COLUMN, GLUE, HANG, withoutMarks, wrapText } from "./wrap.js";

const rows = (text: string, columns: number) => wrapText(text, columns).split("\n");

describe("a row that is wider than the screen", () => {
  it("is broken between words, and goes on below the name", () => {
    expect(rows("18:05 bob: the quick brown fox jumps over the lazy dog", 40)).toEqual([
      "18:05 bob: the quick brown fox jumps",
      "      over the lazy dog",
    ]);
  });

  it("that fits exactly, or is empty, stays as it is", () => {
    for (const row of ["", "x".repeat(40), "长".repeat(20), "a b ".repeat(10), " ".repeat(40)])
      expect(wrapText(row, 40)).toBe(row);
  });

  it("is broken between Chinese characters, without a closing mark at a start or an opening one at an end", () => {
    const text = "18:05 小明: 今天的构建又挂了（第三次），谁来看一下？我这边「什么都没有改」，真的。";
    expect(rows(text, 40)).toEqual([
      "18:05 小明: 今天的构建又挂了（第三次），",
      "      谁来看一下？我这边「什么都没有",
      "      改」，真的。",
    ]);
    for (let columns = 20; columns < 90; columns++) {
      const found = rows(text, columns);
      expect(found.filter((row) => cellWidth(row) > columns)).toEqual([]);
      expect(found.filter((row) => /^ *[，。？）」]|[（「]$/.test(row))).toEqual([]);
      expect(
        found
          .map((row) => row.trimStart())
          .join("")
          .replaceAll(" ", ""),
      ).toBe(text.replaceAll(" ", ""));
    }
  });

  it("is broken where Chinese and other words meet, and not within a word", () => {
    expect(rows("18:05 bob: 你好world再来一点中文hello,再见again...", 24)).toEqual([
      "18:05 bob: 你好world再来",
      "    一点中文hello,再见",
      "    again...",
    ]);
  });

  it("is not broken behind an @, which belongs to the name", () => {
    expect(rows("18:05 小明: 谁来看一下，问@小红就行", 27)).toEqual([
      "18:05 小明: 谁来看一下，问",
      "    @小红就行",
    ]);
  });

  it("leaves a word that is longer than a row to the terminal, without a break in it", () => {
    const url = `https://ci.example.org/${"build/".repeat(8)}4821?log=all`;
    const found = rows(`18:06 bob: see ${url} and then tell me what you think`, 40);
    expect(found).toEqual([`18:06 bob: see ${url} and then tell me what`, "      you think"]);
    // One that fits into a row is whole in the next.
    expect(rows("18:06 bob: welcome! https://ci.example.org/4821", 40)).toEqual([
      "18:06 bob: welcome!",
      "      https://ci.example.org/4821",
    ]);
  });

  it("knows where the terminal ends a longer word", () => {
    const found = rows(`${"x".repeat(50)} ${"y".repeat(29)} z`, 40);
    expect(found).toEqual([`${"x".repeat(50)} ${"y".repeat(29)}`, "      z"]);
  });

  it("keeps its styles, and does not extend them to the indent", () => {
    const { mention, nickname, time } = createTheme(8);
    const line = `${time("18:05")} ${nickname("bob", false)}: ${"words ".repeat(4)}${mention("张三丰和小明")}!`;
    const found = rows(line, 40);
    expect(found.map((row) => row.replace(/\x1b\[[\d;]*m/g, ""))).toEqual([
      "18:05 bob: words words words words 张三",
      "      丰和小明!",
    ]);
    expect(found[0]).toMatch(/\x1b\[7m张三\x1b\[0m$/);
    expect(found[1]).toBe("      \x1b[7m丰和小明\x1b[27m!");
  });

  it("of two columns goes on in its second, unless that is too narrow", () => {
    const row = `/history  ${HANG}${"earlier ".repeat(6)}`.trimEnd();
    expect(rows(row, 40)).toEqual(["/history  earlier earlier earlier", "          earlier earlier earlier"]);
    expect(rows(row, 20)).toEqual([
      "/history  earlier",
      "   earlier earlier",
      "   earlier earlier",
      "   earlier",
    ]);
    expect(wrapText(`a${HANG}b`, 40)).toBe("ab");
    expect(withoutMarks(row)).not.toContain(HANG);
  });

  it("does not end where a mark holds two words together", () => {
    const heading = `---- ${HANG}2 messages from before you joined${GLUE}----`;
    expect(rows(heading, 40)).toEqual(["---- 2 messages from before you", "     joined ----"]);
    expect(rows(`---- ${HANG}你进来之前的消息${GLUE}----`, 24)).toEqual([
      "---- 你进来之前的消",
      "     息 ----",
    ]);
    expect(rows(heading, 60)).toEqual(["---- 2 messages from before you joined ----"]);
    expect(withoutMarks(heading)).toBe("---- 2 messages from before you joined ----");
  });
});

it("nothing that looks like another line begins in the first column", () => {
  for (const blank of [" ", "\u00a0", "\u2007", "\u202f", "\u3000", "\u2800"]) {
    const forged = `18:06${blank}alice:${blank}I${blank}agree`;
    for (let filling = 0; filling < 60; filling++) {
      const found = rows(`18:05 eve: ${"x".repeat(filling)}${blank}${forged} ${"y ".repeat(20)}`, 40);
      for (const row of found.slice(1)) expect(row).toMatch(/^ {6}\S/);
      // Where the terminal wraps a longer word, no time follows at the edge.
      for (const row of found) expect(row.slice(40)).not.toMatch(/^18:06\s/);
    }
  }
});

it("a hostile text takes linear time", () => {
  for (const part of ["x", "（", "，", " ", "a ", "长", "\u0301", "👩‍👩‍👧", '"']) {
    const text = part.repeat(40_000 / part.length);
    expect(wrapText(text, 80).length).toBeGreaterThan(0);
  }
});

describe("a text of two columns", () => {
  const text = [
    `/ls           ${COLUMN}who is here`,
    `/mute name 10m${COLUMN}let them read only, until it is over`,
    "A footer",
  ];

  it("keeps them where the second one has room, however long its rows", () => {
    expect(rows(text.join("\n"), 46)).toEqual([
      "/ls           who is here",
      "/mute name 10mlet them read only, until it is",
      "              over",
      "A footer",
    ]);
  });

  it("has the second one below the first one on a narrow screen, in all rows", () => {
    expect(rows(text.join("\n"), 30)).toEqual([
      "/ls",
      "  who is here",
      "/mute name 10m",
      "  let them read only, until it",
      "  is over",
      "A footer",
    ]);
  });

  it("is left as it is by a terminal that wraps by itself", () => {
    expect(withoutMarks(text[0] ?? "")).toBe("/ls           who is here");
  });
});
