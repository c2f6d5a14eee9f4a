/**
 * Lines for pipes, `--plain`, dumb terminals and screen readers: no colour, no cursor movement. What happens in the room is
 * on stdout; problems and the state of the connection are on stderr.
 */

import type { Line } from "../chat/line.js";
import type { Words } from "../i18n/zh-CN.js";
import type { TimeFormat } from "../text/clock-text.js";
import { lineText, plainTheme } from "../text/line-text.js";

/** Lines about the reader's own input. */
const ABOUT_INPUT: readonly Line["kind"][] = ["problem", "away", "stored", "redacting"];

/** Lines about the connection, and about what it has left out. */
const ABOUT_CONNECTION: readonly Line["kind"][] = [
  "resumed",
  "offline",
  "trimmed",
  "store_replaced",
  "log_went_back",
  "goodbye",
];

const ON_STDERR: ReadonlySet<Line["kind"]> = new Set([...ABOUT_INPUT, ...ABOUT_CONNECTION]);

/** The part of a writable stream that is used. */
export interface PlainOutput {
  write(text: string): boolean;
  readonly writableNeedDrain: boolean;
  on(event: "error", listener: (error: NodeJS.ErrnoException) => void): unknown;
  once(event: "drain" | "close", listener: () => void): unknown;
  off(event: "drain" | "close", listener: () => void): unknown;
}

export interface PlainOptions {
  readonly words: Words;
  readonly stdout: PlainOutput;
  readonly stderr: PlainOutput;
  /** Default `iso`. */
  readonly timeFormat?: TimeFormat;
  /** The reader of stdout closed it (EPIPE), which is no failure: exit 0. Called at most once. */
  readonly onClosed: () => void;
  /** stdout failed for another reason (a full disk). */
  readonly onError: (error: Error) => void;
}

export interface PlainWriter {
  /** Writes one line; to stderr, what is about the reader's own input or the connection. */
  show(line: Line): void;
  /** Writes `text` to stdout verbatim, with a line end: JSON rows. */
  write(text: string): void;
  /** Resolves when stdout accepts more. The reader of a feed awaits it: backpressure from a slow pipe to the feed. */
  ready(): Promise<void>;
}

const CLOSED: readonly (string | undefined)[] = ["EPIPE", "EOF", "ECONNRESET", "ERR_STREAM_DESTROYED"];

/** Whether a write failed because the reader is gone: EPIPE, on Windows also EOF, and of a socket also ECONNRESET. */
export function isReaderGone({ code }: NodeJS.ErrnoException): boolean {
  return CLOSED.includes(code);
}

/** Writes until stdout is closed; after that, output is dropped. */
export function createPlainWriter(options: PlainOptions): PlainWriter {
  const { words, stdout, stderr, timeFormat = "iso" } = options;
  let closed = false;

  stdout.on("error", (error) => {
    if (closed) return;
    closed = true;
    if (isReaderGone(error)) options.onClosed();
    else options.onError(error);
  });
  // A closed stderr is no reason to end.
  stderr.on("error", () => {});

  function write(text: string): void {
    if (!closed) stdout.write(`${text}\n`);
  }

  return {
    show(line) {
      const text = lineText(line, { words, theme: plainTheme, timeFormat, self: null, interactive: false });
      if (ON_STDERR.has(line.kind)) stderr.write(`${text}\n`);
      else write(text);
    },
    write,
    ready() {
      if (closed || !stdout.writableNeedDrain) return Promise.resolve();
      return new Promise((resolve) => {
        const done = () => {
          stdout.off("drain", done);
          stdout.off("close", done);
          resolve();
        };
        stdout.once("drain", done);
        stdout.once("close", done);
      });
    },
  };
}
