/** What a terminal does to drawn rows when its width changes, so that the footer is found again. */
import { stripVTControlCharacters } from "node:util";
import { graphemes } from "./graphemes.js";
import { type Ambiguous, cellWidth } from "./width.js";

/**
 * `all`: every row is wrapped anew and the cursor stays with its character (VTE, kitty, foot, iTerm2).
 * `tmux`: the same, but where wide characters in the history wrapped, the cursor lands rows away from its character
 * (measured, 3.3a: plain text, 80 to 50 to 100 columns); what is at the bottom of the screen stays there.
 * `xterm.js`: rows are wrapped from the last to the first, each moving the cursor down by what it gained, and a row that
 * the cursor is on at that moment is cut (measured, 6.0.0: VS Code, Hyper, Tabby).
 * `none`: rows are cut (xterm, GNU screen, the Linux console).
 */
export type Reflow = "all" | "tmux" | "xterm.js" | "none";

/** What stands in the footer; rows are plain text without escape sequences. */
export interface DrawnRows {
  readonly rows: readonly string[];
  readonly cursorRow: number;
  readonly cursorColumn: number;
  /** The screen's columns when it was drawn. */
  readonly columns: number;
}

/** How the terminal at hand reflows, as far as its environment tells. */
export function reflowOf(env: Readonly<Record<string, string | undefined>>): Reflow {
  if (env.TMUX) return "tmux";
  if (["vscode", "Hyper", "Tabby"].includes(env.TERM_PROGRAM ?? "")) return "xterm.js";
  if (env.XTERM_VERSION || env.STY || env.TERM === "linux") return "none";
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

/** Screen rows above the cursor, and in all, after the drawn rows were wrapped to `columns`. */
export function rowsAfterResize(
  drawn: DrawnRows,
  columns: number,
  reflow: Reflow,
  ambiguous: Ambiguous,
): { readonly above: number; readonly total: number } {
  if (columns === drawn.columns || reflow === "none")
    return { above: drawn.cursorRow, total: drawn.rows.length };
  const wrapped = drawn.rows.map((row) => rowStarts(row, columns, ambiguous));
  if (reflow === "xterm.js") {
    const gained = wrapped.reduceRight(
      (moved, starts, index) => (drawn.cursorRow + moved === index ? moved : moved + starts.length - 1),
      0,
    );
    return { above: drawn.cursorRow + gained, total: drawn.rows.length + gained };
  }
  const count = (rows: readonly number[][]) => rows.reduce((sum, starts) => sum + starts.length, 0);
  const inCursorRow = wrapped[drawn.cursorRow]?.findLastIndex((start) => start <= drawn.cursorColumn) ?? 0;
  return { above: count(wrapped.slice(0, drawn.cursorRow)) + inCursorRow, total: count(wrapped) };
}
