/** Composes a frame as one string: erases the old footer, scrolls messages in, draws the new footer. Pure. */
import { stripVTControlCharacters } from "node:util";
import { control } from "./control.js";
import {
  gainedRows,
  joinRows,
  toFirstJoinedRow,
  toFirstRowInTmux,
  type WalkConditions,
  type WalkedRows,
} from "./joined-rows.js";
import { type DrawnRows, type Reflow, rowsAfterResize, rowsWhenWrapped } from "./reflow.js";

/** The screen, in cells. */
export interface Size {
  readonly columns: number;
  readonly rows: number;
}

/** The size of an output. Some pseudo-terminals report 0 x 0, which means unknown. */
export function sizeOf(out: { readonly columns?: number; readonly rows?: number }): Size {
  return { columns: out.columns || 80, rows: out.rows || 24 };
}

/** The rows that are redrawn, and the cursor's position in them. Rows may contain SGR sequences, no others. */
export interface Footer {
  readonly rows: readonly string[];
  readonly cursorRow: number;
  readonly cursorColumn: number;
  /** Its first rows, which the cursor is never in, without what only fills them; they may end in EL. Default none. */
  readonly short?: readonly string[];
}

export interface FrameInput extends WalkConditions {
  /** The footer on the screen; null: none. */
  readonly drawn: DrawnRows | null;
  readonly reflow: Reflow;
  /** Requests the cursor's final row (`CSI 6n`), at column 1. */
  readonly asksRow: boolean;
  /** Blank rows between the old footer and the screen's last row, if known. */
  readonly bottomGap: number | null;
  /** tmux: the footer's last row is the screen's last, and is to stay there. */
  readonly isAtBottom: boolean;
  /** Blank rows between the last message and the old footer. */
  readonly gapAbove: number;
  /** Complete lines for the scrollback, without line ends. */
  readonly messages: readonly string[];
  /** null: no footer; the cursor is left at the start of its first row. */
  readonly footer: Footer | null;
  /** Sequences that draw nothing (bell, title), appended at the end. */
  readonly signals: string;
}

/** Since the footer was drawn. */
function isResized({ drawn, screen }: FrameInput): boolean {
  return drawn !== null && (screen.shrunk || screen.columns !== drawn.columns);
}

interface Found {
  readonly toFirst: string;
  readonly rows: number;
  readonly asks?: WalkedRows | null;
}

/** The old footer's first row: the way there from the cursor, and the number of rows that may belong to the footer. */
function findFooter(drawn: DrawnRows, input: FrameInput): Found {
  const { screen, reflow, ambiguous, bottomGap } = input;
  const resized = isResized(input);
  const anyRows = Math.max(drawn.rows.length, screen.rows);
  if (drawn.joined && reflow === "tmux") {
    // All to the screen's end: how many rows the footer has is not known while a resize may be on its way.
    const toFirst = toFirstRowInTmux(screen.rows, input.isAtBottom, drawn.apart) + control.up(input.gapAbove);
    return { toFirst, rows: anyRows };
  }
  if (drawn.joined) {
    const rows = resized ? anyRows : drawn.rows.length;
    const { text, asks } = toFirstJoinedRow(drawn, input);
    return { toFirst: text, rows, asks };
  }
  const { above, total } = rowsAfterResize(drawn, screen.columns, reflow, ambiguous);
  if (reflow === "tmux" && screen.columns !== drawn.columns && bottomGap !== null) {
    const toFirst = control.down(control.beyondAnyScreen) + control.up(bottomGap + total - 1);
    return { toFirst: `\r${toFirst}`, rows: total };
  }
  const isSure = reflow !== "unknown" && reflow !== "xterm.js";
  return { toFirst: `\r${control.up(above)}`, rows: resized && !isSure ? anyRows : total };
}

/**
 * Erases row by row: tmux adds rows cleared by `CSI J` at the screen's top to the history. The way back is a saved cursor
 * and not a count, because a screen with fewer rows may have cut off rows below, and `CSI B` stops at its edge.
 */
function eraseFooter(input: FrameInput): {
  readonly text: string;
  readonly rows: number;
  readonly asks: WalkedRows | null;
} {
  if (!input.drawn) return { text: "\r", rows: 0, asks: null };
  const { toFirst, rows, asks = null } = findFooter(input.drawn, input);
  const first = toFirst + control.eraseRow;
  if (rows === 1) return { text: first, rows, asks };
  const rest = (control.down(1) + control.eraseRow).repeat(rows - 1);
  return { text: first + control.saveCursor + rest + control.restoreCursor, rows, asks };
}

/**
 * Blank rows above the new footer, so that its last row stays the screen's. tmux keeps blank rows at the bottom, so a
 * footer that left some below itself would drift up with each narrowing, and out of the screen. The next messages fill
 * the blank rows.
 */
function newGapAbove(input: FrameInput): number {
  const { drawn, screen, messages, footer, ambiguous } = input;
  if (!input.isAtBottom || !drawn || !footer) return 0;
  const erased = input.gapAbove + drawn.rows.length + gainedRows(drawn, screen.columns, ambiguous);
  let left = Math.min(erased, screen.rows) - footer.rows.length;
  for (const message of messages) {
    for (const row of message.split("\n")) {
      if (left <= 0) return 0;
      left -= rowsWhenWrapped(row, screen.columns, ambiguous);
    }
  }
  return Math.max(0, left);
}

/**
 * Down to the last rows of the screen, and never up. After a resize the old footer may have had more rows than we know: a
 * frame that was read at a narrower width than ours wrapped its rows one by one.
 */
function toLastRows(count: number): string {
  return `${"\r\n".repeat(count - 1)}${control.down(control.beyondAnyScreen)}${control.up(count - 1)}`;
}

export interface Frame {
  readonly text: string;
  /** The footer on the screen after it. */
  readonly drawn: DrawnRows | null;
  /** Rows of the old footer on the screen. */
  readonly erasedRows: number;
  /** Blank rows above the new footer; never more, also where the screen has another size than we know. */
  readonly gapAbove: number;
  /** Not null: two cursor reports will arrive first, whose rows differ by one of these. */
  readonly asksWalk: WalkedRows | null;
}

/**
 * The footer as it is written. tmux wraps a row that is filled into many when the screen narrows, and keeps blank rows
 * below it, so that its first rows leave the screen for the history, where nothing can be erased: there a row is as short
 * as it can be.
 */
function writtenRows(
  { rows, short = [] }: Footer,
  reflow: Reflow,
): { rows: readonly string[]; apart: number } {
  if (reflow !== "tmux") return { rows, apart: 0 };
  return { rows: [...short, ...rows.slice(short.length)], apart: short.length };
}

export function composeFrame(input: FrameInput): Frame {
  const { footer, messages, ambiguous, reflow, isAtBottom } = input;
  const { columns } = input.screen;
  const joined = reflow === "xterm.js" || isAtBottom;
  const erased = eraseFooter(input);
  const gapAbove = newGapAbove(input);
  let text = control.beginSync + control.hideCursor + erased.text;
  for (const message of messages) text += `${message.replaceAll("\n", "\r\n")}\r\n`;
  if (footer) {
    const { rows, apart } = writtenRows(footer, reflow);
    text += "\r\n".repeat(gapAbove);
    if (isAtBottom && isResized(input)) text += toLastRows(rows.length);
    text += joined
      ? [...rows.slice(0, apart), joinRows(rows.slice(apart), columns, ambiguous)].join("\r\n")
      : rows.join("\r\n");
    const rowsBelow = footer.rows.length - 1 - footer.cursorRow;
    // In tmux not by a count, which at another width than ours may lead above the footer.
    text += isAtBottom ? control.toRowAboveIfWrapped.repeat(rowsBelow) : control.up(rowsBelow);
    text += `\r${input.asksRow ? control.askCursor : ""}${control.right(footer.cursorColumn)}`;
  }
  text += control.showCursor + control.endSync + input.signals;
  return {
    text,
    drawn: footer && drawnRows(footer, input, joined),
    erasedRows: erased.rows,
    gapAbove,
    asksWalk: erased.asks,
  };
}

function drawnRows(footer: Footer, { screen, reflow }: FrameInput, joined: boolean): DrawnRows {
  const { rows, apart } = writtenRows(footer, reflow);
  const { cursorRow, cursorColumn } = footer;
  const plain = rows.map(stripVTControlCharacters);
  return { rows: plain, cursorRow, cursorColumn, columns: screen.columns, joined, apart: joined ? apart : 0 };
}
