/**
 * Screens of all sizes that are resized all the time, on an emulator that responds as xterm.js does. In the end every
 * message is there once, in order, and one footer.
 */
import { describe, expect, it } from "vitest";
import { layoutInput, statusRow } from "./footer.js";
import type { Size } from "./screen/frame.js";
import { createFakeClock } from "./screen/test-clock.js";
import { FakeScreen, type FakeScreenOptions } from "./screen/test-emulator.js";
import { createTerminal } from "./terminal.js";
import { FakeProcess, FakeStdin } from "./test-streams.js";

interface Conditions {
  readonly changes: "columns" | "rows" | "both";
  /** Sizes the screen may take between two frames. Default 3. */
  readonly sizesPerFrame?: number;
  /** Default the emulator's own. */
  readonly emulator?: FakeScreenOptions;
  /** Whether the emulator's responses arrive. Default true. */
  readonly answers?: boolean;
  /** Cells of a message at most. Default 140. */
  readonly messageCells?: number;
}

interface Outcome {
  /** The messages that are left are the last ones written, each once, and all of them if the history holds them. */
  readonly isWhole: boolean;
  /** Nothing else is there but the footer. */
  readonly isClean: boolean;
  /** The footer's first row was pushed from the screen into the history, where nothing can be erased. */
  readonly outOfReach: boolean;
}

const typed = "这是一段很长的输入，and some English words 再来一点中文，".repeat(3);

/** Every whole number from 0 below `below`, the same ones for the same seed. */
function createRandom(seed: number): (below: number) => number {
  let state = Math.imul(seed, 2654435761) >>> 0;
  return (below) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

async function chat(seed: number, conditions: Conditions): Promise<Outcome> {
  const { changes, sizesPerFrame = 3, emulator = {}, answers = true, messageCells = 140 } = conditions;
  const random = createRandom(seed);
  const someRows = () => (random(10) === 0 ? 3 : 3 + random(38));
  const someColumns = () => (random(10) === 0 ? 20 : 12 + random(108));
  const screen = new FakeScreen({ columns: someColumns(), rows: someRows(), scrollback: 2000, ...emulator });
  const stdin = new FakeStdin();
  const clock = createFakeClock();
  if (answers) screen.onAnswer((bytes) => stdin.emit("data", bytes));
  let input = { text: "", cursor: 0 };
  const footer = (size: Size) => {
    const { rows, cursorRow, cursorColumn } = layoutInput(input, "小明> ", size);
    const status = statusRow(" STATUS", "/help", size.columns);
    return { rows: [status, ...rows], cursorRow: cursorRow + 1, cursorColumn };
  };
  const terminal = createTerminal({
    stdin,
    stdout: screen,
    env: {},
    signals: new FakeProcess(),
    clock,
    footer,
    // The terminal moves what it has wrapped itself.
    wrap: "terminal",
    skippedLine: String,
    onKeys: () => undefined,
    onEnd: () => undefined,
  });
  const said: string[] = [];
  const say = () => {
    const cells = random(messageCells);
    said.push(`#${said.length}:${random(2) === 0 ? "m".repeat(cells) : "长".repeat(cells / 2)}`);
    terminal.print(said.at(-1) ?? "");
  };
  const type = () => {
    const text = typed.slice(0, random(3) === 0 ? random(8) : random(typed.length));
    input = { text, cursor: random(2) === 0 ? text.length : random(text.length + 1) };
  };
  const frame = async () => {
    terminal.drawNow();
    await screen.settled();
    // The effect of the responses.
    clock.advance(200);
  };

  async function look(outOfReach: boolean): Promise<Outcome> {
    const lines = await screen.lines();
    const isMessage = (line: string) => /^#\d+:/.test(line);
    const messages = lines.filter(isMessage);
    const isFull = lines.length > 0 && emulator.scrollback !== undefined;
    const expected = isFull ? said.slice(said.length - messages.length) : said;
    const others = lines.filter((line) => !isMessage(line)).join("");
    const shown = footer(terminal.size).rows.join("");
    return {
      isWhole: messages.length > 0 && messages.join("\n") === expected.join("\n"),
      isClean: others.replaceAll(" ", "") === shown.replaceAll(" ", ""),
      outOfReach,
    };
  }

  for (let n = random(3) === 0 ? 2 : screen.rows + 5; n > 0; n--) say();
  type();
  await frame();
  let outcome = await look(false);
  for (let step = 0; step < 4 && outcome.isWhole && outcome.isClean; step++) {
    // Without the emulator's option for it the cursor stays in its row, and a lower screen pushes out what is above.
    const { cursorRow, rows: drawn } = footer(terminal.size);
    const before = terminal.size.columns;
    let { outOfReach } = outcome;
    for (let n = random(sizesPerFrame); n >= 0; n--) {
      const columns = changes === "rows" ? screen.columns : someColumns();
      const rows = changes === "columns" ? screen.rows : someRows();
      await screen.resize(columns, rows);
      const wrapped = Math.ceil((before * drawn.length) / (columns - 1));
      outOfReach ||= rows <= (emulator.reflowCursorLine ? wrapped : cursorRow);
    }
    if (random(2) === 0) say();
    if (random(3) === 0) type();
    await frame();
    outcome = await look(outOfReach);
  }
  terminal.close();
  return outcome;
}

/** Seeds that failed. */
async function chats(count: number, conditions: Conditions) {
  const seeds = Array.from({ length: count }, (_, n) => n + 1);
  const outcomes = await Promise.all(
    seeds.map(async (seed) => ({ seed, ...(await chat(seed, conditions)) })),
  );
  const those = (holds: (outcome: Outcome) => boolean) => outcomes.filter(holds).map(({ seed }) => seed);
  return {
    lost: those(({ isWhole }) => !isWhole),
    ghosts: those(({ isClean, outOfReach }) => !isClean && !outOfReach),
    inReach: those(({ outOfReach }) => !outOfReach).length,
  };
}

const none: readonly number[] = [];

/**
 * One row may stay behind where the very first changes of width make the screen both wider and, in between or at once,
 * lower or narrower, and the cursor is not in the last row: what the terminal does is not measured yet (5 of 1,000
 * seeds with `both`, none of those below).
 */
describe("under xterm.js", () => {
  it.each([
    ["columns", 100],
    ["rows", 100],
    ["both", 150],
  ] as const)("a screen that gets other %s keeps one footer and every message", async (changes, count) => {
    const found = await chats(count, { changes });
    expect(found).toMatchObject({ lost: none, ghosts: none });
    expect(found.inReach).toBeGreaterThan(count / 2);
  });

  it("a full history, whose rows go as others come, changes nothing", async () => {
    // Messages that never wrap: where wrapping overfills the history, xterm.js 6.0.0 itself loses rows at the bottom.
    const emulator = { scrollback: 10 };
    const found = await chats(20, { changes: "both", emulator, messageCells: 6 });
    expect(found).toMatchObject({ lost: none, ghosts: none });
  });

  it("the same holds where the program around it has the cursor's line wrapped too", async () => {
    const emulator = { reflowCursorLine: true };
    const found = await chats(30, { changes: "columns", emulator, sizesPerFrame: 1 });
    expect(found).toMatchObject({ lost: none, ghosts: none });
    expect(found.inReach).toBeGreaterThan(15);
  });
});

describe("where the terminal does not identify itself", () => {
  it("a piece of an old footer may remain, but no message is lost", async () => {
    for (const reflowCursorLine of [false, true]) {
      const found = await chats(20, { changes: "both", emulator: { reflowCursorLine }, answers: false });
      expect(found).toMatchObject({ lost: none });
    }
  });
});
