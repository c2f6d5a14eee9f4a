import { describe, expect, it } from "vitest";
import type { Line } from "../chat/line.js";
import { en } from "../i18n/en.js";
import { Scrollback } from "../text/line-text.js";
import { findHighlights, findMentions } from "../text/mention.js";
import { notable } from "../text/notable.js";
import { Notifier, notification, oscOf, oscText } from "./notify.js";
import { createTheme } from "./theme.js";

const said = (text: string, more: object = {}): Line => ({
  kind: "message",
  at: 0,
  sender: "bob",
  registered: false,
  bot: false,
  text,
  own: false,
  live: true,
  ...more,
});
const whispered = (direction: "in" | "out" | "self"): Line => ({
  kind: "private",
  at: 0,
  sender: "bob",
  registered: false,
  bot: false,
  recipient: "ming",
  text: "psst",
  direction,
  live: true,
});

describe("a mention", () => {
  it.each([
    ["ming", "hi @ming, look", true],
    ["ming", "hi ming, look", true],
    ["ming", "MING!", true],
    ["ming", "ask @ming.", true],
    ["ming", "你好@ming", true],
    ["ming", "ming在吗", true],
    ["ming", "the mingle", false],
    ["ming", "@mingyu", false],
    ["ming", "@ming-2", false],
    ["ming", "post@ming.org", false],
    ["小明", "@小明 看一下", true],
    ["小明", "@小明看一下", true],
    ["小明", "＠小明", true],
    ["小明", "小明，在吗", true],
    ["小明", "小明白了", false],
    ["张三丰", "请张三丰来", true],
    ["a.b", "see a.b here", true],
    ["a.b", "see axb here", false],
    ["x-y", "ask x-y now", true],
    ["", "anything", false],
  ])("of %s in %j: %s", (nickname, text, found) => {
    expect(findMentions(text, nickname).length > 0).toBe(found);
  });

  it("is found anywhere in a text", () => {
    expect(findMentions("@ming and ming", "ming")).toEqual([
      { start: 0, end: 5 },
      { start: 10, end: 14 },
    ]);
  });
});

describe("words of one's own", () => {
  it("are found like the nickname, in their order and without overlaps", () => {
    const words = ["ming", "deploy", "构建", "deploy now"];
    const text = "构建 done, deploy now, @ming; redeploy";
    expect(findHighlights(text, words).map(({ start, end }) => text.slice(start, end))).toEqual([
      "构建",
      "deploy now",
      "@ming",
    ]);
  });

  it("notify and are marked", () => {
    expect(notable(said("time to deploy") as Line, "mention", "ming", ["deploy"])).toBeDefined();
    expect(notable(said("time to deploy") as Line, "mention", "ming")).toBeUndefined();
    const scrollback = new Scrollback(en, createTheme(1), "hm", ["deploy"]);
    expect(scrollback.text(said("time to deploy") as Line, "ming")).toContain(
      "time to \x1b[7mdeploy\x1b[27m",
    );
  });
});

describe("what notifies", () => {
  it.each([
    ["off", said("@ming"), false],
    ["off", whispered("in"), false],
    ["private", said("@ming"), false],
    ["private", whispered("in"), true],
    ["mention", said("@ming"), true],
    ["mention", said("hello"), false],
    ["mention", whispered("in"), true],
    ["all", said("hello"), true],
    ["all", said("hello", { live: false }), false],
    ["all", said("hello", { own: true }), false],
    ["all", whispered("out"), false],
    ["all", whispered("self"), false],
    ["all", { kind: "joined", at: 0, nicknames: ["bob"] }, false],
  ] as const)("at level %s %j: %s", (level, line, rings) => {
    expect(notable(line as Line, level, "ming") !== undefined).toBe(rings);
  });
});

describe("a notification", () => {
  it.each([
    [{ TERM_PROGRAM: "iTerm.app" }, "9"],
    [{ TERM_PROGRAM: "tmux", LC_TERMINAL: "iTerm2" }, "9"],
    [{ TERM_PROGRAM: "ghostty" }, "777"],
    [{ TERM: "xterm-kitty" }, "777"],
    [{}, "777"],
    [{ TERM_PROGRAM: "Apple_Terminal" }, "off"],
    [{ TERM_PROGRAM: "vscode" }, "off"],
    [{ TERM: "alacritty" }, "off"],
    [{ WT_SESSION: "x" }, "off"],
  ])("for %j is %s", (env, osc) => {
    expect(oscOf(env)).toBe(osc);
  });

  it("rings the bell with each sequence", () => {
    expect(notification("bob", "hi", "off", false)).toBe("\x07");
    expect(notification("bob", "hi", "9", false)).toBe("\x07\x1b]9;bob: hi\x1b\\");
    expect(notification("bob", "hi", "777", false)).toBe("\x07\x1b]777;notify;bob;hi\x1b\\");
  });

  it("passes through tmux with its escapes doubled", () => {
    expect(notification("bob", "hi", "777", true)).toBe(
      "\x07\x1bPtmux;\x1b\x1b]777;notify;bob;hi\x1b\x1b\\\x1b\\",
    );
  });

  it("contains nothing that could end or split it", () => {
    const hostile = "a;b\x07c\x1b\\d\x1b]52;c;x\x07e\nf\x9cg";
    expect(oscText(hostile)).not.toMatch(/[;\x00-\x1f\x7f-\x9f]/);
    expect(oscText("长".repeat(500)).length).toBe(60);
  });
});

describe("the notifier", () => {
  it("counts in the title, rings once a second, and restores the title at the next key", () => {
    let clock = 0;
    const notifier = new Notifier({ level: "mention", osc: "off", env: {}, now: () => clock });
    expect(notifier.seen()).toBeUndefined();
    expect(notifier.shown(said("@ming 1"), "ming")).toEqual({ signal: "\x07", title: "(1) parlance" });
    clock = 500;
    expect(notifier.shown(said("@ming 2"), "ming")).toEqual({ signal: "", title: "(2) parlance" });
    clock = 1500;
    expect(notifier.shown(said("@ming 3"), "ming")).toEqual({ signal: "\x07", title: "(3) parlance" });
    expect(notifier.shown(said("no"), "ming")).toBeUndefined();
    expect(notifier.seen()).toBe("parlance");
    expect(notifier.seen()).toBeUndefined();
  });

  it("names room and reader, whatever they contain", () => {
    const notifier = new Notifier({ level: "all", osc: "off", env: {}, now: () => 0 });
    expect(notifier.name("Tea; house\x07\x1b]0;x", "小明")).toBe("Tea, house0,x - 小明");
    expect(notifier.name("Tea; house\x07\x1b]0;x", "小明")).toBeUndefined();
    expect(notifier.shown(said("hi"), "小明")?.title).toBe("(1) Tea, house0,x - 小明");
    expect(notifier.name("", "小明")).toBe("(1) 小明");
    expect(notifier.seen()).toBe("小明");
  });

  it("is silent while the window has the focus, and counts from its loss on", () => {
    const notifier = new Notifier({ level: "all", osc: "off", env: {}, now: () => 0 });
    notifier.name("Tea house", "ming");
    expect(notifier.focus(true)).toBeUndefined();
    expect(notifier.shown(said("seen"), "ming")).toBeUndefined();
    expect(notifier.focus(false)).toBeUndefined();
    expect(notifier.shown(said("not seen"), "ming")).toEqual({
      signal: "\x07",
      title: "(1) Tea house - ming",
    });
    expect(notifier.focus(true)).toBe("Tea house - ming");
  });
});
