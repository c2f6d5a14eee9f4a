/** One frame as one string: the old footer goes, messages scroll in, the new footer stands. Pure. */
import { stripVTControlCharacters } from "node:util";
import { control } from "./control.js";
import { type DrawnRows, type Reflow, rowsAfterResize } from "./reflow.js";
import type { Ambiguous } from "./width.js";

/** The rows that are redrawn, and where the cursor stands among them. Rows may hold SGR sequences, nothing else. */
export interface Footer {
  readonly rows: readonly string[];
  readonly cursorRow: number;
  readonly cursorColumn: number;
}

export interface FrameInput {
  /** What stands on the screen now; null: nothing. */
  readonly drawn: DrawnRows | null;
  /** Screen columns now. */
  readonly columns: number;
  readonly reflow: Reflow;
  /** Blank rows between the old footer and the screen's last row, if known. */
  readonly bottomGap: number | null;
  readonly ambiguous: Ambiguous;
  /** Complete lines for the scrollback, without line ends. */
  readonly messages: readonly string[];
  /** null: leave no footer, cursor at the start of its first row. */
  readonly footer: Footer | null;
  /** Sequences that move nothing (bell, title), put at the end. */
  readonly signals?: string;
}

/** The cursor stops at the last row. */
const beyondAnyScreen = 9999;

/**
 * Erases row by row: tmux takes rows cleared by `CSI J` at the screen's top for history. The way back is a saved
 * cursor and not a count, because a lower screen may have cut rows off below, and `CSI B` stops at its edge.
 */
function eraseFooter(input: FrameInput): { readonly text: string; readonly rows: number } {
  const { drawn, columns, reflow, ambiguous, bottomGap } = input;
  if (!drawn) return { text: "\r", rows: 0 };
  const { above, total } = rowsAfterResize(drawn, columns, reflow, ambiguous);
  const fromBottom = reflow === "tmux" && columns !== drawn.columns && bottomGap !== null;
  const toFirst = fromBottom
    ? control.down(beyondAnyScreen) + control.up(bottomGap + total - 1)
    : control.up(above);
  const first = `\r${toFirst}${control.eraseRow}`;
  if (total === 1) return { text: first, rows: total };
  const rest = (control.down(1) + control.eraseRow).repeat(total - 1);
  return { text: first + control.saveCursor + rest + control.restoreCursor, rows: total };
}

export interface Frame {
  readonly text: string;
  /** What stands on the screen after it. */
  readonly drawn: DrawnRows | null;
  /** Rows of the old footer, as they were on the screen. */
  readonly erasedRows: number;
}

export function composeFrame(input: FrameInput): Frame {
  const { footer, messages, columns } = input;
  const erased = eraseFooter(input);
  let text = control.beginSync + control.hideCursor + erased.text;
  for (const message of messages) text += `${message.replaceAll("\n", "\r\n")}\r\n`;
  if (footer) {
    text += footer.rows.join("\r\n");
    text += control.up(footer.rows.length - 1 - footer.cursorRow);
    text += `\r${control.right(footer.cursorColumn)}`;
  }
  text += control.showCursor + control.endSync + (input.signals ?? "");
  const drawn = footer && { ...footer, rows: footer.rows.map(stripVTControlCharacters), columns };
  return { text, drawn, erasedRows: erased.rows };
}
