import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { layoutInput, statusRow } from "../footer.js";
import { type EditorState, emptyEditor } from "../input/editor-state.js";
import type { Size } from "./frame.js";
import type { Reflow } from "./reflow.js";
import { createRenderer, maxQueueLength, readyLength } from "./renderer.js";
import { createFakeClock, type FakeClock } from "./test-clock.js";
import { FakeScreen } from "./test-emulator.js";

let clock: FakeClock;
let editor: EditorState;
let screen: FakeScreen;
let renderer: ReturnType<typeof createRenderer>;

function footer(size: Size) {
  const { rows, cursorRow, cursorColumn } = layoutInput(editor, "小明> ", size);
  const status = `\x1b[7m${statusRow(" STATUS", "/help", size.columns)}\x1b[27m`;
  return { rows: [status, ...rows], cursorRow: cursorRow + 1, cursorColumn };
}

function open(columns = 80, rows = 24, reflow: Reflow = "all") {
  screen = new FakeScreen({ columns, rows });
  renderer = createRenderer({
    out: screen,
    footer,
    skippedLine: (count) => `---- ${count} left out ----`,
    reflow: () => reflow,
    clock,
  });
}

function type(text: string, cursor = text.length) {
  editor = { ...emptyEditor, text, cursor };
  renderer.drawNow();
}

beforeEach(() => {
  clock = createFakeClock();
  editor = emptyEditor;
  open();
});

afterEach(() => {
  renderer.close();
});

describe("a frame", () => {
  it("is one write, ends with the cursor in the input, and clears nothing by CSI J", async () => {
    type("你好");
    for (let n = 0; n < 50; n++) renderer.print(`message ${n}`);
    clock.advance(1000);
    type("你好，再");
    expect(screen.writes).toHaveLength(3);
    for (const write of screen.writes) {
      expect(write.startsWith("\x1b[?2026h\x1b[?25l")).toBe(true);
      expect(write.endsWith("\x1b[?25h\x1b[?2026l")).toBe(true);
      expect(write).not.toMatch(/\x1b\[[0-3]?J/);
    }
    expect((await screen.grid()).split("\n").at(-1)).toBe("小明> 你好，再█");
  });

  it("leaves the cursor where it is in the middle of a wrapped input", async () => {
    open(20, 24);
    type("一二三四五六七八九十一二三四五六七八九十", 3);
    expect(await screen.grid()).toBe(
      [" STATUS       /help", "小明> 一二三█四五六七", "八九十一二三四五六七", "八九十"].join("\n"),
    );
  });

  it("wraps messages between words, for the screen of its moment, unless the terminal is to", async () => {
    const message = "18:05 bob: the quick brown fox";
    renderer.print(message);
    await screen.resize(24, 24);
    clock.advance(1000);
    expect((await screen.grid()).split("\n").slice(0, 2)).toEqual(["18:05 bob: the quick", "    brown fox"]);
    screen = new FakeScreen({ columns: 24, rows: 24 });
    renderer = createRenderer({ out: screen, footer, skippedLine: String, wrap: "terminal", clock });
    renderer.print(message);
    clock.advance(1000);
    expect((await screen.lines())[0]).toBe(message);
  });

  it("waits while the screen has too few columns for any footer", async () => {
    open(60, 24, "tmux");
    for (let n = 0; n < 30; n++) renderer.print(`message ${n}`);
    clock.advance(1000);
    const before = screen.writes.length;
    await screen.resize(1, 24);
    renderer.resized();
    renderer.print("meanwhile");
    type("x");
    clock.advance(1000);
    expect(screen.writes.slice(before).filter((write) => write.includes("STATUS"))).toEqual([]);
    await screen.resize(60, 24);
    renderer.resized();
    clock.advance(1000);
    const lines = await screen.lines();
    // The footer is one line, see joined-rows.ts.
    expect(lines.slice(-2)).toEqual(["meanwhile", expect.stringMatching(/^ STATUS .*小明> x$/)]);
    expect(lines.filter((line) => line.includes("STATUS"))).toHaveLength(1);
  });

  it("waits in tmux while part of the footer has left the screen, but not for a key or a message", async () => {
    open(60, 24, "tmux");
    type("");
    const shrinksAndGrows = async () => {
      for (const [columns, rows] of [
        [10, 2],
        [60, 24],
      ] as const) {
        await screen.resize(columns, rows);
        renderer.resized();
        clock.advance(1000);
      }
    };
    const before = screen.writes.length;
    const written = () => screen.writes.slice(before).filter((write) => write.includes("STATUS")).length;
    await shrinksAndGrows();
    expect(written()).toBe(1);
    await screen.resize(10, 2);
    renderer.resized();
    clock.advance(1000);
    expect(written()).toBe(1);
    type("x");
    renderer.print("a message");
    clock.advance(1000);
    expect(screen.writes.slice(before).join("")).toContain("小明> x");
    expect(screen.writes.slice(before).join("")).toContain("a message");
  });

  it("grows and shrinks with the input and leaves nothing behind", async () => {
    open(20, 12);
    for (let n = 0; n < 30; n++) renderer.print(`message ${n}`);
    clock.advance(100);
    type("x".repeat(70));
    type("x");
    renderer.print("the last");
    clock.advance(1000);
    const lines = await screen.lines();
    expect(lines.slice(-3)).toEqual(["the last", " STATUS       /help", "小明> x"]);
    expect(lines.filter((line) => line.includes("STATUS"))).toHaveLength(1);
    expect(lines.filter((line) => line.startsWith("message"))).toHaveLength(30);
  });

  it("never wraps a long line, so that it is copied whole", async () => {
    open(40, 10);
    const url = `https://example.org/${"path/".repeat(30)}`;
    renderer.print(`18:05 bob: ${url}`);
    renderer.drawNow();
    clock.advance(200);
    expect(await screen.lines()).toContain(`18:05 bob: ${url}`);
  });
});

describe("pacing", () => {
  it("draws after a key at once, and messages every 33 ms", () => {
    renderer.print("first");
    clock.advance(0);
    expect(screen.writes).toHaveLength(1);
    renderer.print("second");
    clock.advance(32);
    expect(screen.writes).toHaveLength(1);
    clock.advance(1);
    expect(screen.writes).toHaveLength(2);
  });

  it("shows messages every 100 ms while the person types, for 2 s", () => {
    type("a");
    renderer.print("one");
    clock.advance(99);
    expect(screen.writes).toHaveLength(1);
    type("ab");
    expect(screen.writes).toHaveLength(2);
    expect(screen.writes[1]).not.toContain("one");
    clock.advance(1);
    expect(screen.writes[2]).toContain("one");
    clock.advance(2000);
    renderer.print("two");
    clock.advance(0);
    expect(screen.writes[3]).toContain("two");
    renderer.print("three");
    clock.advance(33);
    expect(screen.writes[4]).toContain("three");
  });

  it("draws many changes as one frame", () => {
    for (let n = 0; n < 100; n++) renderer.drawSoon();
    clock.advance(1000);
    expect(screen.writes).toHaveLength(1);
  });
});

describe("a flood", () => {
  it("shows every message once and in order, under an input being typed", async () => {
    open(60, 10);
    for (let n = 0; n < 5000; n++) {
      renderer.print(`#${n} 消息 ${"长".repeat(n % 50)}`);
      if (n % 97 === 0) type("正在打字 ".repeat(1 + (n % 7)));
      if (n % 20 === 0) clock.advance(10);
    }
    clock.advance(1000);
    const lines = await screen.lines();
    const numbers = lines.flatMap((line) =>
      line.startsWith("#") ? [Number.parseInt(line.slice(1), 10)] : [],
    );
    expect(numbers).toEqual(Array.from({ length: 5000 }, (_, n) => n));
    expect(lines.filter((line) => line.includes("STATUS"))).toHaveLength(1);
  });

  it("waits for a slow terminal and then draws the latest state once", async () => {
    type("a");
    screen.writableNeedDrain = true;
    type("ab");
    renderer.print("meanwhile");
    type("abc");
    clock.advance(5000);
    expect(screen.writes).toHaveLength(1);
    screen.writableNeedDrain = false;
    screen.emit("drain");
    expect(screen.writes).toHaveLength(2);
    expect((await screen.lines()).slice(-3)).toEqual([
      "meanwhile",
      ` STATUS${" ".repeat(67)}/help`,
      "小明> abc",
    ]);
  });

  it("applies backpressure to the feed while much is queued", async () => {
    await expect(renderer.ready()).resolves.toBeUndefined();
    screen.writableNeedDrain = true;
    renderer.drawNow();
    while (true) {
      renderer.print("x".repeat(1000));
      const ready = await Promise.race([
        renderer.ready().then(() => true),
        Promise.resolve().then(() => false),
      ]);
      if (!ready) break;
    }
    const waiting = renderer.ready();
    screen.writableNeedDrain = false;
    screen.emit("drain");
    await expect(waiting).resolves.toBeUndefined();
  });

  it("drops the oldest and shows their number without backpressure, so that memory stays bounded", () => {
    screen.writableNeedDrain = true;
    renderer.drawNow();
    const line = "y".repeat(1000);
    for (let n = 0; n < (3 * maxQueueLength) / line.length; n++) renderer.print(line);
    renderer.print("the newest");
    screen.writableNeedDrain = false;
    screen.emit("drain");
    clock.advance(60_000);
    const shown = screen.writes.join("");
    expect(shown).toMatch(/---- \d+ left out ----/);
    expect(shown).toContain("the newest");
    expect(shown.length).toBeLessThan(maxQueueLength * 1.1);
    expect(readyLength).toBeLessThan(maxQueueLength);
  });
});

describe("a resized screen", () => {
  const long = "这是一段很长的输入，用来检查换行之后有没有残影 and some English words 再来一点中文";

  it("keeps one footer and every message, wherever the cursor is in a wrapped Chinese input", async () => {
    let seed = 23;
    const random = (below: number) => {
      seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0;
      return (seed >>> 8) % below;
    };
    for (let round = 0; round < 8; round++) {
      open(20 + random(80), 24, "xterm.js");
      for (let n = 0; n < 40; n++) renderer.print(`#${n} 消息`);
      clock.advance(100);
      type(long, random(2) === 0 ? long.length : random(long.length));
      for (let step = 0; step < 10; step++) {
        await screen.resize(20 + random(80), 24);
        renderer.drawSoon();
        clock.advance(100);
        const lines = await screen.lines();
        expect(lines.filter((line) => line.includes("STATUS"))).toHaveLength(1);
        expect(lines.filter((line) => line.startsWith("#"))).toHaveLength(40);
      }
      renderer.close();
    }
  });

  it("loses no message and no typed text on 20 columns and 3 rows, resized all the time", async () => {
    open(20, 3, "xterm.js");
    let printed = 0;
    for (let step = 0; step < 60; step++) {
      await screen.resize(step % 2 === 0 ? 20 : 37, 3 + (step % 5));
      renderer.print(`#${printed++}`);
      type(long.slice(0, step));
      clock.advance(100);
    }
    await screen.resize(80, 24);
    type(long);
    clock.advance(100);
    const numbers = (await screen.lines()).flatMap((line) =>
      line.startsWith("#") ? [Number(line.slice(1))] : [],
    );
    expect(numbers).toEqual(Array.from({ length: printed }, (_, n) => n));
    expect((await screen.lines()).at(-1)).toContain(`小明> ${long}`);
  });

  it("finds its rows again when a screen with fewer rows cut them off", async () => {
    open(20, 20, "xterm.js");
    for (let n = 0; n < 18; n++) renderer.print(`#${n}`);
    clock.advance(100);
    type(long, 2);
    await screen.resize(20, 10);
    renderer.drawSoon();
    clock.advance(100);
    const lines = await screen.lines();
    expect(lines.filter((line) => line.startsWith("#"))).toHaveLength(18);
    expect(lines.filter((line) => line.includes("STATUS"))).toHaveLength(1);
  });
});

describe("in tmux, which reports a new size late", () => {
  it("nothing is drawn until the size has settled, and then everything", () => {
    renderer.close();
    renderer = createRenderer({ out: screen, footer, skippedLine: String, reflow: () => "tmux", clock });
    renderer.drawNow();
    const before = screen.writes.length;
    renderer.resized();
    renderer.print("meanwhile");
    type("typed");
    clock.advance(200);
    renderer.resized();
    clock.advance(279);
    expect(screen.writes).toHaveLength(before);
    clock.advance(1);
    expect(screen.writes).toHaveLength(before + 1);
    expect(screen.writes.at(-1)).toContain("meanwhile");
    expect(screen.writes.at(-1)).toContain("typed");
  });
});

describe("leaving", () => {
  it("erases the footer, shows what was queued and leaves the cursor in its place", async () => {
    type("not sent");
    renderer.print("the last word");
    renderer.close();
    expect(await screen.grid()).toBe("the last word\n█");
    renderer.print("too late");
    renderer.drawNow();
    clock.advance(1000);
    expect(screen.writes).toHaveLength(2);
  });
});
