/** What a terminal does to drawn rows when its width changes, so that the footer is found again. */
import { stripVTControlCharacters } from "node:util";
import { type Ambiguous, cellWidth, graphemes } from "../../text/graphemes.js";

/**
 * `all`: every row is wrapped anew and the cursor stays with its character (VTE, kitty, foot, iTerm2).
 * `tmux`: the same, but where wide characters in the history wrapped, the cursor lands rows away from its character
 * (measured, 3.3a: plain text, 80 to 50 to 100 columns); what is at the bottom of the screen stays there, blank rows
 * too, so that on a screen with few messages the footer's first row may go to the history, out of reach.
 * `none`: rows are cut (xterm, GNU screen, the Linux console).
 * `xterm.js`: where the cursor goes depends on an option, on rows below it and on how full the history is (6.0.0,
 * `Buffer.resize`), so nothing is predicted there: see joined-rows.ts.
 * `unknown`: any of these but `none`, as long as the terminal has not said what it is.
 */
export type Reflow = "all" | "tmux" | "none" | "xterm.js" | "unknown";

/** What stands in the footer; rows are plain text without escape sequences. */
export interface DrawnRows {
  readonly rows: readonly string[];
  readonly cursorRow: number;
  readonly cursorColumn: number;
  /** The screen's columns when it was drawn. */
  readonly columns: number;
  /** Drawn as one line that the terminal wrapped by itself, see joined-rows.ts. */
  readonly joined: boolean;
}

/** How the terminal at hand reflows, as far as its environment tells. */
export function reflowOf(env: Readonly<Record<string, string | undefined>>): Reflow {
  if (env.TMUX) return "tmux";
  if (env.XTERM_VERSION || env.STY || env.TERM === "linux") return "none";
  return "unknown";
}

/**
 * The same, told by the parameters of its secondary device attributes (DA2, `CSI > c`). xterm.js calls itself xterm
 * patch 276, and nothing else does (6.0.0, `sendDeviceAttributesSecondary`); tmux and GNU screen put 84 and 83, their
 * initials, first, also where the environment stayed behind at the other end of ssh.
 */
export function reflowOfAttributes(parameters: string): Reflow {
  if (parameters === "0;276;0") return "xterm.js";
  if (parameters.startsWith("84;")) return "tmux";
  if (parameters.startsWith("83;")) return "none";
  return "all";
}

/** Where each row that `text` wraps into begins, in cells. */
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

/** Rows that `text`, which may hold escape sequences, takes on the screen. */
export function rowsWhenWrapped(text: string, columns: number, ambiguous: Ambiguous): number {
  return rowStarts(stripVTControlCharacters(text), columns, ambiguous).length;
}

/**
 * Screen rows above the cursor, and in all, after rows that were drawn each by itself were wrapped to `columns`.
 * Where the way of wrapping is not known, `above` is the least that any way gives, however often the width changed:
 * the rows above the cursor's own are wrapped by all of them, and the cursor never stands before that row's start. So
 * a row of the old footer may stay behind, but no message is taken for one.
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
