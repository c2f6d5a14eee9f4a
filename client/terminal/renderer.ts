/**
 * When frames are drawn, and what they hold. Messages scroll into the terminal's own scrollback and are forgotten; only
 * the footer is ever redrawn. One frame is one write.
 */

import { gapAfterFrame, unknownGap } from "./bottom-gap.js";
import { type Clock, systemClock } from "./clock.js";
import { composeFrame, type Footer } from "./frame.js";
import type { Size } from "./layout.js";
import type { DrawnRows, Reflow } from "./reflow.js";
import type { Ambiguous } from "./width.js";

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
  /** The line shown where lines had to be left out because the terminal took none for too long. */
  readonly skippedLine: (count: number) => string;
  readonly reflow?: Reflow;
  /** Cells of ambiguous characters, asked at each frame. Default narrow. */
  readonly ambiguous?: () => Ambiguous;
  /** Default the system's. */
  readonly clock?: Clock;
}

export interface Renderer {
  /** Queues lines for the scrollback, in order; shown with the next paced frame. `text` may hold several rows. */
  print(text: string): void;
  /** Queues sequences that draw nothing: a bell, a title. */
  signal(sequence: string): void;
  /** Redraws at once, for what the person at the keys did. */
  drawNow(): void;
  /** Redraws with the next paced frame, for everything else. */
  drawSoon(): void;
  /** The screen has another size. */
  resized(): void;
  /**
   * Resolves when little enough is queued: at once, or when a slow terminal has caught up. Whoever reads a feed waits
   * here, so that a feed faster than the terminal is held back at the server and not in memory.
   */
  ready(): Promise<void>;
  /** Takes the footer away and shows what is queued; the next draw starts where the cursor is then. */
  clear(): void;
  /** Something else wrote to the screen: the next frame starts at the cursor and erases nothing. */
  forget(): void;
  /** `clear` for good. */
  close(): void;
}

/** Messages show up at most this often, ms. */
export const messageFrameMs = 33;
/** The same while someone types: an input method's window moves with every frame. */
export const messageFrameWhileTypingMs = 100;
/** How long after a key someone counts as typing, ms. */
export const typingMs = 2000;
/**
 * tmux resizes its screen at once but tells the program at most every 250 ms (3.3a): a frame in between has the wrong
 * width and would leave a ghost. So after each word of a new size nothing is drawn for this long, ms.
 */
export const tmuxSettlesMs = 280;
/** Text for one frame, in UTF-16 units: a terminal's write blocks the process, so it stays short. */
export const maxFrameLength = 64 * 1024;
/** Above this many queued units `ready` waits. */
export const readyLength = 256 * 1024;
/** Above this many the oldest lines are left out, and a line says how many. */
export const maxQueueLength = 4 * 1024 * 1024;

export function createRenderer(options: RendererOptions): Renderer {
  const { out, reflow = "all", clock = systemClock } = options;
  const ambiguous = options.ambiguous ?? (() => "narrow");
  let queue: string[] = [];
  let queueLength = 0;
  let skipped = 0;
  let signals = "";
  let drawn: DrawnRows | null = null;
  let gap = unknownGap;
  let lastPacedAt = Number.NEGATIVE_INFINITY;
  let heldUntil = Number.NEGATIVE_INFINITY;
  let lastKeyAt = Number.NEGATIVE_INFINITY;
  let cancelFrame: (() => void) | undefined;
  let waitsForDrain = false;
  let closed = false;
  let waiters: (() => void)[] = [];

  const paceMs = () => (clock.now() - lastKeyAt < typingMs ? messageFrameWhileTypingMs : messageFrameMs);
  const dueAt = () => Math.max(lastPacedAt + paceMs(), heldUntil);

  const screenSize = (): Size => ({ columns: out.columns ?? 80, rows: out.rows ?? 24 });

  function takeMessages(limit: number): string[] {
    const messages: string[] = skipped > 0 ? [options.skippedLine(skipped)] : [];
    skipped = 0;
    let taken = 0;
    let length = 0;
    for (const message of queue) {
      if (taken > 0 && length + message.length > limit) break;
      length += message.length;
      taken++;
    }
    messages.push(...queue.slice(0, taken));
    queue = queue.slice(taken);
    queueLength -= length;
    return messages;
  }

  function write(messages: string[], footer: Footer | null, size: Size): void {
    const width = ambiguous();
    const frame = composeFrame({
      drawn,
      columns: size.columns,
      reflow,
      bottomGap: size.rows === gap.screenRows ? gap.rows : null,
      ambiguous: width,
      messages,
      footer,
      signals,
    });
    signals = "";
    drawn = frame.drawn;
    gap = footer
      ? gapAfterFrame(gap, frame.erasedRows, messages, footer.rows.length, size, width)
      : unknownGap;
    out.write(frame.text);
    if (queueLength <= readyLength) {
      const woken = waiters;
      waiters = [];
      for (const wake of woken) wake();
    }
  }

  function onDrain(): void {
    waitsForDrain = false;
    draw(true);
  }

  function draw(withMessages: boolean): void {
    if (closed) return;
    if (clock.now() < heldUntil) {
      drawSoon();
      return;
    }
    if (out.writableNeedDrain) {
      if (!waitsForDrain) out.once("drain", onDrain);
      waitsForDrain = true;
      return;
    }
    const size = screenSize();
    if (withMessages) stopTimer();
    write(withMessages ? takeMessages(maxFrameLength) : [], options.footer(size), size);
    if (withMessages) lastPacedAt = clock.now();
    if (queue.length > 0) drawSoon();
  }

  function stopTimer(): void {
    cancelFrame?.();
    cancelFrame = undefined;
  }

  function drawSoon(): void {
    if (closed || cancelFrame || waitsForDrain) return;
    const onTime = () => {
      cancelFrame = undefined;
      draw(true);
    };
    cancelFrame = clock.schedule(onTime, Math.max(0, dueAt() - clock.now()));
  }

  function boundQueue(): void {
    if (queueLength <= maxQueueLength) return;
    let dropped = 0;
    // Half at once, so that the array is not shifted for every line.
    for (const message of queue) {
      if (queueLength <= maxQueueLength / 2) break;
      queueLength -= message.length;
      dropped++;
    }
    queue = queue.slice(dropped);
    skipped += dropped;
  }

  function clear(): void {
    stopTimer();
    if (waitsForDrain) out.off("drain", onDrain);
    waitsForDrain = false;
    if (drawn || queue.length > 0 || signals !== "")
      write(takeMessages(Number.POSITIVE_INFINITY), null, screenSize());
  }

  return {
    print(text) {
      if (closed) return;
      queue.push(text);
      queueLength += text.length;
      boundQueue();
      drawSoon();
    },
    signal(sequence) {
      signals += sequence;
      drawSoon();
    },
    drawNow() {
      lastKeyAt = clock.now();
      draw(clock.now() >= dueAt());
    },
    drawSoon,
    resized() {
      if (reflow === "tmux") {
        heldUntil = clock.now() + tmuxSettlesMs;
        stopTimer();
      }
      drawSoon();
    },
    ready() {
      if (closed || queueLength <= readyLength) return Promise.resolve();
      return new Promise((resolve) => waiters.push(resolve));
    },
    clear,
    forget() {
      drawn = null;
      gap = unknownGap;
    },
    close() {
      if (closed) return;
      clear();
      closed = true;
      for (const wake of waiters) wake();
      waiters = [];
    },
  };
}
