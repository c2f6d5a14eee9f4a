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
  readonly ambiguous: Ambiguous;
  /** Complete lines for the scrollback, without line ends. */
  readonly messages: readonly string[];
  /** null: leave no footer, cursor at the start of its first row. */
  readonly footer: Footer | null;
  /** Sequences that move nothing (bell, title), put at the end. */
  readonly signals?: string;
}

/**
 * Erases row by row: tmux takes rows cleared by `CSI J` at the screen's top for history. The way back is a saved
 * cursor and not a count, because a lower screen may have cut rows off below, and `CSI B` stops at its edge.
 */
function eraseFooter({ drawn, columns, reflow, ambiguous }: FrameInput): string {
  if (!drawn) return "\r";
  const { above, total } = rowsAfterResize(drawn, columns, reflow, ambiguous);
  const first = `\r${control.up(above)}${control.eraseRow}`;
  if (total === 1) return first;
  const rest = (control.down(1) + control.eraseRow).repeat(total - 1);
  return first + control.saveCursor + rest + control.restoreCursor;
}

/** The frame's bytes and what stands on the screen after it. */
export function composeFrame(input: FrameInput): { readonly text: string; readonly drawn: DrawnRows | null } {
  const { footer, messages, columns } = input;
  let text = control.beginSync + control.hideCursor + eraseFooter(input);
  for (const message of messages) text += `${message.replaceAll("\n", "\r\n")}\r\n`;
  if (footer) {
    text += footer.rows.join("\r\n");
    text += control.up(footer.rows.length - 1 - footer.cursorRow);
    text += `\r${control.right(footer.cursorColumn)}`;
  }
  text += control.showCursor + control.endSync + (input.signals ?? "");
  const drawn = footer && { ...footer, rows: footer.rows.map(stripVTControlCharacters), columns };
  return { text, drawn };
}
