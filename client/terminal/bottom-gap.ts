/**
 * How many blank rows lie between the footer and the screen's last row, if that can be known from what was written.
 * Needed where a terminal's cursor cannot be trusted after a change of width.
 */
import { rowsWhenWrapped } from "./reflow.js";
import type { Ambiguous } from "./width.js";

export interface BottomGap {
  /** Blank rows under the footer; null: not known. */
  readonly rows: number | null;
  /** While it is not known: rows that were surely written since the screen had its present height. */
  readonly written: number;
  readonly screenRows: number;
}

export const unknownGap: BottomGap = { rows: null, written: 0, screenRows: 0 };

/** The gap after a frame that erased so many rows, and wrote these messages and a footer of `footerRows`. */
export function gapAfterFrame(
  gap: BottomGap,
  erasedRows: number,
  messages: readonly string[],
  footerRows: number,
  screen: { readonly columns: number; readonly rows: number },
  ambiguous: Ambiguous,
): BottomGap {
  const next = { screenRows: screen.rows };
  const start = screen.rows === gap.screenRows ? gap : unknownGap;
  if (start.rows === null) {
    const written = messages.reduce((sum, message) => sum + message.split("\n").length, start.written);
    // So many rows reach the bottom from anywhere.
    return { ...next, rows: written >= screen.rows ? 0 : null, written };
  }
  let rows = Math.max(0, start.rows + erasedRows - footerRows);
  for (const message of messages) {
    if (rows === 0) break;
    for (const row of message.split("\n")) rows -= rowsWhenWrapped(row, screen.columns, ambiguous);
    rows = Math.max(0, rows);
  }
  return { ...next, rows, written: start.written };
}
