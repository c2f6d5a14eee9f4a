/** Our part of the screen: writes frames, and keeps the state that the next one depends on. */

import type { Ambiguous } from "../../text/cells.js";
import { control } from "./control.js";
import type { CursorReports } from "./cursor-reports.js";
import { composeFrame, type Footer, type Size, sizeOf } from "./frame.js";
import { gainedRows, type WalkedRows } from "./joined-rows.js";
import { type DrawnRows, type Reflow, rowsAfterResize, rowsWhenWrapped } from "./reflow.js";

export interface PainterOptions {
  readonly out: { readonly columns?: number; readonly rows?: number; write(text: string): boolean };
  readonly reflow: () => Reflow;
  readonly ambiguous: () => Ambiguous;
  /** If undefined, the terminal is not queried. */
  readonly cursorReports: CursorReports | undefined;
}

export interface Painter {
  /** The screen's size; to be called at every resize, for it may shrink and grow again between two frames. */
  size(): Size;
  /** Writes one frame. `footer` null: none remains, and the next frame starts at the cursor. */
  paint(messages: readonly string[], footer: Footer | null, size: Size, signals: string): void;
  /**
   * tmux: moves the cursor to the footer's last row, if that is known. A lower screen costs tmux the rows below the
   * cursor, and those are messages where a change of width has moved the cursor up (see joined-rows.ts).
   */
  toBottom(): void;
  /** Something else wrote to the screen: the next frame starts at the cursor and erases nothing. */
  forget(): void;
  readonly hasFooter: boolean;
  /**
   * tmux: whether a part of the footer has left such a screen for the history, where it cannot be erased. It comes back as
   * it was when the screen grows again, if nothing is drawn until then.
   */
  hasLostRows(size: Size): boolean;
}

export function createPainter({ out, reflow, ambiguous, cursorReports }: PainterOptions): Painter {
  let drawn: DrawnRows | null = null;
  /** Lines that we have written above the footer. */
  let linesAbove = 0;
  /**
   * tmux: the footer's last row is the screen's, and stays it whatever the size becomes, for there are enough lines above:
   * a wider screen joins rows, a higher one takes rows from the history.
   */
  let isAtBottom = false;
  /** Blank rows between the last message and the footer. */
  let gapAbove = 0;
  let gap = unknownGap(0);
  /** The pending request for the gap. */
  let gapRequest: object | undefined;
  let wrapsCursorLine: boolean | undefined;
  let lastSize = sizeOf(out);
  let shrunk = false;

  function size(): Size {
    const now = sizeOf(out);
    if (now.columns < lastSize.columns || now.rows < lastSize.rows) shrunk = true;
    lastSize = now;
    return now;
  }

  function resetGap(screenRows: number): void {
    gap = unknownGap(screenRows);
    gapRequest = undefined;
  }

  function forgetPlace(screenRows: number): void {
    resetGap(screenRows);
    linesAbove = 0;
    isAtBottom = false;
  }

  /** The response may arrive after further frames, and counts only if nothing else has changed the gap. */
  function expectGap(screenRows: number, footer: Footer): void {
    resetGap(screenRows);
    const request = {};
    gapRequest = request;
    const rowsBelow = footer.rows.length - 1 - footer.cursorRow;
    cursorReports?.expect((row, column) => {
      if (column !== 1) return false;
      if (gapRequest === request) {
        gap = startingAt(gap, Math.max(0, screenRows - row - rowsBelow));
        gapRequest = undefined;
      }
      return true;
    });
  }

  function expectWalk({ ifLeftAlone, ifWrapped }: WalkedRows): void {
    let from = 0;
    cursorReports?.expect((row, column) => {
      if (column !== 1) return false;
      from = row;
      return true;
    });
    cursorReports?.expect((row, column) => {
      if (column !== 1) return false;
      // At the screen's top the walk may have stopped before the footer's first row.
      if (row > 1 && from - row === ifLeftAlone) wrapsCursorLine = false;
      if (row > 1 && from - row === ifWrapped) wrapsCursorLine = true;
      return true;
    });
  }

  return {
    size,
    toBottom() {
      // On a higher screen than there are lines for, the last row is below the footer.
      if (drawn && isAtBottom && linesAbove >= lastSize.rows)
        out.write(control.down(control.beyondAnyScreen));
    },
    paint(messages, footer, { columns, rows }, signals) {
      const width = ambiguous();
      const way = reflow();
      if (gap.screenRows !== rows) resetGap(rows);
      if (linesAbove < rows) isAtBottom = false;
      const bottomGap = gapRows(gap);
      const asksRow =
        way === "tmux" &&
        footer !== null &&
        bottomGap === null &&
        !isAtBottom &&
        !gapRequest &&
        cursorReports !== undefined;
      const frame = composeFrame({
        drawn,
        screen: { columns, rows, shrunk },
        reflow: way,
        wrapsCursorLine,
        mayAsk: cursorReports !== undefined,
        asksRow,
        bottomGap,
        isAtBottom,
        gapAbove,
        ambiguous: width,
        messages,
        footer,
        signals,
      });
      shrunk = false;
      ({ drawn, gapAbove } = frame);
      if (frame.asksWalk) expectWalk(frame.asksWalk);
      if (!footer) forgetPlace(rows);
      else if (asksRow) expectGap(rows, footer);
      else if (!isAtBottom)
        gap = gapAfterFrame(gap, frame.erasedRows, messages, footer.rows.length, columns, width);
      if (footer) for (const message of messages) linesAbove += message.split("\n").length;
      if (way === "tmux" && linesAbove >= rows && gapRows(gap) === 0) isAtBottom = true;
      out.write(frame.text);
    },
    forget() {
      drawn = null;
      gapAbove = 0;
      forgetPlace(0);
    },
    hasLostRows({ columns, rows }) {
      if (!drawn || reflow() !== "tmux") return false;
      const total = drawn.joined
        ? drawn.rows.length + gainedRows(drawn, columns, ambiguous())
        : rowsAfterResize(drawn, columns, "tmux", ambiguous()).total;
      return total > rows;
    },
    get hasFooter() {
      return drawn !== null;
    },
  };
}

/**
 * How many blank rows lie between the footer and the screen's last row, from what was written and what the terminal
 * reported. Needed where a terminal's cursor cannot be trusted after a change of width.
 *
 * The gap is `start + shift` rows but at least `least`; `start`, from 0 to `screenRows`, is unknown.
 */
export interface BottomGap {
  readonly least: number;
  readonly shift: number;
  readonly screenRows: number;
}

/** Only the screen's height is known. */
export const unknownGap = (screenRows: number): BottomGap => ({ least: 0, shift: 0, screenRows });

/** The gap in rows; null: unknown. */
export function gapRows({ least, shift, screenRows }: BottomGap): number | null {
  return least >= screenRows + shift ? least : null;
}

/** The gap once `start` is known. */
export function startingAt({ least, shift, screenRows }: BottomGap, start: number): BottomGap {
  return { least: Math.max(least, start + shift), shift: Number.NEGATIVE_INFINITY, screenRows };
}

/** The gap after a frame that erased `erasedRows`, and wrote these messages and a footer of `footerRows`. */
export function gapAfterFrame(
  { least, shift, screenRows }: BottomGap,
  erasedRows: number,
  messages: readonly string[],
  footerRows: number,
  columns: number,
  ambiguous: Ambiguous,
): BottomGap {
  let change = erasedRows - footerRows;
  for (const message of messages) {
    // From here on the bottom is reached from any start.
    if (change < -2 * screenRows) break;
    for (const row of message.split("\n")) change -= rowsWhenWrapped(row, columns, ambiguous);
  }
  return { least: Math.max(0, least + change), shift: shift + change, screenRows };
}
