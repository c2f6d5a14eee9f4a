/** Composes a frame as one string: erases the old footer, scrolls messages in, draws the new footer. Pure. */
import { stripVTControlCharacters } from "node:util";
import { control } from "./control.js";
import { joinRows, toFirstJoinedRow, type WalkConditions, type WalkedRows } from "./joined-rows.js";
import { type DrawnRows, type Reflow, rowsAfterResize } from "./reflow.js";

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
}

export interface FrameInput extends WalkConditions {
  /** The footer on the screen; null: none. */
  readonly drawn: DrawnRows | null;
  readonly reflow: Reflow;
  /** Requests the cursor's final row (`CSI 6n`), at column 1. */
  readonly asksRow: boolean;
  /** Blank rows between the old footer and the screen's last row, if known. */
  readonly bottomGap: number | null;
  /** Complete lines for the scrollback, without line ends. */
  readonly messages: readonly string[];
  /** null: no footer; the cursor is left at the start of its first row. */
  readonly footer: Footer | null;
  /** Sequences that draw nothing (bell, title), appended at the end. */
  readonly signals: string;
}

/** Larger than any screen: the cursor stops at the last row. */
const beyondAnyScreen = 9999;

interface Found {
  readonly toFirst: string;
  readonly rows: number;
  readonly asks?: WalkedRows | null;
}

/** The old footer's first row: the way there from the cursor, and the number of rows that may belong to the footer. */
function findFooter(drawn: DrawnRows, input: FrameInput): Found {
  const { screen, reflow, ambiguous, bottomGap } = input;
  const resized = screen.shrunk || screen.columns !== drawn.columns;
  const anyRows = Math.max(drawn.rows.length, screen.rows);
  if (drawn.joined) {
    const rows = resized ? anyRows : drawn.rows.length;
    const { text, asks } = toFirstJoinedRow(drawn, input);
    return { toFirst: text, rows, asks };
  }
  const { above, total } = rowsAfterResize(drawn, screen.columns, reflow, ambiguous);
  if (reflow === "tmux" && screen.columns !== drawn.columns && bottomGap !== null) {
    const toFirst = control.down(beyondAnyScreen) + control.up(bottomGap + total - 1);
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

export interface Frame {
  readonly text: string;
  /** The footer on the screen after it. */
  readonly drawn: DrawnRows | null;
  /** Rows of the old footer on the screen. */
  readonly erasedRows: number;
  /** Not null: two cursor reports will arrive first, whose rows differ by one of these. */
  readonly asksWalk: WalkedRows | null;
}

export function composeFrame(input: FrameInput): Frame {
  const { footer, messages, ambiguous, reflow } = input;
  const { columns } = input.screen;
  const joined = reflow === "xterm.js";
  const erased = eraseFooter(input);
  let text = control.beginSync + control.hideCursor + erased.text;
  for (const message of messages) text += `${message.replaceAll("\n", "\r\n")}\r\n`;
  if (footer) {
    text += joined ? joinRows(footer.rows, columns, ambiguous) : footer.rows.join("\r\n");
    text += control.up(footer.rows.length - 1 - footer.cursorRow);
    text += `\r${input.asksRow ? control.askCursor : ""}${control.right(footer.cursorColumn)}`;
  }
  text += control.showCursor + control.endSync + input.signals;
  const drawn = footer && { ...footer, rows: footer.rows.map(stripVTControlCharacters), columns, joined };
  return { text, drawn, erasedRows: erased.rows, asksWalk: erased.asks };
}
