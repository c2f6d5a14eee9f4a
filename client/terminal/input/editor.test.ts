import { describe, expect, it } from "vitest";
import { graphemes } from "../../text/graphemes.js";
import { cycleMenu, openMenu } from "./completion-menu.js";
import { actionOf, edit, submitted } from "./editor.js";
import { type EditorState, emptyEditor, maxInputLength } from "./editor-state.js";
import { Keymap } from "./keymap.js";
import type { Key } from "./keys.js";

const chord = (name: string): Key => ({ kind: "chord", chord: name });
const typed = (text: string): Key => ({ kind: "text", text });

/** `|` marks the cursor. */
function at(marked: string, history: readonly string[] = []): EditorState {
  const cursor = marked.indexOf("|");
  return { ...emptyEditor, history, text: marked.replace("|", ""), cursor };
}

const show = (state: EditorState) => `${state.text.slice(0, state.cursor)}|${state.text.slice(state.cursor)}`;
const press = (state: EditorState, ...chords: string[]) =>
  chords.reduce((next, name) => edit(next, chord(name)), state);

describe("moving", () => {
  it.each([
    ["one grapheme left, a flag being one", "a🇨🇳|b", "left", "a|🇨🇳b"],
    ["one grapheme left, a family being one", "👨‍👩‍👧|", "ctrl-b", "|👨‍👩‍👧"],
    ["one grapheme left, a letter with its accent being one", "xe\u0301|", "left", "x|e\u0301"],
    ["one grapheme right", "|你好", "right", "你|好"],
    ["one grapheme right, a skin tone being part of it", "|👍🏽!", "ctrl-f", "👍🏽|!"],
    ["not before the start", "|a", "left", "|a"],
    ["not behind the end", "a|", "right", "a|"],
    ["to the start of the row", "ab\ncd|", "home", "ab\n|cd"],
    ["to the end of the row", "a|b\ncd", "ctrl-e", "ab|\ncd"],
    ["one word left", "hello big world|", "alt-b", "hello big |world"],
    ["one word left over punctuation", "hello, |world", "ctrl-left", "|hello, world"],
    ["one word right", "|hello big", "alt-f", "hello| big"],
    ["one Chinese word left", "我们今天开会|", "alt-left", "我们今天|开会"],
    ["one Chinese word right", "|我们今天开会", "ctrl-right", "我们|今天开会"],
    ["one row up, to the same column", "你好吗\nabc|d", "up", "你|好吗\nabcd"],
    ["one row down, to the row's end if that is nearer", "abcd|\n你", "down", "abcd\n你|"],
  ])("goes %s", (_what, before, name, after) => {
    expect(show(press(at(before), name))).toBe(after);
  });
});

describe("deleting", () => {
  it.each([
    ["a whole grapheme back", "a👨‍👩‍👧|", "backspace", "a|"],
    ["a whole grapheme forward", "a|🇨🇳b", "delete", "a|b"],
    ["forward with Ctrl-D", "a|bc", "ctrl-d", "a|c"],
    ["the word before", "git push origin|", "ctrl-w", "git push |"],
    ["the Chinese word before", "我们今天开会|", "alt-backspace", "我们今天|"],
    ["to the start", "abc|def", "ctrl-u", "|def"],
    ["to the end", "abc|def", "ctrl-k", "abc|"],
    ["only to the start of the row", "ab\ncd|e", "ctrl-u", "ab\n|e"],
    ["the line break at the edge of a row", "ab|\ncd", "ctrl-k", "ab|cd"],
    ["nothing at the start", "|abc", "backspace", "|abc"],
    ["nothing at the end", "abc|", "delete", "abc|"],
    ["everything with Ctrl-C", "ab\nc|d", "ctrl-c", "|"],
  ])("takes %s", (_what, before, name, after) => {
    expect(show(press(at(before), name))).toBe(after);
  });

  it("restores the last kill with Ctrl-Y, also after Ctrl-C", () => {
    expect(show(press(at("one two|"), "ctrl-w", "ctrl-y", "ctrl-y"))).toBe("one twotwo|");
    expect(show(press(at("not| yet"), "ctrl-c", "ctrl-y"))).toBe("not yet|");
  });
});

describe("typing", () => {
  it("inserts at the cursor", () => {
    expect(show(edit(at("你|吗"), typed("好")))).toBe("你好|吗");
  });

  it("keeps the cursor between graphemes when halves of a flag meet", () => {
    const half = edit(at("a|"), typed("🇨"));
    expect(show(edit(half, typed("🇳")))).toBe("a🇨🇳|");
    expect(show(edit(at("|🇳x"), typed("🇨")))).toBe("🇨🇳|x");
  });

  it("breaks the row with Alt-Enter and Ctrl-J", () => {
    expect(show(press(at("a|"), "alt-return", "ctrl-j"))).toBe("a\n\n|");
  });

  it("inserts a paste verbatim, line breaks included", () => {
    expect(show(edit(at("x|"), { kind: "paste", text: "/a\n\tb\n" }))).toBe("x/a\n\tb\n|");
  });

  it("drops control and bidi override characters, from any source", () => {
    expect(show(edit(at("|"), { kind: "paste", text: "a\x1b[31m\x00b\u202ec\u2066" }))).toBe("a[31mbc|");
  });

  it("is truncated at its limit, never inside a grapheme", () => {
    const full = edit(at("|"), { kind: "paste", text: "👍".repeat(maxInputLength) });
    expect(full.text.length).toBe(maxInputLength);
    expect(edit({ ...full, cursor: 0 }, typed("a")).text.length).toBe(maxInputLength);
    const almost = edit(at("|"), { kind: "paste", text: "a".repeat(maxInputLength - 1) });
    expect(edit(almost, typed("👍")).text).toBe(almost.text);
  });

  it("ignores keys without a function", () => {
    expect(show(press(at("a|b"), "f5", "escape", "alt-x", "ctrl-q"))).toBe("a|b");
  });
});

describe("the history", () => {
  it("shows earlier inputs and restores the draft", () => {
    const start = at("dra|ft", ["one", "two"]);
    expect(show(press(start, "up"))).toBe("two|");
    expect(show(press(start, "ctrl-p", "ctrl-p", "ctrl-p"))).toBe("one|");
    expect(show(press(start, "up", "up", "down", "ctrl-n", "down"))).toBe("draft|");
  });

  it("keeps edits of earlier inputs while browsing", () => {
    const changed = edit(press(at("draft|", ["one", "two"]), "up"), typed("!"));
    expect(show(press(changed, "down"))).toBe("draft|");
    expect(show(press(changed, "down", "up"))).toBe("two!|");
  });

  it("keeps submitted inputs, except blank ones and repeats", () => {
    const first = submitted(at("one|"));
    expect(first.history).toEqual(["one"]);
    expect(submitted({ ...first, text: "one" }).history).toEqual(["one"]);
    expect(submitted({ ...first, text: "  " }).history).toEqual(["one"]);
    expect(show(press(first, "up"))).toBe("one|");
  });

  it("steps through the rows of a multi-line input before it browses earlier inputs", () => {
    const start = at("a\nb|", ["old"]);
    expect(show(press(start, "up"))).toBe("a|\nb");
    expect(show(press(start, "up", "up"))).toBe("old|");
  });
});

describe("kills", () => {
  it.each([
    ["one two|", ["ctrl-w", "ctrl-w", "ctrl-y"], "one two|"],
    ["one| two", ["ctrl-k", "ctrl-u", "ctrl-y"], "one two|"],
    ["|one two", ["alt-d", "alt-d", "ctrl-y", "ctrl-y"], "one twoone two|"],
    ["one two|", ["ctrl-w", "left", "ctrl-w", "ctrl-y"], "one| "],
    ["one two|", ["ctrl-c", "ctrl-y"], "one two|"],
    ["我们今天开会|", ["ctrl-w", "ctrl-w", "ctrl-y"], "我们今天开会|"],
  ])("in a row are one: %j, %j", (start, chords, expected) =>
    expect(show(press(at(start), ...chords))).toBe(expected),
  );

  it("are not joined across a text", () => {
    const killed = press(at("one two|"), "ctrl-w");
    expect(show(press(edit(killed, typed("x")), "ctrl-w", "ctrl-y"))).toBe("one x|");
  });
});

describe("undo", () => {
  const typeAll = (text: string) => [...text].reduce((state, one) => edit(state, typed(one)), emptyEditor);

  it("takes back a word at a time, and every other edit", () => {
    const state = press(typeAll("one two"), "ctrl-w", "ctrl-y");
    const steps = ["one |", "one two|", "one|", "|", "|"];
    let back = state;
    for (const step of steps) {
      back = edit(back, chord("ctrl-_"));
      expect(show(back)).toBe(step);
    }
  });

  it("also takes back a paste and what ^C cleared, by either of its keys", () => {
    const pasted = edit(at("a|"), { kind: "paste", text: "b\nc" });
    expect(show(press(pasted, "ctrl-x", "ctrl-u"))).toBe("a|");
    expect(show(press(pasted, "ctrl-c", "ctrl-_"))).toBe("ab\nc|");
  });

  it("does not go back into another input", () => {
    expect(show(press(at("draft|", ["old"]), "ctrl-w", "up", "ctrl-_"))).toBe("old|");
  });

  it("transposes", () => {
    expect(show(press(at("teh|"), "ctrl-t"))).toBe("the|");
    expect(show(press(at("你|好"), "ctrl-t"))).toBe("好你|");
    expect(show(press(at("a|"), "ctrl-t"))).toBe("a|");
  });
});

describe("a search in earlier inputs", () => {
  const history = ["make test", "Deploy now", "make build", "hello"];
  const search = (query: string, ...chords: string[]) =>
    press(
      [...query].reduce((s, one) => edit(s, typed(one)), press(at("draft|", history), "ctrl-r")),
      ...chords,
    );

  it("finds the latest that contains the query, and with ^R older ones", () => {
    expect(show(search(""))).toBe("draft|");
    expect(show(search("make"))).toBe("make build|");
    expect(show(search("make", "ctrl-r"))).toBe("make test|");
    expect(show(search("deploy"))).toBe("Deploy now|");
    expect(search("make", "ctrl-r", "ctrl-r").search).toMatchObject({ isFailed: true });
    expect(show(search("make t", "backspace"))).toBe("make build|");
    expect(show(search("m", "backspace"))).toBe("draft|");
  });

  it("ends with what is shown, and sends nothing by itself", () => {
    const accepted = search("make", "return");
    expect([show(accepted), accepted.search]).toEqual(["make build|", null]);
    expect(actionOf(search("make"), chord("return"))).toBeUndefined();
    expect(show(search("make", "home"))).toBe("|make build");
  });

  it.each(["escape", "ctrl-g", "ctrl-c"])("goes back to the draft with %s", (key) =>
    expect(show(search("make", key))).toBe("draft|"),
  );
});

describe("the person's own keys", () => {
  it("add to the others, replace them, or take them away", () => {
    const keymap = new Keymap({ "C-x C-k": "kill-line", "Alt-P": "previous-history", "ctrl-u": "none" });
    const go = (state: EditorState, ...chords: string[]) =>
      chords.reduce((next, name) => edit(next, chord(name), keymap), state);
    expect(show(go(at("a|b"), "ctrl-x", "ctrl-k"))).toBe("a|");
    expect(show(go(at("|", ["old"]), "alt-p"))).toBe("old|");
    expect(show(go(at("ab|"), "ctrl-u"))).toBe("ab|");
    expect(keymap.keysOf("previous-history")).toEqual(["ctrl-p", "alt-p"]);
  });

  it.each([
    [{ "ctrl-x": "kil-line" }, "kil-line"],
    [{ "hyper-x": "kill-line" }, "hyper-x"],
    [{ x: "kill-line" }, "x"],
    [{ "ctrl-x ctrl-": "kill-line" }, "ctrl-"],
  ])("are refused if there is no such key or function: %j", (bindings, wrong) => {
    expect(() => new Keymap(bindings)).toThrow(expect.objectContaining({ wrong }));
  });
});

describe("a full input", () => {
  it("leaves the rest out, and knows it until something is taken out", () => {
    const full = edit(emptyEditor, { kind: "paste", text: "x".repeat(maxInputLength + 1) });
    expect([full.text.length, full.isFull]).toEqual([maxInputLength, true]);
    expect(edit(full, chord("left")).isFull).toBe(true);
    expect(edit(full, chord("backspace")).isFull).toBe(false);
    expect(edit(emptyEditor, typed("x")).isFull).toBe(false);
  });
});

describe("keys for the program", () => {
  it.each([
    ["return", "text|", "submit"],
    ["tab", "|", "complete-next"],
    ["shift-tab", "|", "complete-previous"],
    ["ctrl-l", "|", "redraw"],
    ["ctrl-c", "|", "interrupt"],
    ["ctrl-c", "a|", undefined],
    ["ctrl-d", "|", "leave"],
    ["ctrl-d", "|a", undefined],
    ["alt-return", "a|", undefined],
    ["left", "a|", undefined],
  ])("%s on %j means %s", (name, text, action) => {
    expect(actionOf(at(text), chord(name))).toBe(action);
  });
});

describe("completion", () => {
  const people = {
    start: 3,
    end: 6,
    candidates: [
      { text: "@alice ", label: "alice" },
      { text: "@alex ", label: "alex" },
      { text: "@阿里 ", label: "阿里" },
    ],
  };

  it("inserts the first candidate and cycles through the others, both ways", () => {
    const open = openMenu(at("hi @al|!"), people);
    expect(show(open)).toBe("hi @alice |!");
    expect(show(cycleMenu(open, 1))).toBe("hi @alex |!");
    expect(show(cycleMenu(cycleMenu(open, 1), 1))).toBe("hi @阿里 |!");
    expect(show(cycleMenu(open, -1))).toBe("hi @阿里 |!");
    expect(show(openMenu(at("hi @al|!"), people, -1))).toBe("hi @阿里 |!");
  });

  it("ends with any other key, which has its usual function", () => {
    const after = edit(openMenu(at("hi @al|"), people), typed("x"));
    expect(show(after)).toBe("hi @alice x|");
    expect(after.menu).toBeNull();
    expect(cycleMenu(after, 1)).toBe(after);
  });

  it("opens no menu for one candidate and changes nothing for none", () => {
    const one = openMenu(at("@al|"), { start: 0, end: 3, candidates: people.candidates.slice(0, 1) });
    expect([show(one), one.menu]).toEqual(["@alice |", null]);
    const before = at("@zz|");
    expect(openMenu(before, { start: 0, end: 3, candidates: [] })).toBe(before);
  });
});

describe("any sequence of keys", () => {
  it("leaves the cursor between graphemes and no control character in the text", () => {
    let seed = 7;
    const random = (below: number) => {
      seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0;
      return (seed >>> 8) % below;
    };
    const chords = ["left", "right", "up", "down", "home", "end", "alt-b", "alt-f", "backspace", "delete"];
    chords.push("ctrl-w", "ctrl-u", "ctrl-k", "ctrl-y", "alt-return", "ctrl-c", "ctrl-p", "ctrl-n");
    const texts = [
      "a",
      "你",
      "🇨",
      "🇳",
      "\u0301",
      "\u200d",
      "👩",
      "🏽",
      " ",
      "ㄱ",
      "ᅡ",
      "ก",
      "ำ",
      "\x1b",
      "क",
      "्",
    ];
    let state = emptyEditor;
    for (let step = 0; step < 5000; step++) {
      const choice = random(10);
      if (choice < 5) state = edit(state, typed(texts[random(texts.length)] ?? ""));
      else if (choice < 9) state = edit(state, chord(chords[random(chords.length)] ?? ""));
      else if (random(8) === 0) state = submitted(state);
      const boundaries = [0];
      for (const grapheme of graphemes(state.text))
        boundaries.push((boundaries.at(-1) ?? 0) + grapheme.length);
      expect(boundaries).toContain(state.cursor);
      expect(state.text).not.toMatch(/[\x00-\x09\x0b-\x1f]/);
    }
  });
});

describe("a refused text", () => {
  const refused = (marked: string, isSecret = false) => ({
    ...at(marked, ["before"]),
    refused: { isSecret },
  });

  it.each([typed("h"), { kind: "paste", text: "h" } as const])("gives way to the next text: %o", (key) => {
    const next = edit(refused("/repyl hi|"), key);
    expect(show(edit(next, typed("i")))).toBe("hi|");
    expect(next.history).toEqual(["before", "/repyl hi"]);
    expect(show(press(next, "up"))).toBe("/repyl hi|");
    expect(show(press(next, "ctrl-_"))).toBe("/repyl hi|");
  });

  it.each([
    ["left", "/repyl h|i"],
    ["backspace", "/repyl h|"],
    ["home", "|/repyl hi"],
    ["escape", "/repyl hi|"],
  ])("stays to be corrected after %s", (key, shown) => {
    const next = press(refused("/repyl hi|"), key);
    expect(show(next)).toBe(shown);
    expect(show(edit(next, typed("!")))).toBe(shown.replace("|", "!|"));
    expect(next.history).toEqual(["before"]);
  });

  it("with a secret is not kept among the earlier inputs", () => {
    const next = edit(refused("register hunter22|", true), typed("h"));
    expect([show(next), next.history]).toEqual(["h|", ["before"]]);
  });

  it("is the latest earlier input once", () => {
    expect(edit({ ...refused("before|") }, typed("h")).history).toEqual(["before"]);
  });
});
