import pty from "@lydell/node-pty";
import unicode11 from "@xterm/addon-unicode11";
import headless from "@xterm/headless";
import { expect } from "vitest";
import type { Bundle } from "./bundle.js";
import { createHome } from "./home.js";

/** A real client in a real pseudo-terminal, with an emulator that shows what a person would see. */
export interface Screen extends AsyncDisposable {
  type(text: string): void;
  resize(columns: number, rows: number): void;
  /** Everything from the first row of the scrollback to the last row that holds anything, as one sees it. */
  rows(): readonly string[];
  /** Rows joined to lines where the terminal itself wrapped them. */
  lines(): readonly string[];
  /** Waits until the text of the screen holds; throws with the whole screen at the limit. */
  until(what: string, holds: (text: string) => boolean): Promise<void>;
  shows(text: string): Promise<void>;
  readonly cursor: { readonly column: number; readonly row: number };
  /** All bytes that the client wrote. */
  readonly raw: () => string;
  readonly pid: number;
  kill(signal: string): void;
  readonly exit: Promise<number>;
}

export interface ScreenOptions {
  readonly args: readonly string[];
  readonly columns?: number;
  readonly rows?: number;
  readonly env?: Readonly<Record<string, string>>;
}

const LIMIT_MS = 15_000;

/** A client of a bundle, in a home of its own. */
export function startScreen({ client }: Bundle, { args, env = {}, ...size }: ScreenOptions): Screen {
  const home = createHome();
  return openScreen({
    ...size,
    file: process.execPath,
    args: [...client, ...args],
    env: { ...home.env, ...env },
    closed: () => home[Symbol.dispose](),
  });
}

export interface ProgramOptions extends ScreenOptions {
  readonly file: string;
  readonly cwd?: string;
  /** How long `until` waits. Default: 15 s. */
  readonly limitMs?: number;
  readonly closed?: () => void;
}

/** Any program in a pseudo-terminal. */
export function openScreen({
  file,
  args,
  columns = 80,
  rows = 24,
  env = {},
  cwd = process.cwd(),
  limitMs = LIMIT_MS,
  closed,
}: ProgramOptions): Screen {
  const terminal = new headless.Terminal({
    cols: columns,
    rows,
    scrollback: 50_000,
    allowProposedApi: true,
  });
  terminal.loadAddon(new unicode11.Unicode11Addon());
  terminal.unicode.activeVersion = "11";
  const child = pty.spawn(file, [...args], { cols: columns, rows, cwd, env });
  let raw = "";
  child.onData((data) => {
    raw += data;
    terminal.write(data);
  });
  terminal.onData((answer) => child.write(answer));
  let exited = false;
  const exit = new Promise<number>((resolve) =>
    child.onExit(({ exitCode, signal }) => {
      // What it wrote last is on the screen once the terminal has parsed all that came before.
      terminal.write("", () => {
        exited = true;
        resolve(signal ? 128 + signal : exitCode);
      });
    }),
  );
  const buffer = terminal.buffer.active;
  const read = (wrapped: boolean): string[] => {
    const found: string[] = [];
    for (let y = 0; y < buffer.length; y++) {
      const line = buffer.getLine(y);
      const text = line?.translateToString(true) ?? "";
      if (wrapped && line?.isWrapped && found.length > 0) found[found.length - 1] += text;
      else found.push(text);
    }
    while (found.at(-1) === "") found.pop();
    return found;
  };
  const screen: Screen = {
    type: (text) => child.write(text),
    resize(newColumns, newRows) {
      terminal.resize(newColumns, newRows);
      child.resize(newColumns, newRows);
    },
    rows: () => read(false).map((row) => row.trimEnd()),
    lines: () => read(true),
    async until(what, holds) {
      const limit = Date.now() + limitMs;
      while (!holds(read(true).join("\n"))) {
        if (Date.now() > limit || exited)
          throw new Error(`waited for ${what} on:\n${read(false).join("\n")}`);
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
    },
    shows: (text) => screen.until(JSON.stringify(text), (all) => all.includes(text)),
    get cursor() {
      return { column: buffer.cursorX, row: buffer.baseY + buffer.cursorY };
    },
    raw: () => raw,
    pid: child.pid,
    kill: (signal) => child.kill(signal),
    exit,
    async [Symbol.asyncDispose]() {
      if (!exited) child.kill("SIGKILL");
      await exit;
      terminal.dispose();
      closed?.();
    },
  };
  return screen;
}

/** All modes that a client may set are reset, and the cursor is visible. */
export function expectModesRestored(screen: Screen): void {
  const raw = screen.raw();
  for (const mode of ["2004", "2026"]) {
    expect(raw.lastIndexOf(`\x1b[?${mode}l`)).toBeGreaterThan(raw.lastIndexOf(`\x1b[?${mode}h`));
  }
  expect(raw.lastIndexOf("\x1b[?25h")).toBeGreaterThan(raw.lastIndexOf("\x1b[?25l"));
}
