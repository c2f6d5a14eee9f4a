/** The state of the input, and the one function that changes its text. */
import type { Candidate } from "../../chat/input/complete.js";
import { previousGrapheme, snapToGrapheme } from "../../text/graphemes.js";

export interface EditorState {
  readonly text: string;
  /** UTF-16 offset into `text`, always between two graphemes. */
  readonly cursor: number;
  /** Earlier inputs, oldest first. */
  readonly history: readonly string[];
  /** While browsing earlier inputs: all of them with their edits, the draft last, and the index of the one shown. */
  readonly browsing: { readonly lines: readonly string[]; readonly index: number } | null;
  /** The text of the last kills, for ^Y: those in a row are one. */
  readonly killed: string;
  /** What the last key did: kills in a row are joined, letters in a row are undone together. */
  readonly last: "kill" | "insert" | null;
  /** Earlier states of the text, the latest last. */
  readonly undo: readonly Snapshot[];
  /** The first of two chords; "": none. */
  readonly prefix: string;
  /** While earlier inputs are searched. */
  readonly search: Search | null;
  /** Whether something did not fit, and nothing was taken out since. */
  readonly isFull: boolean;
  /** While the text was refused and no key has followed: the next text takes its place, any other key keeps it. */
  readonly refused: Refused | null;
  /** Candidates after Tab; any other key closes it. */
  readonly menu: CompletionMenu | null;
}

export interface Refused {
  /** Whether it holds a secret, which is not to be among the earlier inputs. */
  readonly isSecret: boolean;
}

/** A search in earlier inputs. */
export interface Search {
  readonly query: string;
  /** Index in the history of what is shown; its length: the draft. */
  readonly index: number;
  /** Whether nothing older contains the query: what is shown does not. */
  readonly isFailed: boolean;
  readonly draft: { readonly text: string; readonly cursor: number };
}

export interface Snapshot {
  readonly text: string;
  readonly cursor: number;
}

export interface CompletionMenu {
  readonly candidates: readonly Candidate[];
  readonly selected: number;
  /** Range of the selected candidate in the text. */
  readonly start: number;
  readonly end: number;
}

/** Maximum length of the input, in UTF-16 units: 16 times the default text limit. What does not fit is left out. */
export const maxInputLength = 65_536;
/** Maximum number of steps that can be undone. */
export const maxUndo = 200;
/** Maximum number of earlier inputs. */
export const maxHistoryEntries = 500;

export const emptyEditor: EditorState = {
  text: "",
  cursor: 0,
  history: [],
  browsing: null,
  killed: "",
  last: null,
  undo: [],
  prefix: "",
  search: null,
  isFull: false,
  refused: null,
  menu: null,
};

/** Controls except LF and TAB, and bidi controls, which would reorder the prompt; no server accepts either. */
const refused = /[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]/g;

/** Replaces start..end with `text` and places the cursor after it. */
export function replaceRange(state: EditorState, start: number, end: number, text: string): EditorState {
  const room = maxInputLength - (state.text.length - (end - start));
  const clean = text.replace(refused, "");
  const inserted =
    clean.length <= room ? clean : clean.slice(0, previousGrapheme(clean, Math.max(room, 0) + 1));
  const next = state.text.slice(0, start) + inserted + state.text.slice(end);
  const isFull = inserted.length < clean.length || (state.isFull && next.length >= state.text.length);
  return { ...state, text: next, isFull, cursor: snapToGrapheme(next, start + inserted.length) };
}
