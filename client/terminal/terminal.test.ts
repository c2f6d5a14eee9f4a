import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { Key } from "./input/keys.js";
import { createFakeClock, type FakeClock } from "./screen/test-clock.js";
import { FakeScreen } from "./screen/test-emulator.js";
import { createTerminal, type Terminal, type TerminalOptions } from "./terminal.js";
import { FakeProcess, FakeStdin } from "./test-streams.js";

let clock: FakeClock;
let stdin: FakeStdin;
let screen: FakeScreen;
let signals: FakeProcess;
let keys: Key[];
let ends: number;
let terminal: Terminal;

function open(options: Partial<TerminalOptions> = {}): void {
  terminal = createTerminal({
    stdin,
    stdout: screen,
    env: {},
    signals,
    ambiguous: "narrow",
    clock,
    footer: () => ({ rows: [" STATUS", "ming> hi"], cursorRow: 1, cursorColumn: 8 }),
    skippedLine: (count) => `${count} left out`,
    onKeys: (batch) => keys.push(...batch),
    onEnd: () => {
      ends++;
    },
    ...options,
  });
}

beforeEach(() => {
  clock = createFakeClock();
  stdin = new FakeStdin();
  screen = new FakeScreen({ columns: 40, rows: 10 });
  signals = new FakeProcess();
  keys = [];
  ends = 0;
});

afterEach(() => {
  terminal.close();
  vi.useRealTimers();
});

const written = () => screen.writes.join("");
const restored = /\x1b\[\?2026l\x1b\[\?2004l\x1b\[\?25h\x1b\[0m$/;

describe("a terminal", () => {
  it("is waited for until it has responded, so that no response is typed into the shell", async () => {
    open({ ambiguous: "auto" });
    let isSettled = false;
    const settled = terminal.settled().then(() => {
      isSettled = true;
    });
    stdin.emit("data", "\x1b[1;2R");
    await Promise.resolve();
    expect(isSettled).toBe(false);
    stdin.emit("data", "\x1b[>84;0;0c");
    await settled;
    terminal.close();
    expect(stdin.raw).toBe(false);
  });

  it("takes the line end of what was typed before it was open for Enter, and none later", () => {
    open();
    stdin.emit("data", Buffer.from("hello\n"));
    stdin.emit("data", Buffer.from("\n"));
    expect(keys).toEqual([
      { kind: "text", text: "hello" },
      { kind: "chord", chord: "return" },
      { kind: "chord", chord: "ctrl-j" },
    ]);
  });

  it("is raw with bracketed paste while it is open, and as before when it is closed", async () => {
    open();
    expect([stdin.raw, stdin.flowing]).toEqual([true, true]);
    expect(written()).toContain("\x1b[?2004h");
    terminal.drawNow();
    expect(await screen.grid()).toBe(" STATUS\nming> hi█");
    terminal.close();
    expect([stdin.raw, stdin.flowing]).toEqual([false, false]);
    expect(written()).toMatch(restored);
    expect(await screen.grid()).toBe("█");
    const count = screen.writes.length;
    terminal.close();
    terminal.drawNow();
    terminal.print("too late");
    expect(screen.writes).toHaveLength(count);
  });

  it("reports the focus of its window, of which nothing is typed text", () => {
    const focus: boolean[] = [];
    open({ onFocus: (isFocused) => focus.push(isFocused) });
    expect(written()).toContain("\x1b[?1004h");
    stdin.emit("data", "a\x1b[Ob");
    stdin.emit("data", "\x1b[");
    stdin.emit("data", "Ic");
    expect(focus).toEqual([false, true]);
    const typed = keys.map((key) => (key.kind === "text" ? key.text : JSON.stringify(key)));
    expect(typed).toEqual(["ab", "c"]);
    terminal.close();
    expect(written().lastIndexOf("\x1b[?1004l")).toBeGreaterThan(written().lastIndexOf("\x1b[?1004h"));
  });

  it("is restored at exit, whatever the reason", () => {
    open();
    terminal.drawNow();
    signals.emit("exit");
    expect(stdin.raw).toBe(false);
    expect(written()).toMatch(restored);
  });

  it("leaves no listener behind", () => {
    open();
    terminal.close();
    expect([stdin.eventNames(), signals.eventNames()]).toEqual([[], []]);
    expect(screen.eventNames()).toEqual(["error"]);
  });

  it("reports keys, and text that ends in the middle", () => {
    open();
    stdin.emit("data", Buffer.from("\x1b[200~half a paste"));
    stdin.emit("end");
    stdin.emit("close");
    expect(keys).toEqual([{ kind: "paste", text: "half a paste" }]);
    expect(ends).toBe(1);
  });

  it("ends once when input or output fail", () => {
    open();
    screen.emit("error", new Error("EIO"));
    stdin.emit("error", new Error("EIO"));
    expect(ends).toBe(1);
  });

  it("draws again when its size changes", async () => {
    open();
    terminal.drawNow();
    clock.advance(1000);
    const count = screen.writes.length;
    await screen.resize(30, 8);
    clock.advance(100);
    expect(screen.writes).toHaveLength(count + 1);
    expect(terminal.size).toEqual({ columns: 30, rows: 8 });
    expect(await screen.grid()).toBe(" STATUS\nming> hi█");
  });

  it("sets the title and restores the old one", () => {
    open();
    terminal.setTitle("(1) parlance");
    terminal.setTitle("(2) parlance");
    terminal.signal("\x07");
    clock.advance(100);
    expect(screen.writes.at(-1)).toMatch(
      /\x1b\[\?2026l\x1b\[22;2t\x1b\]2;\(1\) parlance\x07\x1b\]2;\(2\) parlance\x07\x07$/,
    );
    terminal.close();
    expect(written().match(/\x1b\[2[23];2t/g)).toEqual(["\x1b[22;2t", "\x1b[23;2t"]);
  });
});

describe("the width of ambiguous characters", () => {
  it("is queried, and the sample is erased at once", async () => {
    screen.onAnswer((bytes) => stdin.emit("data", bytes));
    open({ ambiguous: "auto" });
    expect(written()).toContain("\x1b[6n");
    await screen.settled();
    expect(terminal.ambiguous()).toBe("narrow");
    expect(await screen.grid()).toBe("█");
  });

  it("is wide where the sample takes two cells", () => {
    open({ ambiguous: "auto" });
    stdin.emit("data", "\x1b[5;3R");
    expect(terminal.ambiguous()).toBe("wide");
  });

  it("is narrow without a response in time, and late responses are ignored", () => {
    vi.useFakeTimers();
    open({ ambiguous: "auto" });
    vi.advanceTimersByTime(200);
    stdin.emit("data", "\x1b[5;3R");
    expect(terminal.ambiguous()).toBe("narrow");
  });

  it("is not queried if it is set", () => {
    open({ ambiguous: "wide" });
    expect(written()).not.toContain("\x1b[6n");
    expect(terminal.ambiguous()).toBe("wide");
  });
});

describe("the kind of terminal", () => {
  /** The status row wraps into the input: drawn for xterm.js. */
  const isOneLine = async () => (await screen.lines()).some((line) => /STATUS .*ming> hi/.test(line));

  it("is queried once, and drawing follows the response, however late", async () => {
    open();
    expect(written()).toContain("\x1b[>c");
    terminal.drawNow();
    expect(await isOneLine()).toBe(false);
    clock.advance(60_000);
    stdin.emit("data", "\x1b[>0;27");
    stdin.emit("data", "6;0c");
    clock.advance(100);
    expect(await isOneLine()).toBe(true);
    expect(await screen.grid()).toMatch(/^ STATUS +\nming> hi█$/);
    expect(keys).toEqual([]);
  });

  it("changes nothing for another kind", async () => {
    open();
    stdin.emit("data", "\x1b[>65;6800;1c");
    terminal.drawNow();
    expect(await isOneLine()).toBe(false);
  });

  it.each([{ TMUX: "/tmp/tmux-0/default,1,0" }, { TERM: "linux" }])("is not queried in %j", (env) => {
    open({ env });
    expect(written()).not.toContain("\x1b[>c");
  });
});

describe("job control", () => {
  it("restores the terminal on ^Z, stops the whole job, and draws again when continued", async () => {
    open();
    terminal.drawNow();
    stdin.emit("data", "a\x1ab");
    expect(keys).toEqual([
      { kind: "text", text: "a" },
      { kind: "text", text: "b" },
    ]);
    expect(signals.killed).toEqual([[0, "SIGTSTP"]]);
    expect(stdin.raw).toBe(false);
    expect(written()).toMatch(restored);
    expect(await screen.grid()).toBe("█");
    screen.write("$ fg\r\n");
    signals.emit("SIGCONT");
    expect(stdin.raw).toBe(true);
    expect(await screen.grid()).toBe("$ fg\n STATUS\nming> hi█");
  });

  it("stops only itself on a signal, and draws again if nothing stops it", () => {
    vi.useFakeTimers();
    open();
    signals.emit("SIGTSTP");
    expect(signals.killed).toEqual([[4711, "SIGSTOP"]]);
    expect(stdin.raw).toBe(false);
    vi.advanceTimersByTime(100);
    expect(stdin.raw).toBe(true);
    signals.emit("SIGTSTP");
    expect(signals.killed).toHaveLength(2);
  });

  it("draws below the shell's output after a stop without notice", async () => {
    open();
    terminal.drawNow();
    screen.write("\r\n[1]+ Stopped\r\n$ fg\r\n");
    signals.emit("SIGCONT");
    expect(stdin.raw).toBe(true);
    expect(await screen.grid()).toBe(" STATUS\nming> hi\n[1]+ Stopped\n$ fg\n STATUS\nming> hi█");
  });

  it("is not available on Windows, where ^Z is an ordinary key", () => {
    signals = Object.assign(new FakeProcess(), { platform: "win32" });
    open();
    stdin.emit("data", "\x1a");
    expect(keys).toEqual([{ kind: "chord", chord: "ctrl-z" }]);
    expect(signals.eventNames()).toEqual(["exit"]);
  });
});
