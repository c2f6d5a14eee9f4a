/**
 * The footer as xterm.js gets it: one long line that the terminal wraps into our rows by itself. Where a change of size
 * leaves the cursor depends there on things that cannot be asked (the option `reflowCursorLine`, a full history, how
 * messages had wrapped), but the rows of one line bear a mark, and a backspace at the start of a marked row steps to the
 * row above (DEC mode 45; 6.0.0, `InputHandler.backspace`). So the way to the footer's first row is found, not computed.
 */
import { control } from "./control.js";
import { type DrawnRows, rowsWhenWrapped } from "./reflow.js";
import { type Ambiguous, cellWidth } from "./width.js";

/** Rows, which may hold SGR sequences, that fill the screen's width exactly, so that each wraps into the next. */
export function joinRows(rows: readonly string[], columns: number, ambiguous: Ambiguous): string {
  const pieces = rows.map((row, index) => {
    const width = cellWidth(row, ambiguous);
    // Only a character that is drawn makes the terminal wrap.
    const drawn = width === 0 && index > 0 ? `${row} ` : row;
    const isFull = index === rows.length - 1 || width >= columns;
    // By the edge and not by a count: a character that is wider or narrower here than we think moves no other row.
    return isFull ? drawn : `${drawn}${control.right(columns)} `;
  });
  return pieces.join("");
}

/** What is known of the screen since the rows were drawn. */
export interface ScreenSince {
  readonly columns: number;
  readonly rows: number;
  /** It became lower or narrower at some time since then. */
  readonly shrunk: boolean;
}

/** Rows from the start of the walk to the first one, by what the terminal does to the line that the cursor is on. */
export interface WalkedRows {
  readonly ifLeftAlone: number;
  readonly ifWrapped: number;
}

export interface WayBack {
  /** From the cursor to column 0 of the footer's first row; with two cursor reports, before and after, if `asks`. */
  readonly text: string;
  /** Not null: the reports will differ by one of these. */
  readonly asks: WalkedRows | null;
}

/**
 * The way to the footer's first row.
 *
 * Where the terminal wraps the cursor's line too (`reflowCursorLine`, off by default, on in some programs around
 * xterm.js), rows that come together when the screen widens move the cursor up even where they were below it, so that
 * it may stand in a message: but as far above the line's last row as ever, so that the walk may begin there. On a
 * screen that shrank, rows may have been cut off below and blank ones added, and there is no sure way down. Without
 * the option the cursor is always in its row. Which it is shows when a walk is measured.
 *
 * @param wrapsCursorLine What was measured; undefined: nothing yet, and then a row may stay behind, but no message goes.
 */
export function toFirstJoinedRow(
  drawn: DrawnRows,
  screen: ScreenSince,
  wrapsCursorLine: boolean | undefined,
  mayAsk: boolean,
  ambiguous: Ambiguous,
): WayBack {
  const last = drawn.rows.length - 1;
  const line = drawn.rows.map((row, index) => {
    const width = cellWidth(row, ambiguous);
    return index === last ? row : row + " ".repeat(Math.max(0, drawn.columns - width));
  });
  const isWider = screen.columns > drawn.columns;
  const gained =
    screen.columns === drawn.columns
      ? 0
      : rowsWhenWrapped(line.join(""), screen.columns, ambiguous) - 1 - last;
  const cursorIfWrapped = drawn.cursorRow + gained;
  const fromLast = isWider && (!screen.shrunk || (cursorIfWrapped < 0 && wrapsCursorLine !== false));
  const isSure = !fromLast || !screen.shrunk;
  const asks = mayAsk && isSure && gained !== 0;
  const startsAt = fromLast ? last : drawn.cursorRow;
  const report = asks ? control.askCursor : "";
  return {
    text:
      (fromLast ? control.down(last - drawn.cursorRow) : "") +
      `\r${report}${control.beginReverseWrap}` +
      control.toRowAboveIfWrapped.repeat(screen.rows - 1) +
      `${control.endReverseWrap}\r${report}`,
    asks: asks ? { ifLeftAlone: startsAt, ifWrapped: startsAt + gained } : null,
  };
}
