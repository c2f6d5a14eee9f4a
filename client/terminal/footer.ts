/** The rows at the bottom of the screen: status row or completion menu, and the input. Pure: sizes are arguments. */
import type { Pending } from "../chat/outbox.js";
import type { State } from "../chat/state.js";
import type { Words } from "../i18n/zh-CN.js";
import { type Ambiguous, cellWidth, cutToCells } from "../text/cells.js";
import { draftWords } from "../text/draft-words.js";
import { graphemes } from "../text/graphemes.js";
import type { Theme } from "../text/line-text.js";
import { sanitizeRow } from "../text/sanitize.js";
import type { CompletionMenu, EditorState } from "./input/editor-state.js";
import type { Footer, Size } from "./screen/frame.js";
import { HANG } from "./screen/wrap.js";

export interface FooterInput {
  readonly words: Words;
  readonly theme: Theme;
  readonly state: State;
  readonly editor: EditorState;
  /** Recipient of the input if it is a private message (`Address` of chat/address). */
  readonly recipient: string | null;
  readonly size: Size;
  readonly ambiguous: Ambiguous;
  /** Local clock, ms since 1970: counts down to the next attempt. */
  readonly nowMs: number;
  /** Offset of a secret in the input (`secretStart` of chat/parse); null, the default: there is none. */
  readonly secretFrom?: number | null;
  /** Inputs that are not done, the next to be sent first. Default: none. */
  readonly pending?: readonly Pending[];
  /** Whether a pending line is in the input as it was. Default false. */
  readonly isTaken?: boolean;
  /** Words in place of the connection's state: what is awaited, or what the next key does. */
  readonly stage?: string | undefined;
}

function promptText({ state, recipient, words, editor: { search } }: FooterInput): string {
  if (search) return words.search(sanitizeRow(search.query), search.isFailed);
  // The nickname of a session from PARLANCE_TOKEN is not known.
  const self = sanitizeRow(state.self?.nickname || words.spoken.you);
  if (recipient !== null) return `${self} -> ${sanitizeRow(recipient)}> `;
  return `${self}${state.ignoring ? words.promptIgnoring : ""}> `;
}

/** The left and right part of the status row. */
function statusTexts(input: FooterInput): { left: string; right: string } {
  const { left, right } = connectionTexts(input);
  const { editor, pending = [], words } = input;
  const isTakeable = editor.text === "" && pending.some(({ phase }) => phase !== "sending");
  const hint = input.isTaken ? words.hints.taken : right;
  return { left: ` ${left}`, right: isTakeable ? words.hints.pending : hint };
}

/** What is in the input if it is long, what is pending, and the connection. */
function connectionTexts(input: FooterInput): { left: string; right: string } {
  const { state, words, nowMs, pending = [], editor } = input;
  const { status } = words;
  const { connection, ignoring, online } = state;
  const waiting = pending.length > 0 ? status.pending(pending.length) : "";
  const size = draftSize(input);
  const join = (...parts: string[]) => [size, waiting, ...parts].filter((part) => part !== "").join(" | ");
  const stage = editor.search ? words.hints.search : editor.refused ? words.hints.refused : input.stage;
  if (stage !== undefined) return { left: join(stage), right: "" };
  if (connection.phase === "offline") {
    const left = join(
      status.reconnecting,
      status.attempt(connection.attempt),
      words.hints.retryIn(Math.max(0, connection.retryAtMs - nowMs)),
    );
    return { left, right: words.hints.retry };
  }
  if (connection.phase === "replaced") {
    return { left: join(status.disconnected), right: words.hints.reconnect };
  }
  if (connection.phase !== "online") return { left: join(status.connecting), right: "" };
  return {
    left: join(
      status.connected,
      online === null ? "" : status.online(online),
      ignoring ? status.ignoring : "",
    ),
    right: ignoring ? words.hints.ignoring : words.hints.help,
  };
}

/** The candidates, from the first that lets the selected one fit, then the hint if there is room for it. */
function menuRow(menu: CompletionMenu, { words, theme, size, ambiguous }: FooterInput): string {
  const width = usableColumns(size.columns) - 1;
  const labels = menu.candidates.map(({ label }) => sanitizeRow(label));
  const cells = labels.map((label) => cellWidth(label, ambiguous) + 2);
  let first = 0;
  const upTo = (start: number) =>
    cells.slice(start, menu.selected + 1).reduce((sum, cell) => sum + cell, 0) - 1;
  while (first < menu.selected && upTo(first) > width) first++;
  let row = "";
  let used = 0;
  for (const [index, label] of labels.entries()) {
    if (index < first || used >= width) continue;
    const gap = index === first ? " " : "  ";
    const shown = cutToCells(label, Math.max(0, width - used - gap.length), ambiguous);
    if (shown === "") break;
    row += gap + (index === menu.selected ? theme.chosen(shown) : shown);
    used += gap.length + cellWidth(shown, ambiguous);
    if (shown !== label) used = width;
  }
  const hint = `   ${words.hints.next}`;
  const room = width - used;
  const hintCells = cellWidth(hint, ambiguous);
  return row + (hintCells <= room ? hint + " ".repeat(room - hintCells) : " ".repeat(Math.max(0, room)));
}

/** The size of a draft of several lines, or of one that is too long: by how much. */
function draftSize({ editor, state: { limits }, words }: FooterInput): string {
  return draftWords(editor.text, limits, words).join(" | ");
}

/** At most this part of the screen is for pending lines. */
const PENDING_PART = 4;

/** One row for each pending line, the last ones if there are too many: Up takes back the last. */
function pendingRows(
  { pending = [], words, theme, size, ambiguous, nowMs }: LoginFooterInput,
  inputRows: number,
): readonly string[] {
  // At least one row is for messages, and one for the status.
  const room = Math.min(Math.floor(size.rows / PENDING_PART), size.rows - inputRows - 2);
  const total = pending.length;
  const shown = room > 0 ? pending.slice(-room) : [];
  return shown.map((entry, index) => {
    const place = words.pending.place(total - shown.length + index + 1, total);
    const mark = entry.phase === "held" ? "!" : place;
    const to = entry.address?.finished ? `-> ${sanitizeRow(entry.address.person?.nickname ?? "")}> ` : "";
    const note = pendingNote(entry, words, nowMs);
    const head = ` ${mark} ${to}`;
    const cells = usableColumns(size.columns) - 1 - cellWidth(head + note, ambiguous);
    const row = head + shortened(entry.text, Math.max(0, cells), ambiguous) + note;
    const paint = entry.phase === "held" ? theme.problem : theme.notice;
    return paint(cutToCells(row, usableColumns(size.columns) - 1, ambiguous));
  });
}

function pendingNote(
  { phase, retryAtMs }: Pending,
  { pending: words }: Pick<Words, "pending">,
  nowMs: number,
): string {
  if (phase === "held") return words.held;
  if (phase === "sending") return words.unconfirmed;
  return retryAtMs === null ? "" : words.waiting(Math.max(1, retryAtMs - nowMs));
}

/** A text in one row of at most `cells` cells. */
function shortened(text: string, cells: number, ambiguous: Ambiguous): string {
  const row = sanitizeRow(text.replace(/\s+/g, " "));
  if (cellWidth(row, ambiguous) <= cells) return row;
  return `${cutToCells(row, Math.max(0, cells - 3), ambiguous)}...`;
}

/** The status row, and the same without what only fills it. */
interface StatusRow {
  readonly filled: string;
  readonly short: string;
}

function placeInput(status: StatusRow | null, whole: LoginFooterInput): Footer {
  const { editor, size, ambiguous, prompt } = whole;
  const input = layoutInput(editor, prompt, size, ambiguous);
  // A screen of one or two rows shows only the input.
  const pending = size.rows >= 3 ? pendingRows(whole, input.rows.length) : [];
  const shown = size.rows >= 3 ? status : null;
  const above = [...pending, ...(shown ? [shown.filled] : [])];
  return {
    rows: [...above, ...input.rows],
    short: [...pending, ...(shown ? [shown.short] : [])],
    cursorRow: above.length + input.cursorRow,
    cursorColumn: input.cursorColumn,
  };
}

/** A secret is not shown while it is typed: terminals keep what they drew. */
function masked({ editor, secretFrom = null }: FooterInput): EditorState {
  if (secretFrom === null) return editor;
  // By UTF-16 units, as the cursor.
  const hidden = "*".repeat(editor.text.length - secretFrom);
  return { ...editor, text: editor.text.slice(0, secretFrom) + hidden };
}

/** Status row (or completion menu) and input. */
export function viewFooter(input: FooterInput): Footer {
  const { editor, size, ambiguous, theme } = input;
  const { left, right } = statusTexts(input);
  const row = editor.menu ? menuRow(editor.menu, input) : statusRow(left, right, size.columns, ambiguous);
  const short = editor.menu ? row.trimEnd() : shortStatusRow(left, right, size.columns, ambiguous);
  // The selected candidate is marked by what reverses the row.
  const paint = editor.menu ? theme.status : theme.shortStatus;
  const status = { filled: theme.status(row), short: paint(`${short} `) };
  return placeInput(status, { ...input, prompt: promptText(input), editor: masked(input) });
}

/** First run, above the prompt: the server, and the rules for a nickname. */
export function viewLoginIntro(words: Words, server: string): string {
  // A hanging indent is for what has a time in front of it.
  return `${HANG}${words.asks.server(sanitizeRow(server))}\n${HANG}${words.login.rule}`;
}

/** First run: the prompt for a nickname or what the room asks for, without a status row. */
export function viewLoginFooter(input: LoginFooterInput): Footer {
  return placeInput(null, input);
}

export type LoginFooterInput = Pick<
  FooterInput,
  "words" | "theme" | "editor" | "size" | "ambiguous" | "pending" | "nowMs"
> & { readonly prompt: string };

export interface InputLayout {
  /** Rows to draw, none wider than the screen, at least one. */
  readonly rows: readonly string[];
  readonly cursorRow: number;
  /** Always less than the columns. */
  readonly cursorColumn: number;
}

const tabCells = 4;
const newlineIndent = 2;

/** A wide character needs two columns; a narrower screen is laid out as if it had two. */
const usableColumns = (columns: number): number => Math.max(2, columns);

/** Maximum rows of the input: a third of the screen, at least three, leaving one for messages if possible. */
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
    // After an exactly full row a terminal's cursor is pending between two rows: it gets a row of its own.
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
 * Rows and cursor cell of prompt and input. Wide characters are never split at the edge; rows after a line break are
 * indented by 2. More rows than `maxInputRows` scroll around the cursor.
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
 * A status row of columns - 1 cells: `left`, and `right` at the edge. If too long, `right` is dropped first, then the
 * last parts of `left`. The last column stays free, so that no wrap is pending.
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
  const cut = fitted(left, width, ambiguous);
  return cut + " ".repeat(width - cellWidth(cut, ambiguous));
}

/** The same, no longer than it has to be. */
function shortStatusRow(left: string, right: string, columns: number, ambiguous: Ambiguous): string {
  const both = right === "" ? left : `${left} | ${right}`;
  const width = usableColumns(columns) - 2;
  return cellWidth(both, ambiguous) <= width ? both : fitted(left, width, ambiguous);
}

/** What fits of parts that are joined by ` | `: whole ones, and of the first one its beginning. */
function fitted(left: string, width: number, ambiguous: Ambiguous): string {
  const parts = left.split(" | ");
  while (parts.length > 1 && cellWidth(parts.join(" | "), ambiguous) > width) parts.pop();
  return cutToCells(parts.join(" | "), width, ambiguous);
}
