/**
 * The input as a pure reducer: (EditorState, Key) -> EditorState. This folder owns the way from bytes to keys (the
 * scanner and node:readline's key table) and from keys to the text of the input; it does not know the screen.
 */

import {
  cellWidth,
  graphemes,
  nextGrapheme,
  nextWord,
  previousGrapheme,
  previousWord,
} from "../../text/graphemes.js";
import { closeMenu } from "./completion-menu.js";
import { type EditorState, emptyEditor, maxHistoryEntries, replaceRange } from "./editor-state.js";
import type { Key } from "./keys.js";

/** What a key requests from the program rather than from the text. */
export type EditorAction =
  | "submit"
  | "complete-next"
  | "complete-previous"
  | "redraw"
  | "reconnect"
  /** ^C on an empty input: exit code 130. */
  | "interrupt"
  /** ^D on an empty input: exit code 0. */
  | "leave";

const moveTo = (state: EditorState, cursor: number): EditorState => ({ ...state, cursor });

function kill(state: EditorState, start: number, end: number): EditorState {
  if (start === end) return state;
  return { ...replaceRange(state, start, end, ""), killed: state.text.slice(start, end) };
}

const rowStart = (state: EditorState): number => state.text.lastIndexOf("\n", state.cursor - 1) + 1;

function rowEnd(state: EditorState): number {
  const found = state.text.indexOf("\n", state.cursor);
  return found < 0 ? state.text.length : found;
}

/** The offset in the row start..end that is nearest to `column` cells, from the left. */
function placeAtColumn(text: string, start: number, end: number, column: number): number {
  let place = start;
  let cells = 0;
  for (const grapheme of graphemes(text.slice(start, end))) {
    cells += cellWidth(grapheme);
    if (cells > column) break;
    place += grapheme.length;
  }
  return place;
}

function showEntry(state: EditorState, step: -1 | 1): EditorState {
  const { lines, index } = state.browsing ?? {
    lines: [...state.history, state.text],
    index: state.history.length,
  };
  const text = lines[index + step];
  if (text === undefined) return state;
  const kept = lines.with(index, state.text);
  return { ...state, text, cursor: text.length, browsing: { lines: kept, index: index + step } };
}

function up(state: EditorState): EditorState {
  const start = rowStart(state);
  if (start === 0) return showEntry(state, -1);
  const column = cellWidth(state.text.slice(start, state.cursor));
  const above = state.text.lastIndexOf("\n", start - 2) + 1;
  return moveTo(state, placeAtColumn(state.text, above, start - 1, column));
}

function down(state: EditorState): EditorState {
  const end = rowEnd(state);
  if (end === state.text.length) return showEntry(state, 1);
  const column = cellWidth(state.text.slice(rowStart(state), state.cursor));
  const belowEnd = state.text.indexOf("\n", end + 1);
  return moveTo(
    state,
    placeAtColumn(state.text, end + 1, belowEnd < 0 ? state.text.length : belowEnd, column),
  );
}

type Edit = (state: EditorState) => EditorState;

const left: Edit = (s) => moveTo(s, previousGrapheme(s.text, s.cursor));
const right: Edit = (s) => moveTo(s, nextGrapheme(s.text, s.cursor));
const wordLeft: Edit = (s) => moveTo(s, previousWord(s.text, s.cursor));
const wordRight: Edit = (s) => moveTo(s, nextWord(s.text, s.cursor));
const home: Edit = (s) => moveTo(s, rowStart(s));
const end: Edit = (s) => moveTo(s, rowEnd(s));
const backspace: Edit = (s) => replaceRange(s, previousGrapheme(s.text, s.cursor), s.cursor, "");
const del: Edit = (s) => replaceRange(s, s.cursor, nextGrapheme(s.text, s.cursor), "");
const killWord: Edit = (s) => kill(s, previousWord(s.text, s.cursor), s.cursor);
/** At the start or end of a row, the line break is killed, so that the key can be repeated. */
const killToStart: Edit = (s) =>
  kill(s, rowStart(s) < s.cursor ? rowStart(s) : Math.max(s.cursor - 1, 0), s.cursor);
const killToEnd: Edit = (s) =>
  kill(s, s.cursor, rowEnd(s) > s.cursor ? rowEnd(s) : Math.min(s.cursor + 1, s.text.length));
const newline: Edit = (s) => replaceRange(s, s.cursor, s.cursor, "\n");
const yank: Edit = (s) => replaceRange(s, s.cursor, s.cursor, s.killed);
const clear: Edit = (s) => ({ ...kill(s, 0, s.text.length), browsing: null });

const edits = new Map<string, Edit>([
  ["left", left],
  ["ctrl-b", left],
  ["right", right],
  ["ctrl-f", right],
  ["home", home],
  ["ctrl-a", home],
  ["end", end],
  ["ctrl-e", end],
  ["alt-b", wordLeft],
  ["ctrl-left", wordLeft],
  ["alt-left", wordLeft],
  ["alt-f", wordRight],
  ["ctrl-right", wordRight],
  ["alt-right", wordRight],
  ["backspace", backspace],
  ["delete", del],
  ["ctrl-d", del],
  ["ctrl-w", killWord],
  ["alt-backspace", killWord],
  ["ctrl-u", killToStart],
  ["ctrl-k", killToEnd],
  ["ctrl-y", yank],
  ["up", up],
  ["down", down],
  ["ctrl-p", (s) => showEntry(s, -1)],
  ["ctrl-n", (s) => showEntry(s, 1)],
  ["alt-return", newline],
  ["ctrl-j", newline],
  ["ctrl-c", clear],
]);

const actions = new Map<string, EditorAction>([
  ["return", "submit"],
  ["tab", "complete-next"],
  ["shift-tab", "complete-previous"],
  ["ctrl-l", "redraw"],
  ["ctrl-r", "reconnect"],
]);

/** What the program has to do for `key`; undefined: the key is for the text, pass it to `edit`. */
export function actionOf(state: EditorState, key: Key): EditorAction | undefined {
  if (key.kind !== "chord") return undefined;
  if (state.text === "" && key.chord === "ctrl-c") return "interrupt";
  if (state.text === "" && key.chord === "ctrl-d") return "leave";
  return actions.get(key.chord);
}

/** The editor after `key`. Keys without a function only close the completion menu. */
export function edit(state: EditorState, key: Key): EditorState {
  const open = closeMenu(state);
  if (key.kind !== "chord") return replaceRange(open, open.cursor, open.cursor, key.text);
  return edits.get(key.chord)?.(open) ?? open;
}

function remember(history: readonly string[], text: string): readonly string[] {
  if (text.trim() === "" || history.at(-1) === text) return history;
  return [...history, text].slice(-maxHistoryEntries);
}

/** After the input was submitted: an empty editor that keeps it as an earlier input, unless it holds a secret. */
export function submitted(state: EditorState, isSecret = false): EditorState {
  const history = isSecret ? state.history : remember(state.history, state.text);
  return { ...emptyEditor, history, killed: state.killed };
}
