/**
 * The terminal: raw mode and other modes, size and signals, around keys (input/) and renderer (screen/). This folder owns
 * everything that is specific to a terminal; what a page could share is in chat/ and text/. Streams and signals are
 * passed in, so that tests run it on an emulator; the program passes `process.stdin`, `process.stdout` and `process`.
 */

import { setTimeout as delay } from "node:timers/promises";
import type { Ambiguous } from "../text/cells.js";
import { createKeyParser, type Key } from "./input/keys.js";
import { control } from "./screen/control.js";
import { CursorReports } from "./screen/cursor-reports.js";
import type { Footer } from "./screen/frame.js";
import { type Size, sizeOf } from "./screen/frame.js";
import { reflowOf, reflowOfAttributes } from "./screen/reflow.js";
import {
  type Clock,
  createRenderer,
  type Renderer,
  type ScreenOutput,
  type Wrap,
} from "./screen/renderer.js";

type InputEvent = "data" | "end" | "close" | "error";
type InputListener = (chunk: Uint8Array | string) => void;

/** The part of a `tty.ReadStream` that is used. */
export interface KeyInput {
  setRawMode(raw: boolean): unknown;
  resume(): unknown;
  pause(): unknown;
  on(event: InputEvent, listener: InputListener): unknown;
  off(event: InputEvent, listener: InputListener): unknown;
}

type OutputEvent = "resize" | "error" | "drain";

/** The part of a `tty.WriteStream` that is used. */
export interface TerminalOutput extends ScreenOutput {
  on(event: OutputEvent, listener: () => void): unknown;
  off(event: OutputEvent, listener: () => void): unknown;
}

type ProcessEvent = "SIGTSTP" | "SIGCONT" | "exit";

/** The part of `process` that is used. */
export interface ProcessSignals {
  readonly platform: string;
  readonly pid: number;
  on(event: ProcessEvent, listener: () => void): unknown;
  off(event: ProcessEvent, listener: () => void): unknown;
  kill(pid: number, signal: "SIGTSTP" | "SIGSTOP"): unknown;
}

export interface TerminalOptions {
  readonly stdin: KeyInput;
  readonly stdout: TerminalOutput;
  /** Identifies the terminal, see `reflowOf`. */
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly signals: ProcessSignals;
  /** The footer for a screen of this size, called once a frame. */
  readonly footer: (size: Size) => Footer;
  /** The line that replaces lines dropped because the terminal was too slow. */
  readonly skippedLine: (count: number) => string;
  /** The keys of one read, at least one; ^Z is already handled. */
  readonly onKeys: (keys: readonly Key[]) => void;
  /** No more keys will come: end of input, or the terminal was closed. Called at most once. */
  readonly onEnd: () => void;
  /** The window has gained or lost the focus. Never called by a terminal that does not report it. */
  readonly onFocus?: (isFocused: boolean) => void;
  /** Called before keys that hold U+FFFD in the place of bytes that are not UTF-8. */
  readonly onNotUtf8?: () => void;
  /** `auto` queries the terminal. Default auto. */
  readonly ambiguous?: Ambiguous | "auto";
  /** Default word. */
  readonly wrap?: Wrap;
  /** Paces the frames. Default: the system's. */
  readonly clock?: Clock;
}

/** `close` restores all modes; it also runs at exit and is idempotent. */
export interface Terminal extends Renderer {
  readonly size: Size;
  /** Width of an ambiguous character on this terminal: `narrow` until it has responded. */
  readonly ambiguous: () => Ambiguous;
  /** Sets the window's title, which is restored on leaving; foreign text must be sanitised. */
  setTitle(title: string): void;
  /** Restores the terminal and stops the process, as ^Z does; draws again when it continues. */
  suspend(): void;
  /** Restores the terminal for another program, until `borrow` settles. */
  lend<T>(borrow: () => Promise<T>): Promise<T>;
  /**
   * Resolves when the terminal has responded to what it was asked at the start, or has had the time for it. After `close`, a
   * response would be typed into the shell.
   */
  settled(): Promise<void>;
}

/** How long the terminal may take to report the width of an ambiguous character, ms. */
const responseMs = 200;
const settlePollMs = 10;
/** A process that still runs this long after it requested to be stopped cannot be stopped, ms. */
const notStoppedMs = 100;
const ambiguousSample = "\u2500";
// xterm's title stack (XTWINOPS 22, 23); others ignore it.
const pushTitle = "\x1b[22;2t";
const popTitle = "\x1b[23;2t";

/** Raw mode and bracketed paste are on when this returns. */
export function createTerminal(options: TerminalOptions): Terminal {
  const { stdin, stdout, signals, onKeys, onEnd } = options;
  const hasJobControl = signals.platform !== "win32";
  let ambiguous: Ambiguous = options.ambiguous === "wide" ? "wide" : "narrow";
  let reflow = reflowOf(options.env);
  const cursorReports = new CursorReports();
  let asksWidth = (options.ambiguous ?? "auto") === "auto";
  let widthTimer: NodeJS.Timeout | undefined;
  let resumeTimer: NodeJS.Timeout | undefined;
  let active = false;
  let closed = false;
  let ended = false;
  let titled = false;
  /** Another program has the terminal. */
  let lent = false;
  /** Responses that are awaited. */
  let asked = 0;
  let askedUntil = 0;
  const onResponse = () => {
    asked = Math.max(0, asked - 1);
  };

  const renderer = createRenderer({
    out: stdout,
    footer: options.footer,
    skippedLine: options.skippedLine,
    reflow: () => reflow,
    cursorReports,
    ambiguous: () => ambiguous,
    ...(options.wrap ? { wrap: options.wrap } : {}),
    ...(options.clock ? { clock: options.clock } : {}),
  });

  const keys = createKeyParser({
    onKeys(batch) {
      const own = hasJobControl ? batch.filter((key) => !isSuspend(key)) : batch;
      if (own.length > 0) onKeys(own);
      if (own.length < batch.length) suspend(true);
    },
    onFocus: (isFocused) => options.onFocus?.(isFocused),
    onNotUtf8: () => options.onNotUtf8?.(),
    onCursorReport: (row, column) => cursorReports.report(row, column),
    onAttributes(parameters) {
      onResponse();
      // A late response is still right.
      if (reflow !== "unknown") return;
      reflow = reflowOfAttributes(parameters);
      renderer.drawSoon();
    },
  });

  let isFirstRead = true;
  const onData = (chunk: Uint8Array | string) => {
    keys.push(isFirstRead ? typedAhead(chunk) : chunk);
    isFirstRead = false;
  };
  const end = () => {
    if (ended || closed) return;
    ended = true;
    onEnd();
  };
  const onResize = () => renderer.resized();
  const onStop = () => suspend(false);
  const onContinue = () => {
    if (active) {
      // Stopped without notice (SIGSTOP): the shell changed the modes and wrote over the footer.
      renderer.forget();
      active = false;
      stdin.setRawMode(false);
    }
    resume();
  };

  /** The listener stays after the timeout, so that a late response is not taken for a later one. */
  function expectWidth(): void {
    widthTimer = setTimeout(stopAsking, responseMs);
    cursorReports.expect((_row, column) => {
      onResponse();
      if (!asksWidth) return true;
      stopAsking();
      // Column 3: the sample takes two cells.
      ambiguous = column >= 3 ? "wide" : "narrow";
      renderer.drawSoon();
      return true;
    });
  }

  function stopAsking(): void {
    asksWidth = false;
    clearTimeout(widthTimer);
  }

  function enter(): void {
    if (active || closed) return;
    active = true;
    stdin.setRawMode(true);
    stdin.resume();
    cursorReports.forget();
    if (asksWidth) expectWidth();
    const askWidth = asksWidth ? `\r${ambiguousSample}${control.askCursor}\r${control.eraseRow}` : "";
    const askTerminal = reflow === "unknown" ? control.askAttributes : "";
    asked = (askWidth === "" ? 0 : 1) + (askTerminal === "" ? 0 : 1);
    askedUntil = performance.now() + responseMs;
    stdout.write(control.beginPasteMode + control.beginFocusMode + askWidth + askTerminal);
  }

  function leave(): void {
    if (!active) return;
    active = false;
    stopAsking();
    renderer.clear();
    const title = titled ? popTitle : "";
    titled = false;
    stdout.write(
      title +
        control.endFocusMode +
        control.endSync +
        control.endPasteMode +
        control.showCursor +
        control.resetStyle,
    );
    stdin.setRawMode(false);
  }

  /** ^Z stops the whole job (npm, a pipeline), a signal only this process: its sender chose the target. */
  function suspend(wholeJob: boolean): void {
    if (closed || !hasJobControl) return;
    leave();
    signals.off("SIGTSTP", onStop);
    if (wholeJob) signals.kill(0, "SIGTSTP");
    else signals.kill(signals.pid, "SIGSTOP");
    // An orphaned job is never stopped, so no SIGCONT would resume it.
    resumeTimer = setTimeout(resume, notStoppedMs);
  }

  function resume(): void {
    clearTimeout(resumeTimer);
    if (closed || active) return;
    signals.off("SIGTSTP", onStop);
    signals.on("SIGTSTP", onStop);
    if (lent) return;
    enter();
    renderer.drawNow();
  }

  async function lend<T>(borrow: () => Promise<T>): Promise<T> {
    lent = true;
    leave();
    renderer.pause();
    stdin.pause();
    try {
      return await borrow();
    } finally {
      lent = false;
      if (!closed) {
        enter();
        renderer.resume();
      }
    }
  }

  async function settled(): Promise<void> {
    while (asked > 0 && active && performance.now() < askedUntil) await delay(settlePollMs);
  }

  function close(): void {
    if (closed) return;
    leave();
    closed = true;
    clearTimeout(resumeTimer);
    renderer.close();
    keys.close();
    stdin.off("data", onData);
    for (const event of ["end", "close", "error"] as const) stdin.off(event, end);
    stdin.pause();
    stdout.off("resize", onResize);
    signals.off("exit", close);
    if (hasJobControl) {
      signals.off("SIGTSTP", onStop);
      signals.off("SIGCONT", onContinue);
    }
    // The listener for errors stays: a closed terminal may report an error late, which is to be ignored.
  }

  stdin.on("data", onData);
  for (const event of ["end", "close", "error"] as const) stdin.on(event, end);
  stdout.on("resize", onResize);
  stdout.on("error", end);
  signals.on("exit", close);
  if (hasJobControl) {
    signals.on("SIGTSTP", onStop);
    signals.on("SIGCONT", onContinue);
  }
  enter();

  return {
    ...renderer,
    get size() {
      return sizeOf(stdout);
    },
    ambiguous: () => ambiguous,
    setTitle(title) {
      renderer.signal(`${titled ? "" : pushTitle}\x1b]2;${title}\x07`);
      titled = true;
    },
    suspend: () => suspend(true),
    lend,
    settled,
    close,
  };
}

/**
 * What was typed before the terminal was in raw mode comes in the first read, and its driver has made the CR of each Enter
 * a LF (ICRNL), which is another key.
 */
function typedAhead(chunk: Uint8Array | string): Uint8Array | string {
  if (typeof chunk === "string") return chunk.replaceAll("\n", "\r");
  return chunk.map((byte) => (byte === 0x0a ? 0x0d : byte));
}

function isSuspend(key: Key): boolean {
  return key.kind === "chord" && key.chord === "ctrl-z";
}
