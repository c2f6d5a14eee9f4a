/**
 * When frames are drawn, and what they contain. Messages scroll into the terminal's own scrollback and are not kept; only
 * the footer is redrawn. One frame is one write. The renderer paces frames, the painter writes them, and the rest of the
 * folder finds the old footer again, whatever a resize did to it.
 */

import type { Ambiguous } from "../../text/cells.js";
import type { CursorReports } from "./cursor-reports.js";
import type { Footer, Size } from "./frame.js";
import { createPainter } from "./painter.js";
import type { Reflow } from "./reflow.js";
import { withoutMarks, wrapText } from "./wrap.js";

/** How messages wider than the screen are wrapped: between words by us, or anywhere by the terminal. */
export type Wrap = "word" | "terminal";

/** Time, for pacing. */
export interface Clock {
  /** Monotonic, ms. */
  now(): number;
  /** Runs `task` once after `ms`, at least one turn of the event loop later. Returns a function that cancels it. */
  schedule(task: () => void, ms: number): () => void;
}

const systemClock: Clock = {
  now: () => performance.now(),
  schedule(task, ms) {
    const timer = setTimeout(task, ms);
    return () => clearTimeout(timer);
  },
};

/** The part of a `tty.WriteStream` that is used. */
export interface ScreenOutput {
  readonly columns?: number;
  readonly rows?: number;
  readonly writableNeedDrain: boolean;
  write(text: string): boolean;
  once(event: "drain", listener: () => void): unknown;
  off(event: "drain", listener: () => void): unknown;
}

export interface RendererOptions {
  readonly out: ScreenOutput;
  /** The footer for a screen of this size; called once for each frame, so it always shows the latest state. */
  readonly footer: (size: Size) => Footer;
  /** The line that replaces lines dropped because the terminal was too slow. */
  readonly skippedLine: (count: number) => string;
  /** Called for each frame, because a terminal identifies itself late. Default unknown. */
  readonly reflow?: () => Reflow;
  /** Width of ambiguous characters, called for each frame. Default narrow. */
  readonly ambiguous?: () => Ambiguous;
  /** Default word. */
  readonly wrap?: Wrap;
  /** Receives the responses to `CSI 6n`. Without it, the terminal is not queried. */
  readonly cursorReports?: CursorReports;
  /** Default: the system's. */
  readonly clock?: Clock;
}

export interface Renderer {
  /** Queues lines for the scrollback, in order; shown with the next paced frame. `text` may have several rows. */
  print(text: string): void;
  /** Queues sequences that draw nothing: a bell, a title. */
  signal(sequence: string): void;
  /** Redraws at once, after a key press. */
  drawNow(): void;
  /** Redraws with the next paced frame, for everything else. */
  drawSoon(): void;
  /** The screen's size has changed. */
  resized(): void;
  /**
   * Resolves when the queue is short enough: at once, or when a slow terminal has caught up. The reader of a feed awaits
   * it: backpressure, so that a feed faster than the terminal waits at the server and not in memory.
   */
  ready(): Promise<void>;
  /** Erases the footer and shows what is queued; the next frame starts at the cursor. */
  clear(): void;
  /** Something else wrote to the screen: the next frame starts at the cursor and erases nothing. */
  forget(): void;
  /** Draws nothing until `resume`: another program has the screen. What is printed meanwhile waits. */
  pause(): void;
  resume(): void;
  /** `clear`, and draws no more. */
  close(): void;
}

/** Interval of frames with messages, ms. */
const messageFrameMs = 33;
/** The same while the person types: an input method's window moves with every frame. */
const messageFrameWhileTypingMs = 100;
/** How long after a key press the person counts as typing, ms. */
const typingMs = 2000;
/**
 * tmux resizes its screen at once but notifies the program at most every 250 ms (3.3a): a frame in between has the wrong
 * width and would leave a ghost. So nothing is drawn for this long after each resize, ms.
 */
const tmuxSettlesMs = 280;
/**
 * On a narrower screen nothing is drawn before it is wider again: a footer of dozens of rows would leave the screen for the
 * history, where nothing can be erased.
 */
const minColumns = 8;
/** Text of one frame, in UTF-16 units: a write to a terminal blocks the process, so it is kept short. */
const maxFrameLength = 64 * 1024;
/** Queued units above which `ready` waits. */
export const readyLength = 256 * 1024;
/** Queued units above which the oldest lines are dropped and replaced by a line with their number. */
export const maxQueueLength = 4 * 1024 * 1024;

export function createRenderer(options: RendererOptions): Renderer {
  const { out, clock = systemClock, reflow = () => "unknown", ambiguous = () => "narrow" } = options;
  const queue = new MessageQueue(maxQueueLength, options.skippedLine);
  const painter = createPainter({ out, reflow, ambiguous, cursorReports: options.cursorReports });
  let signals = "";
  let lastPacedAt = Number.NEGATIVE_INFINITY;
  let heldUntil = Number.NEGATIVE_INFINITY;
  let lastKeyAt = Number.NEGATIVE_INFINITY;
  let cancelFrame: (() => void) | undefined;
  let waitsForDrain = false;
  let closed = false;
  let paused = false;
  let waiters: (() => void)[] = [];

  const paceMs = () => (clock.now() - lastKeyAt < typingMs ? messageFrameWhileTypingMs : messageFrameMs);
  const dueAt = () => Math.max(lastPacedAt + paceMs(), heldUntil);

  // For the screen that they are written to, which may have changed while they waited.
  const wrapped = (message: string, { columns }: Size) =>
    options.wrap === "terminal" ? withoutMarks(message) : wrapText(message, columns, ambiguous());

  function write(messages: readonly string[], footer: Footer | null, size: Size): void {
    const sent = signals;
    signals = "";
    const rows = messages.map((message) => wrapped(message, size));
    painter.paint(rows, footer, size, sent);
    if (queue.length > readyLength) return;
    const woken = waiters;
    waiters = [];
    for (const wake of woken) wake();
  }

  function onDrain(): void {
    waitsForDrain = false;
    draw(true);
  }

  /** `isKey`: for a key press, which is to be seen at once. */
  function draw(withMessages: boolean, isKey = false): void {
    if (closed || paused) return;
    if (clock.now() < heldUntil) {
      drawSoon();
      return;
    }
    if (out.writableNeedDrain) {
      if (!waitsForDrain) out.once("drain", onDrain);
      waitsForDrain = true;
      return;
    }
    const size = painter.size();
    if (size.columns < minColumns) return;
    const isAsked = isKey || !queue.isEmpty;
    if (!isAsked && painter.hasLostRows(size)) return;
    if (withMessages) stopTimer();
    write(withMessages ? queue.take(maxFrameLength) : [], options.footer(size), size);
    if (withMessages) lastPacedAt = clock.now();
    if (!queue.isEmpty) drawSoon();
  }

  function stopTimer(): void {
    cancelFrame?.();
    cancelFrame = undefined;
  }

  function drawSoon(): void {
    if (closed || paused || cancelFrame || waitsForDrain) return;
    const onTime = () => {
      cancelFrame = undefined;
      draw(true);
    };
    cancelFrame = clock.schedule(onTime, Math.max(0, dueAt() - clock.now()));
  }

  function clear(): void {
    stopTimer();
    if (waitsForDrain) out.off("drain", onDrain);
    waitsForDrain = false;
    if (painter.hasFooter || !queue.isEmpty || signals !== "") write(queue.take(), null, painter.size());
  }

  return {
    print(text) {
      if (closed) return;
      queue.add(text);
      drawSoon();
    },
    signal(sequence) {
      signals += sequence;
      drawSoon();
    },
    drawNow() {
      lastKeyAt = clock.now();
      draw(clock.now() >= dueAt(), true);
    },
    drawSoon,
    resized() {
      painter.size();
      if (reflow() === "tmux") {
        heldUntil = clock.now() + tmuxSettlesMs;
        stopTimer();
        painter.toBottom();
      }
      drawSoon();
    },
    ready() {
      if (closed || queue.length <= readyLength) return Promise.resolve();
      return new Promise((resolve) => waiters.push(resolve));
    },
    clear,
    pause() {
      clear();
      paused = true;
    },
    resume() {
      paused = false;
      painter.forget();
      drawSoon();
    },
    forget: painter.forget,
    close() {
      if (closed) return;
      clear();
      closed = true;
      for (const wake of waiters) wake();
      waiters = [];
    },
  };
}

/** Lines that wait for a frame. Bounded: when they wait for too long, the oldest are dropped and a line counts them. */
class MessageQueue {
  readonly #maxLength: number;
  readonly #skippedLine: (count: number) => string;
  #queue: string[] = [];
  #length = 0;
  #skipped = 0;

  /** `skippedLine` replaces the lines that were dropped because more than `maxLength` UTF-16 units waited. */
  constructor(maxLength: number, skippedLine: (count: number) => string) {
    this.#maxLength = maxLength;
    this.#skippedLine = skippedLine;
  }

  get isEmpty(): boolean {
    return this.#queue.length === 0;
  }

  /** Waiting UTF-16 units. */
  get length(): number {
    return this.#length;
  }

  add(text: string): void {
    this.#queue.push(text);
    this.#length += text.length;
    if (this.#length > this.#maxLength) this.#dropOldest();
  }

  /** The oldest lines, at least one and up to `limit` UTF-16 units; without a limit all of them. */
  take(limit = Number.POSITIVE_INFINITY): string[] {
    const messages: string[] = this.#skipped > 0 ? [this.#skippedLine(this.#skipped)] : [];
    this.#skipped = 0;
    let taken = 0;
    let takenLength = 0;
    for (const message of this.#queue) {
      if (taken > 0 && takenLength + message.length > limit) break;
      takenLength += message.length;
      taken++;
    }
    messages.push(...this.#queue.slice(0, taken));
    this.#queue = this.#queue.slice(taken);
    this.#length -= takenLength;
    return messages;
  }

  /** Half of them at once, so that the array is not shifted for every line. */
  #dropOldest(): void {
    let dropped = 0;
    for (const message of this.#queue) {
      if (this.#length <= this.#maxLength / 2) break;
      this.#length -= message.length;
      dropped++;
    }
    this.#queue = this.#queue.slice(dropped);
    this.#skipped += dropped;
  }
}
