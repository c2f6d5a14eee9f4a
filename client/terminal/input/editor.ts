/**
 * The input as a pure reducer: (EditorState, Key) -> EditorState. This folder owns the way from bytes to keys (the
 * scanner and node:readline's key table) and from keys to the text of the input; it does not know the screen.
 */

import { cellWidth } from "../../text/cells.js";
import { graphemes, nextGrapheme, nextWord, previousGrapheme, previousWord } from "../../text/graphemes.js";
import { closeMenu } from "./completion-menu.js";
import {
  type EditorState,
  emptyEditor,
  maxHistoryEntries,
  maxUndo,
  type Refused,
  replaceRange,
  type Search,
} from "./editor-state.js";
import { defaultKeymap, type KeyFunction, type Keymap } from "./keymap.js";
import type { Key } from "./keys.js";
import { acceptSearch, leaveSearch, searchFor, searchOlder, startSearch } from "./search.js";

/** What a key requests from the program rather than from the text. */
export type EditorAction =
  | "submit"
  | "complete-next"
  | "complete-previous"
  | "redraw"
  | "reconnect"
  /** Edits the text in the person's own editor. */
  | "edit-in-editor"
  /** ^C on an empty input: exit code 130. */
  | "interrupt"
  /** ^D on an empty input: exit code 0. */
  | "leave";

const moveTo = (state: EditorState, cursor: number): EditorState => ({ ...state, cursor });

/** Kills in a row are one: behind the cursor what is killed later comes later, before it earlier. */
function kill(state: EditorState, start: number, end: number): EditorState {
  if (start === end) return state;
  const text = state.text.slice(start, end);
  const before = state.last === "kill" ? state.killed : "";
  const killed = start < state.cursor ? text + before : before + text;
  return { ...replaceRange(state, start, end, ""), killed };
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
  const browsing = { lines: kept, index: index + step };
  // Each has its own edits, and none can be undone into another.
  return { ...state, text, cursor: text.length, browsing, undo: [] };
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
const clear: Edit = (s) => ({ ...kill({ ...s, last: null }, 0, s.text.length), browsing: null });
const killNextWord: Edit = (s) => kill(s, s.cursor, nextWord(s.text, s.cursor));

const transpose: Edit = (s) => {
  // At the end of the row, the two before the cursor.
  const at = s.cursor === rowEnd(s) ? previousGrapheme(s.text, s.cursor) : s.cursor;
  const before = previousGrapheme(s.text, at);
  const behind = nextGrapheme(s.text, at);
  if (before === at || behind === at || before < rowStart(s)) return s;
  return replaceRange(s, before, behind, s.text.slice(at, behind) + s.text.slice(before, at));
};

const undo: Edit = (s) => {
  const before = s.undo.at(-1);
  return before ? { ...s, ...before, undo: s.undo.slice(0, -1) } : s;
};

const edits: ReadonlyMap<KeyFunction, Edit> = new Map<KeyFunction, Edit>([
  ["backward-char", left],
  ["forward-char", right],
  ["backward-word", wordLeft],
  ["forward-word", wordRight],
  ["beginning-of-line", home],
  ["end-of-line", end],
  ["backward-delete-char", backspace],
  ["delete-char", del],
  ["delete-or-leave", del],
  ["backward-kill-word", killWord],
  ["kill-word", killNextWord],
  ["backward-kill-line", killToStart],
  ["kill-line", killToEnd],
  ["yank", yank],
  ["transpose-chars", transpose],
  ["up", up],
  ["down", down],
  ["previous-history", (s) => showEntry(s, -1)],
  ["next-history", (s) => showEntry(s, 1)],
  ["search-history", startSearch],
  ["newline", newline],
  ["interrupt", clear],
]);

const KILLS: ReadonlySet<KeyFunction> = new Set<KeyFunction>([
  "backward-kill-word",
  "kill-word",
  "backward-kill-line",
  "kill-line",
]);

const actions: ReadonlyMap<KeyFunction, EditorAction> = new Map<KeyFunction, EditorAction>([
  ["submit", "submit"],
  ["complete", "complete-next"],
  ["complete-backward", "complete-previous"],
  ["redraw", "redraw"],
  ["reconnect", "reconnect"],
  ["edit-in-editor", "edit-in-editor"],
]);

/** The function of `key`, which may be the second of two chords; undefined: it has none, or is text. */
export function functionOf(
  { prefix }: EditorState,
  key: Key,
  keymap: Keymap = defaultKeymap,
): KeyFunction | undefined {
  return key.kind === "chord" ? keymap.functionOf(prefix + key.chord) : undefined;
}

/** What the program has to do for `key`; undefined: the key is for the text, pass it to `edit`. */
export function actionOf(state: EditorState, key: Key, keymap?: Keymap): EditorAction | undefined {
  const does = functionOf(state, key, keymap);
  if (does === undefined || state.search) return undefined;
  if (state.text === "" && does === "interrupt") return "interrupt";
  if (state.text === "" && does === "delete-or-leave") return "leave";
  return actions.get(does);
}

/** The editor after `key`. Keys without a function only close the completion menu. */
export function edit(state: EditorState, key: Key, keymap: Keymap = defaultKeymap): EditorState {
  if (state.search) return editSearch(state, state.search, key, keymap);
  const open = { ...closeMenu(state), prefix: "", refused: null };
  if (key.kind !== "chord") {
    const isTyped = key.kind === "text";
    const next = state.refused
      ? replaceRefused(open, state.refused, key.text)
      : replaceRange(open, open.cursor, open.cursor, key.text);
    // A word at a time: the blank behind it begins the next step.
    const joins = isTyped && state.last === "insert" && !/^\s/.test(key.text);
    return { ...(joins ? next : undoable(open, next)), last: isTyped ? "insert" : null };
  }
  const does = functionOf(state, key, keymap);
  if (does === "undo") return { ...undo(open), last: null };
  const run = does && edits.get(does);
  if (run) {
    const next = run(open);
    return undoable(open, { ...next, last: KILLS.has(does) ? "kill" : null });
  }
  const isPrefix = state.prefix === "" && keymap.isPrefix(key.chord);
  return { ...open, last: null, prefix: isPrefix ? `${key.chord} ` : "" };
}

/** As a text that is selected in a form. What was refused is the latest of the earlier inputs. */
function replaceRefused(state: EditorState, { isSecret }: Refused, text: string): EditorState {
  const history = isSecret ? state.history : remember(state.history, state.text);
  return replaceRange({ ...state, history, browsing: null }, 0, state.text.length, text);
}

/** With a step that undo goes back to, if the text has changed by an edit. */
function undoable(before: EditorState, next: EditorState): EditorState {
  const isEdit = next.text !== before.text && next.browsing === before.browsing && !next.search;
  if (!isEdit) return next;
  const { text, cursor } = before;
  return { ...next, undo: [...before.undo, { text, cursor }].slice(-maxUndo) };
}

/** The editor with another text, which can be undone. */
export function replaceText(state: EditorState, text: string): EditorState {
  return undoable(state, replaceRange(state, 0, state.text.length, text));
}

/** While earlier inputs are searched, text is the query; a key that is not for the search takes what is shown. */
function editSearch(state: EditorState, search: Search, key: Key, keymap: Keymap): EditorState {
  if (key.kind !== "chord") return searchFor(state, search, search.query + key.text.replace(/\n/g, " "));
  switch (functionOf(state, key, keymap)) {
    case "search-history":
      return searchOlder(state, search);
    case "backward-delete-char":
      return searchFor(
        state,
        search,
        search.query.slice(0, previousGrapheme(search.query, search.query.length)),
      );
    case "abort":
    case "interrupt":
      return leaveSearch(state, search);
    case "submit":
      return acceptSearch(state);
    default: {
      const accepted = acceptSearch(state);
      return actionOf(accepted, key, keymap) ? accepted : edit(accepted, key, keymap);
    }
  }
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
