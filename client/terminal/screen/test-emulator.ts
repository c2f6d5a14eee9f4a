/** For tests: a terminal emulator behind the streams that a real terminal would have. */
import { EventEmitter } from "node:events";
// Both packages are CommonJS without exports that Node can detect.
import unicode11 from "@xterm/addon-unicode11";
import headless from "@xterm/headless";

export interface FakeScreenOptions {
  readonly columns?: number;
  readonly rows?: number;
  /** The option of that name; xterm.js's default is off. */
  readonly reflowCursorLine?: boolean;
  /** Rows of history above the screen. */
  readonly scrollback?: number;
}

/** An output stream whose text an emulator shows. `writes` holds every write as it was made. */
export class FakeScreen extends EventEmitter {
  readonly isTTY = true;
  readonly writes: string[] = [];
  columns: number;
  rows: number;
  writableNeedDrain = false;
  readonly #terminal: headless.Terminal;

  constructor(options: FakeScreenOptions = {}) {
    const { columns = 80, rows = 24, reflowCursorLine = false, scrollback = 100_000 } = options;
    super();
    this.columns = columns;
    this.rows = rows;
    this.#terminal = new headless.Terminal({
      cols: columns,
      rows,
      scrollback,
      allowProposedApi: true,
      reflowCursorLine,
    });
    this.#terminal.loadAddon(new unicode11.Unicode11Addon());
    this.#terminal.unicode.activeVersion = "11";
  }

  write(text: string): boolean {
    this.writes.push(text);
    this.#terminal.write(text);
    return !this.writableNeedDrain;
  }

  getColorDepth(): number {
    return 1;
  }

  /** The terminal's responses (cursor reports) go to `listener`. */
  onAnswer(listener: (bytes: string) => void): void {
    this.#terminal.onData(listener);
  }

  async resize(columns: number, rows: number): Promise<void> {
    await this.settled();
    this.columns = columns;
    this.rows = rows;
    this.#terminal.resize(columns, rows);
    this.emit("resize");
  }

  /** Resolves when everything written is on the screen. */
  settled(): Promise<void> {
    return new Promise((resolve) => this.#terminal.write("", resolve));
  }

  /** Everything from the first line of the scrollback to the last used row; wrapped rows are joined. */
  async lines(): Promise<string[]> {
    await this.settled();
    const buffer = this.#terminal.buffer.active;
    const lines: string[] = [];
    for (let y = 0; y < buffer.length; y++) {
      const line = buffer.getLine(y);
      const text = line?.translateToString(true) ?? "";
      if (line?.isWrapped && lines.length > 0) lines[lines.length - 1] += text;
      else lines.push(text);
    }
    while (lines.at(-1) === "") lines.pop();
    return lines;
  }

  /** The rows on the screen, with `█` in the cursor's cell; empty rows at the end are left out. */
  async grid(): Promise<string> {
    await this.settled();
    const buffer = this.#terminal.buffer.active;
    const rows: string[] = [];
    for (let y = 0; y < this.rows; y++) {
      const line = buffer.getLine(buffer.baseY + y);
      if (y !== buffer.cursorY) rows.push(line?.translateToString(true) ?? "");
      else {
        const before = line?.translateToString(false, 0, buffer.cursorX) ?? "";
        const after = line?.translateToString(true, buffer.cursorX) ?? "";
        rows.push(`${before}█${after}`);
      }
    }
    while (rows.at(-1) === "") rows.pop();
    return rows.join("\n");
  }
}
