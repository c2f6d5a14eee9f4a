/** What a terminal does to drawn rows when its width changes, to find the footer again. */
import { stripVTControlCharacters } from "node:util";
import { type Ambiguous, cellWidth } from "../../text/cells.js";
import { graphemes } from "../../text/graphemes.js";

/**
 * `all`: every row is wrapped again and the cursor stays with its character (VTE, kitty, foot, iTerm2).
 * `tmux`: the same, but the cursor may end in a line above, and the program is notified late: see joined-rows.ts. The
 * bottom of the screen stays in place, blank rows included, so that on a screen with few messages the footer's first row
 * may move into the history, out of reach.
 * `none`: rows are cut (xterm, GNU screen, the Linux console).
 * `xterm.js`: the cursor's position depends on an option, on the rows below it and on how full the history is (6.0.0,
 * `Buffer.resize`), so nothing is predicted: see joined-rows.ts.
 * `unknown`: any of these except `none`, until the terminal has identified itself.
 */
export type Reflow = "all" | "tmux" | "none" | "xterm.js" | "unknown";

/** A footer on the screen; rows are plain text without escape sequences. */
export interface DrawnRows {
  readonly rows: readonly string[];
  readonly cursorRow: number;
  readonly cursorColumn: number;
  /** The screen's columns when it was drawn. */
  readonly columns: number;
  /** Drawn as one line that the terminal itself wrapped, see joined-rows.ts. */
  readonly joined: boolean;
  /** Rows at its start that are lines of their own nevertheless. */
  readonly apart: number;
}

/** How this terminal reflows, from its environment. */
export function reflowOf(env: Readonly<Record<string, string | undefined>>): Reflow {
  if (env.TMUX) return "tmux";
  if (env.XTERM_VERSION || env.STY || env.TERM === "linux") return "none";
  return "unknown";
}

/**
 * The same, from the parameters of its secondary device attributes (DA2, `CSI > c`). xterm.js identifies itself as xterm
 * patch 276, as nothing else does (6.0.0, `sendDeviceAttributesSecondary`); tmux and GNU screen send 84 and 83, their
 * initials, first, also where ssh did not transfer the environment.
 */
export function reflowOfAttributes(parameters: string): Reflow {
  if (parameters === "0;276;0") return "xterm.js";
  if (parameters.startsWith("84;")) return "tmux";
  if (parameters.startsWith("83;")) return "none";
  return "all";
}

/** The start, in cells, of each row that `text` wraps into. */
function rowStarts(text: string, columns: number, ambiguous: Ambiguous): number[] {
  const starts = [0];
  let inRow = 0;
  let cells = 0;
  for (const grapheme of graphemes(text)) {
    const width = cellWidth(grapheme, ambiguous);
    if (inRow + width > columns) {
      starts.push(cells);
      inRow = 0;
    }
    inRow += width;
    cells += width;
  }
  return starts;
}

/** Rows that `text`, which may contain escape sequences, takes on the screen. */
export function rowsWhenWrapped(text: string, columns: number, ambiguous: Ambiguous): number {
  return rowStarts(stripVTControlCharacters(text), columns, ambiguous).length;
}

/**
 * Screen rows above the cursor, and in total, after separately drawn rows were wrapped to `columns`. If the reflow is
 * unknown, `above` is the minimum over all kinds, however often the width changed: all of them wrap the rows above the
 * cursor's own, and the cursor is never before that row's start. So a row of the old footer may remain, but no message
 * is erased.
 */
export function rowsAfterResize(
  drawn: DrawnRows,
  columns: number,
  reflow: Reflow,
  ambiguous: Ambiguous,
): { readonly above: number; readonly total: number } {
  if (columns === drawn.columns || reflow === "none")
    return { above: drawn.cursorRow, total: drawn.rows.length };
  const wrapped = drawn.rows.map((row) => rowStarts(row, columns, ambiguous));
  const count = (rows: readonly number[][]) => rows.reduce((sum, starts) => sum + starts.length, 0);
  const before = count(wrapped.slice(0, drawn.cursorRow));
  const inCursorRow = wrapped[drawn.cursorRow]?.findLastIndex((start) => start <= drawn.cursorColumn) ?? 0;
  const isSure = reflow === "all" || reflow === "tmux";
  return { above: before + (isSure ? inCursorRow : 0), total: count(wrapped) };
}
