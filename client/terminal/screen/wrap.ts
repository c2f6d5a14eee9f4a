/** Word wrap for a screen, with a hanging indent. Pure; linear in the text's length. */
import { type Ambiguous, cellWidth } from "../../text/cells.js";
import { graphemes } from "../../text/graphemes.js";

/**
 * Marks in a row, which a theme puts there. They are control characters, so that no sanitised text contains them.
 * HANG: wrapped rows are indented to here, if that leaves them enough room. GLUE: a space at which no row ends. COLUMN:
 * the second of two columns; where all rows of a text have too little room for it, it is below the first one.
 */
export const HANG = "\x1f";
export const GLUE = "\x1e";
export const COLUMN = "\x1d";

/** Cells by which wrapped rows are indented: under the name, where the time is `18:05`. */
const DEFAULT_HANG = 6;
/** With fewer cells, a second column is below the first one, indented by so much. */
const MIN_COLUMN = 30;
const BELOW_INDENT = 2;
/** On a narrower screen every row is left to the terminal. */
const MIN_COLUMNS = 12;

// SGR, and hyperlinks (OSC 8): what a theme puts around text.
const sequence = /(\x1b\[[\d;]*m|\x1b\]8;[^\x07\x1b]*\x1b\\|\x1d|\x1f)/;
/** The SGR sequences that end a style. */
const styleEnd = /^\x1b\[(?:0|2[2-9]|39|49)(?:;(?:0|2[2-9]|39|49))*m$/;
const ascii = /^[ -~\x1e]*$/;
const space = /^[\s\u2800]$/;
/** Not at the start of a row (kinsoku shori; CLREQ 3.1.2): closing marks, small kana, marks of repetition and length. */
const closing =
  /^[，。、；：？！）」』】》〉〕｝］〗〙〛’”…—～·％‰℃，．｡､｣﹐﹑﹒﹔﹕﹖﹗ーゝゞ々〻ヽヾぁぃぅぇぉっゃゅょゎァィゥェォッャュョヮヵヶ,.!?;:)\]}%]$/;
/** Not at the end of a row. */
const opening = /^[@＠（「『【《〈〔｛［〖〘〚‘“￥＄([{]$/;
/** Either, so it stays with both its neighbours. */
const glue = /^["'\x1e]$/;

/** A grapheme, and how it behaves at the edge of a row. */
interface Cell {
  readonly text: string;
  readonly width: number;
  readonly isSpace: boolean;
  readonly isClosing: boolean;
  readonly isOpening: boolean;
  readonly isGlue: boolean;
  /** Ideographs, kana, full-width forms and emoji: two cells wide, whatever a terminal's settings. */
  readonly isWide: boolean;
}

function cellOf(text: string, ambiguous: Ambiguous): Cell {
  return {
    text: text === GLUE ? " " : text,
    width: text === GLUE ? 1 : cellWidth(text, ambiguous),
    isSpace: space.test(text),
    isClosing: closing.test(text),
    isOpening: opening.test(text),
    isGlue: glue.test(text),
    isWide: cellWidth(text) === 2,
  };
}

/** Texts have few different graphemes, and looking at each anew takes 100 times as long. */
const known: Readonly<Record<Ambiguous, Map<string, Cell>>> = { narrow: new Map(), wide: new Map() };

const MAX_KNOWN = 4_096;

function knownCell(text: string, ambiguous: Ambiguous): Cell {
  const found = known[ambiguous].get(text);
  if (found) return found;
  const cell = cellOf(text, ambiguous);
  if (known[ambiguous].size >= MAX_KNOWN) known[ambiguous].clear();
  known[ambiguous].set(text, cell);
  return cell;
}

/** Whether a row may end between two neighbours, neither of which is a space. */
function mayBreak(before: Cell, after: Cell): boolean {
  if (after.isClosing || before.isOpening || before.isGlue || after.isGlue) return false;
  return before.isWide || after.isWide;
}

/** Writes one logical row word by word, and knows the column and the style that this leads to. */
class RowWriter {
  readonly #columns: number;
  readonly #indent: number;
  #text = "";
  #column = 0;
  /** SGR sequence of the style at the end of the text; "": none. */
  #style = "";
  /** Spaces after the last word, with their sequences: left out where the row ends. */
  #spaces: Cell[] = [];
  #spaceCodes = "";
  #word: Cell[] = [];
  #wordText = "";
  #wordWidth = 0;
  #wordStyle: string | undefined;

  constructor(columns: number, indent: number) {
    this.#columns = columns;
    this.#indent = indent;
  }

  add(cell: Cell): void {
    const before = this.#word.at(-1);
    const isIndent = this.#text === "" && (before === undefined || before.isSpace);
    if (cell.isSpace && !isIndent) {
      this.#endWord();
      this.#spaces.push(cell);
      return;
    }
    if (before && !before.isSpace && mayBreak(before, cell)) this.#endWord();
    this.#word.push(cell);
    this.#wordText += cell.text;
    this.#wordWidth += cell.width;
  }

  /** A sequence that takes no cell. */
  code(code: string): void {
    if (code.startsWith("\x1b[")) this.#wordStyle = styleEnd.test(code) ? "" : code;
    if (this.#word.length === 0 && this.#spaces.length > 0) this.#spaceCodes += code;
    else this.#wordText += code;
  }

  end(): string {
    this.#endWord();
    return this.#text + this.#spaceCodes;
  }

  #endWord(): void {
    if (this.#wordText === "") return;
    const spacesWidth = this.#spaces.reduce((sum, { width }) => sum + width, 0);
    const isTooWide = this.#column + spacesWidth + this.#wordWidth > this.#columns;
    if (isTooWide && this.#text !== "" && this.#wordWidth <= this.#columns - this.#indent) {
      this.#breakRow();
    } else {
      this.#text += this.#spaces.map(({ text }) => text).join("") + this.#spaceCodes;
      this.#column += spacesWidth;
    }
    this.#text += this.#wordText;
    this.#advance();
    this.#style = this.#wordStyle ?? this.#style;
    this.#spaces = [];
    this.#spaceCodes = "";
    this.#word = [];
    this.#wordText = "";
    this.#wordWidth = 0;
    this.#wordStyle = undefined;
  }

  /** Styles do not extend to the indent. */
  #breakRow(): void {
    const end = this.#style === "" ? "" : "\x1b[0m";
    this.#text += `${end}\n${" ".repeat(this.#indent)}${this.#style}${this.#spaceCodes}`;
    this.#column = this.#indent;
  }

  #advance(): void {
    if (this.#column + this.#wordWidth <= this.#columns) {
      this.#column += this.#wordWidth;
      return;
    }
    // A longer word is wrapped by the terminal.
    for (const { width } of this.#word)
      this.#column = this.#column + width > this.#columns ? width : this.#column + width;
  }
}

function wrapRow(row: string, columns: number, ambiguous: Ambiguous): string {
  const pieces = row.split(sequence);
  if (fitsSurely(pieces, columns)) return withoutMarks(row);
  const cells = pieces.map((piece, index) =>
    index % 2 === 0 ? graphemes(piece).map((text) => knownCell(text, ambiguous)) : [],
  );
  const width = (some: readonly (readonly Cell[])[]) =>
    some.reduce((sum, list) => list.reduce((part, cell) => part + cell.width, sum), 0);
  if (width(cells) <= columns) return withoutMarks(row);
  const mark = pieces.findIndex(isMark);
  const at = mark < 0 ? null : width(cells.slice(0, mark));
  const indent = at !== null && pieces[mark] === COLUMN ? at : indentOf(row, at, columns);
  const writer = new RowWriter(columns, indent);
  for (const [index, piece] of pieces.entries()) {
    if (index % 2 === 0) for (const cell of cells[index] ?? []) writer.add(cell);
    else if (!isMark(piece)) writer.code(piece);
  }
  return writer.end();
}

const isMark = (piece: string) => piece === HANG || piece === COLUMN;

/** The rows of a text; those of two columns as twice as many, if the second one has too little room. */
function rowsOf(text: string, columns: number, ambiguous: Ambiguous): readonly string[] {
  const rows = text.split("\n");
  if (!text.includes(COLUMN)) return rows;
  const first = (row: string) => row.slice(0, row.indexOf(COLUMN)).replaceAll(HANG, "");
  const widest = Math.max(
    ...rows.filter((row) => row.includes(COLUMN)).map((row) => cellWidth(first(row), ambiguous)),
  );
  if (columns - widest >= MIN_COLUMN) return rows;
  return rows.flatMap((row) => {
    if (!row.includes(COLUMN)) return [row];
    const second = row.slice(row.indexOf(COLUMN) + COLUMN.length);
    return [first(row).trimEnd(), `${" ".repeat(BELOW_INDENT)}${HANG}${second}`];
  });
}

/** Most rows are short, and need not be looked at by grapheme: a UTF-16 unit takes two cells at most. */
function fitsSurely(pieces: readonly string[], columns: number): boolean {
  let cells = 0;
  for (let index = 0; index < pieces.length; index += 2) {
    const { length } = pieces[index] ?? "";
    cells += ascii.test(pieces[index] ?? "") ? length : 2 * length;
  }
  return cells <= columns;
}

/** Cells by which the rows after the first are indented. */
function indentOf(row: string, mark: number | null, columns: number): number {
  if (mark !== null && mark <= columns / 3) return mark;
  const own = row.length - row.trimStart().length;
  const usual = Math.min(DEFAULT_HANG, Math.floor(columns / 6));
  return Math.min(Math.max(usual, own + 2), Math.floor(columns / 3));
}

/**
 * `text` with line breaks where a terminal of this width would cut a word, or would begin a row with a Chinese closing
 * mark. A word that is longer than a row is left to the terminal, which keeps a URL whole when it is copied. White
 * space of every kind ends a word: nothing that looks like the beginning of another line reaches the first column.
 */
export function wrapText(text: string, columns: number, ambiguous: Ambiguous = "narrow"): string {
  if (columns < MIN_COLUMNS) return withoutMarks(text);
  return rowsOf(text, columns, ambiguous)
    .map((row) => wrapRow(row, columns, ambiguous))
    .join("\n");
}

/** `text` for a terminal that wraps by itself. */
export function withoutMarks(text: string): string {
  return text.replace(/[\x1d\x1f]/g, "").replaceAll(GLUE, " ");
}
