/**
 * The footer for xterm.js and tmux: one long line that the terminal itself wraps into our rows. Where a change of size
 * leaves the cursor cannot be known there, but the rows of one line carry a mark, and a backspace at the start of a
 * marked row moves to the row above. So the way to the footer's first row is walked, not computed, and it never leads
 * into a message.
 *
 * xterm.js: the cursor depends on things that cannot be queried (the option `reflowCursorLine`, a full history, how
 * messages had wrapped); a backspace wraps in DEC mode 45 (6.0.0, `InputHandler.backspace`).
 *
 * tmux: a backspace always wraps (2.6 to 3.7, `screen_write_backspace`). The program learns a new size up to 250 ms after
 * the screen has it, so a frame cannot know the width at which it is read, and needs a way that is right at any width.
 */

import { type Ambiguous, cellWidth } from "../../text/cells.js";
import { control } from "./control.js";
import { type DrawnRows, rowsWhenWrapped } from "./reflow.js";

/** Rows, which may contain SGR sequences, filled to the exact width of the screen, so that each wraps into the next. */
export function joinRows(rows: readonly string[], columns: number, ambiguous: Ambiguous): string {
  const pieces = rows.map((row, index) => {
    const width = cellWidth(row, ambiguous);
    // Only a printed character makes the terminal wrap.
    const drawn = width === 0 && index > 0 ? `${row} ` : row;
    const isFull = index === rows.length - 1 || width >= columns;
    // Up to the edge and not by a count: a character whose width we misjudge then moves no other row.
    return isFull ? drawn : `${drawn}${control.right(columns)} `;
  });
  return pieces.join("");
}

/** The screen's changes since the rows were drawn. */
export interface ScreenSince {
  readonly columns: number;
  readonly rows: number;
  /** Whether it had fewer rows or columns at some time since then. */
  readonly shrunk: boolean;
}

export interface WalkConditions {
  readonly screen: ScreenSince;
  /** Measured; undefined: not yet. Then a row of the footer may remain, but no message is erased. */
  readonly wrapsCursorLine: boolean | undefined;
  /** Whether the walk may be measured. */
  readonly mayAsk: boolean;
  readonly ambiguous: Ambiguous;
}

/** Rows from the start of the walk to the first row, by what the terminal does to the cursor's line. */
export interface WalkedRows {
  readonly ifLeftAlone: number;
  readonly ifWrapped: number;
}

export interface WayBack {
  /** Moves from the cursor to column 0 of the footer's first row; with a cursor report before and after, if `asks`. */
  readonly text: string;
  /** Not null: the rows of the reports will differ by one of these. */
  readonly asks: WalkedRows | null;
}

/** Rows that the line gains (negative: loses) where a terminal wraps it to `columns`. */
export function gainedRows(drawn: DrawnRows, columns: number, ambiguous: Ambiguous): number {
  if (columns === drawn.columns) return 0;
  const rows = drawn.rows.slice(drawn.apart);
  const last = rows.length - 1;
  const line = rows.map((row, index) => {
    const blank = index === last ? 0 : drawn.columns - cellWidth(row, ambiguous);
    return row + " ".repeat(Math.max(0, blank));
  });
  const lines = [...drawn.rows.slice(0, drawn.apart), line.join("")];
  const wrapped = lines.reduce((sum, one) => sum + rowsWhenWrapped(one, columns, ambiguous), 0);
  return wrapped - drawn.rows.length;
}

/**
 * The way to the footer's first row.
 *
 * Where the terminal wraps the cursor's line too (`reflowCursorLine`, off by default, on in some programs that embed
 * xterm.js), rows that merge when the screen widens move the cursor up even if they were below it, so that it may be in a
 * message: but its distance to the line's last row is unchanged, so the walk can begin there. On a screen that shrank,
 * rows may have been cut off below and blank ones added, and no way down is certain. Without the option the cursor is
 * always in its row. Which case applies is measured by a walk.
 */
export function toFirstJoinedRow(drawn: DrawnRows, conditions: WalkConditions): WayBack {
  const { screen, wrapsCursorLine, mayAsk, ambiguous } = conditions;
  const last = drawn.rows.length - 1;
  const gained = gainedRows(drawn, screen.columns, ambiguous);
  const mayStandAbove = drawn.cursorRow + gained < 0 && wrapsCursorLine !== false;
  // A terminal may have become wider before we are notified.
  const mayHaveMoved = screen.columns > drawn.columns || wrapsCursorLine !== false;
  const fromLast = mayHaveMoved && (!screen.shrunk || mayStandAbove);
  const isSure = !fromLast || !screen.shrunk;
  const asks = mayAsk && isSure && gained !== 0;
  const startsAt = fromLast ? last : drawn.cursorRow;
  const report = asks ? control.askCursor : "";
  const steps = control.toRowAboveIfWrapped.repeat(Math.max(last, screen.rows - 1));
  const toStart = fromLast ? control.down(last - drawn.cursorRow) : "";
  return {
    text: `${toStart}\r${report}${control.beginReverseWrap}${steps}${control.endReverseWrap}\r${report}`,
    asks: asks ? { ifLeftAlone: startsAt, ifWrapped: startsAt + gained } : null,
  };
}

/**
 * The same in tmux. `isAtBottom`: the footer's last row is the screen's last; the walk begins there, for tmux keeps the
 * bottom of the screen in place. The cursor it moves: reflowing, it drops the wrap mark of a row that took in a whole
 * second row and is one cell short of a third that begins with a wide character (3.3a to 3.7, `grid_reflow_join`;
 * measured from 50 to 101 columns). One line becomes two, and since tmux finds the cursor again by counting lines, it
 * ends a line too high for each: in a message. `apart`: lines above that one, each of which the same walk leads through.
 */
export function toFirstRowInTmux(screenRows: number, isAtBottom: boolean, apart: number): string {
  const start = isAtBottom ? control.down(control.beyondAnyScreen) : "";
  const walk = `${control.toRowAboveIfWrapped.repeat(screenRows - 1)}\r`;
  return `${start}${walk}${(control.up(1) + walk).repeat(apart)}`;
}
