/**
 * How many blank rows lie between the footer and the screen's last row, by what was written and what the terminal said.
 * Needed where a terminal's cursor cannot be trusted after a change of width.
 */

import type { Ambiguous } from "../../text/width.js";
import { rowsWhenWrapped } from "./reflow.js";

/** The gap is `start + shift` rows but at least `least`; `start`, from 0 to `screenRows`, is not known. */
export interface BottomGap {
  readonly least: number;
  readonly shift: number;
  readonly screenRows: number;
}

/** Nothing is known but the screen's height. */
export const unknownGap = (screenRows: number): BottomGap => ({ least: 0, shift: 0, screenRows });

/** The gap in rows; null: not known. */
export function gapRows({ least, shift, screenRows }: BottomGap): number | null {
  return least >= screenRows + shift ? least : null;
}

/** The gap after `start` became known. */
export function startingAt({ least, shift, screenRows }: BottomGap, start: number): BottomGap {
  return { least: Math.max(least, start + shift), shift: Number.NEGATIVE_INFINITY, screenRows };
}

/** The gap after a frame that erased so many rows, and wrote these messages and a footer of `footerRows`. */
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
    // More rows than these reach the bottom from anywhere.
    if (change < -2 * screenRows) break;
    for (const row of message.split("\n")) change -= rowsWhenWrapped(row, columns, ambiguous);
  }
  return { least: Math.max(0, least + change), shift: shift + change, screenRows };
}
