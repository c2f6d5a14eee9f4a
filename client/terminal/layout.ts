/** Where the input and the status row stand: pure, sizes are arguments. Columns and rows count from 0. */

import { graphemes } from "../text/graphemes.js";
import { type Ambiguous, cellWidth, cutToCells } from "../text/width.js";
import type { EditorState } from "./input/editor-state.js";
import type { Size } from "./screen/frame.js";

export interface InputLayout {
  /** Rows to draw, none wider than the screen, at least one. */
  readonly rows: readonly string[];
  readonly cursorRow: number;
  /** Always less than the columns. */
  readonly cursorColumn: number;
}

const tabCells = 4;
const newlineIndent = 2;

/** Below two columns a wide character has no place; such a screen is laid out as if it had two. */
export const usableColumns = (columns: number): number => Math.max(2, columns);

/** Rows the input may take: a third of the screen but three at least, and always one for the messages if possible. */
export function maxInputRows(screenRows: number): number {
  return Math.max(1, Math.min(Math.max(3, Math.floor(screenRows / 3)), screenRows - 2));
}

function flow(
  text: string,
  cursor: number,
  prompt: string,
  columns: number,
  ambiguous: Ambiguous,
): InputLayout {
  const rows: string[] = [];
  let row = "";
  let column = 0;
  let offset = -1; // the cursor is never in the prompt
  let place = { row: 0, column: 0 };

  function breakRow(indent: number): void {
    rows.push(row);
    row = " ".repeat(indent);
    column = indent;
  }
  function markCursor(): void {
    if (offset !== cursor) return;
    // Behind an exactly full row a terminal's cursor is neither here nor there: it gets a row of its own.
    if (column === columns) breakRow(0);
    place = { row: rows.length, column };
  }
  function put(grapheme: string): void {
    const piece = grapheme === "\t" ? " ".repeat(Math.min(tabCells, columns)) : grapheme;
    const width = grapheme === "\t" ? piece.length : Math.min(cellWidth(grapheme, ambiguous), columns);
    if (column + width > columns) breakRow(0);
    markCursor();
    row += piece;
    column += width;
  }

  for (const grapheme of graphemes(prompt)) put(grapheme);
  offset = 0;
  for (const grapheme of graphemes(text)) {
    if (grapheme === "\n") {
      markCursor();
      breakRow(Math.min(newlineIndent, columns - 2));
    } else put(grapheme);
    offset += grapheme.length;
  }
  markCursor();
  rows.push(row);
  return { rows, cursorRow: place.row, cursorColumn: place.column };
}

/**
 * Rows and cursor cell of prompt and input. Wide characters never split over the edge, rows after a line break indent
 * by 2. More rows than `maxInputRows` scroll inside around the cursor.
 */
export function layoutInput(
  input: Pick<EditorState, "text" | "cursor">,
  prompt: string,
  size: Size,
  ambiguous: Ambiguous = "narrow",
): InputLayout {
  const all = flow(input.text, input.cursor, prompt, usableColumns(size.columns), ambiguous);
  const limit = maxInputRows(size.rows);
  if (all.rows.length <= limit) return all;
  const first = Math.min(Math.max(0, all.cursorRow - Math.floor(limit / 2)), all.rows.length - limit);
  return { ...all, rows: all.rows.slice(first, first + limit), cursorRow: all.cursorRow - first };
}

/**
 * A status row of columns - 1 cells: `left`, and `right` at the edge. Too long: `right` goes first, then `left` is cut.
 * The last column stays free, so that the row never waits to wrap.
 */
export function statusRow(
  left: string,
  right: string,
  columns: number,
  ambiguous: Ambiguous = "narrow",
): string {
  const width = usableColumns(columns) - 1;
  const gap = width - cellWidth(left, ambiguous) - cellWidth(right, ambiguous);
  if (right !== "" && gap >= 1) return left + " ".repeat(gap) + right;
  const cut = cutToCells(left, width, ambiguous);
  return cut + " ".repeat(width - cellWidth(cut, ambiguous));
}
