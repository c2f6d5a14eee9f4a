/** Small screens, hostile texts, dates and colours. */
import { describe, expect, it } from "vitest";
import type { Line } from "../chat/line.js";
import { initialState } from "../chat/state.js";
import { en } from "../i18n/en.js";
import { type Words, zhCN } from "../i18n/zh-CN.js";
import { cellWidth } from "../text/cells.js";
import { plainTheme, Scrollback } from "../text/line-text.js";
import { viewFooter } from "./footer.js";
import { emptyEditor } from "./input/editor-state.js";
import { FakeScreen } from "./screen/test-emulator.js";
import { withoutMarks } from "./screen/wrap.js";
import { chat, clock, problem, say, theme, whisper } from "./test-screens.js";
import { useZone } from "./test-zone.js";
import { createTheme } from "./theme.js";

useZone("Asia/Shanghai");

describe("a small screen", () => {
  it("of 20 columns still shows state and input", async () => {
    const grid = await chat({
      words: en,
      columns: 20,
      input: "hello @al",
      lines: [say("18:05", "bob", "hi")],
    });
    expect(grid).toMatchInlineSnapshot(`
      "
      ---- Sunday,
           November
           22 ----
      18:05 bob: hi
       connected         
      ming> hello @al█
      "
    `);
  });

  it("with many candidates shows the chosen one", async () => {
    const candidates = Array.from({ length: 30 }, (_, n) => ({ label: `person${n}`, text: `person${n}` }));
    const grid = await chat({
      words: en,
      columns: 30,
      editor: { menu: { candidates, selected: 17, start: 0, end: 0 } },
    });
    expect(grid).toContain("person17");
    const rows = grid.trim().split("\n");
    expect(rows).toHaveLength(2);
  });
});

describe("in tmux, where a row that fills the screen is many rows of a narrower one", () => {
  const scene = (words: Words, columns: number) =>
    chat({ words, columns, reflow: "tmux", state: { ignoring: true }, input: "hi", lines: [] });

  it("the status row is as long as its text, in English", async () => {
    expect(await scene(en, 80)).toMatchInlineSnapshot(`
      "
       connected | 4 online | ignoring group chat | /i to show 
      ming(ignoring)> hi█
      "
    `);
    expect(await scene(en, 40)).toMatchInlineSnapshot(`
      "
       connected | 4 online 
      ming(ignoring)> hi█
      "
    `);
  });

  it("the same in Chinese", async () => {
    expect(await scene(zhCN, 80)).toMatchInlineSnapshot(`
      "
       已连接 | 4 人在线 | 忽略群聊中 | /i 恢复 
      小明(忽略群聊)> hi█
      "
    `);
    expect(await scene(zhCN, 40)).toMatchInlineSnapshot(`
      "
       已连接 | 4 人在线 | 忽略群聊中 
      小明(忽略群聊)> hi█
      "
    `);
  });

  it("and never as wide as the screen", () => {
    for (let columns = 3; columns < 90; columns++) {
      const state = { ...initialState("http://test"), connection: { phase: "online" as const }, online: 12 };
      const { short = [] } = viewFooter({
        words: zhCN,
        theme: plainTheme,
        state,
        editor: emptyEditor,
        recipient: null,
        size: { columns, rows: 24 },
        ambiguous: "narrow",
        nowMs: 0,
      });
      expect(short.map((row) => cellWidth(row) < columns)).toEqual([true]);
    }
  });
});

describe("hostile members", () => {
  it("cannot move the cursor, pose as others, or hide text", async () => {
    const grid = await chat({
      words: en,
      columns: 60,
      lines: [
        say("18:05", "eve\x1b[2J", "\x1b[1;1Hhi\x1b]52;c;cm0=\x07\n18:05 bob: I am bob\r18:06 x"),
        say("18:06", "ev\u202ee", `e${"\u0301".repeat(300)} \u202etxet \u200bz`),
        whisper("18:07", "eve\n18:07 bob", "ming", "psst\x9b2J", "in"),
        { kind: "joined", at: clock("18:08"), nicknames: ["a\nb\x1b[31m"] },
        { kind: "motd", at: clock("18:08"), text: "welcome\x1b[5m\nto the\troom" },
        problem({ what: "refused", message: "no\x1b]0;owned\x07\nreally", kept: "none" }),
      ],
    });
    expect(grid).toMatchInlineSnapshot(`
      "
      ---- Sunday, November 22 ----
      18:05 eve: hi
          18:05 bob: I am bob18:06 x
      18:06 eve: é́́́́ txet z
      18:07 [private] eve 18:07 bob -> you: psst
      18:08 * a b joined
      18:08 * welcome
          to the    room
      ! The server refused: no
          really
       connected | 4 online                                 /help
      ming> █
      "
    `);
  });

  it("cannot break the screen with 4 KiB in one word", async () => {
    const screen = new FakeScreen({ columns: 40, rows: 30 });
    const scrollback = new Scrollback(en, theme, "hm");
    const word = "很".repeat(1365);
    screen.write(`${scrollback.text(say("18:05", "eve", word), "ming").replaceAll("\n", "\r\n")}\r\n`);
    expect((await screen.lines()).at(-1)).toBe(`18:05 eve: ${word}`);
  });
});

describe("dates", () => {
  it("are shown once for each local day", () => {
    const scrollback = new Scrollback(zhCN, createTheme(1), "hm");
    const plainText = (line: Line) => withoutMarks(scrollback.text(line, null)).replace(/\x1b\[\d+m/g, "");
    const at = (iso: string): Line => ({ ...say("00:00", "bob", "x"), at: Date.parse(iso) }) as Line;
    expect(plainText(problem({ what: "nickname_space" }))).not.toContain("----");
    expect(plainText(at("2026-11-22T15:59:00Z"))).toBe("---- 11月22日 周日 ----\n23:59 bob: x");
    expect(plainText(at("2026-11-22T15:59:30Z"))).toBe("23:59 bob: x");
    expect(plainText(at("2026-11-22T16:05:00Z"))).toBe("---- 11月23日 周一 ----\n00:05 bob: x");
  });
});

describe("colours", () => {
  it("mark senders, and mentions of the reader except in the reader's own messages", () => {
    const scrollback = new Scrollback(en, theme, "hm");
    const text = (line: Line) => scrollback.text(line, "ming").split("\n").at(-1);
    expect(text(say("18:05", "bob", "hi @Ming, ming"))).toMatch(
      /^\x1b\[2m18:05\x1b\[22m \x1b\[38;5;\d+mbob\x1b\[39m: hi \x1b\[7m@Ming\x1b\[27m, \x1b\[7mming\x1b\[27m$/,
    );
    expect(text(say("18:05", "ming", "I am ming", true))).toMatch(
      /\x1b\[1;38;5;\d+mming\x1b\[22;39m: I am ming$/,
    );
  });

  it("carry no meaning of their own", () => {
    const bare = new Scrollback(en, createTheme(1), "hms");
    const text = withoutMarks(bare.text(whisper("18:07", "alice", "ming", "hi", "in"), "ming"));
    expect(text.replace(/\x1b\[\d+m/g, "")).toBe(
      "---- Sunday, November 22 ----\n18:07:00 [private] alice -> you: hi",
    );
  });
});
