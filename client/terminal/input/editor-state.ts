/** What an input line is, and the one way its text changes. */
import { previousGrapheme, snapToGrapheme } from "../../text/graphemes.js";

export interface EditorState {
  readonly text: string;
  /** UTF-16 offset into `text`, always between two graphemes. */
  readonly cursor: number;
  /** Earlier inputs, oldest first. */
  readonly history: readonly string[];
  /** While earlier inputs are looked at: all of them with their edits, the draft last, and which one is shown. */
  readonly browsing: { readonly lines: readonly string[]; readonly index: number } | null;
  /** What the last kill took, for ^Y. */
  readonly killed: string;
  /** Candidates on offer after Tab; any other key ends it. */
  readonly menu: CompletionMenu | null;
}

export interface Candidate {
  /** What is put into the input, with any space that belongs behind it. */
  readonly text: string;
  /** What the menu shows. */
  readonly label: string;
}

export interface CompletionMenu {
  readonly candidates: readonly Candidate[];
  readonly selected: number;
  /** Where the selected candidate stands in the text now. */
  readonly start: number;
  readonly end: number;
}

/** Longest input, in UTF-16 units: 16 times the room's default text limit. A longer paste is cut here. */
export const maxInputLength = 65_536;
/** Inputs remembered. */
export const maxHistoryEntries = 500;

export const emptyEditor: EditorState = {
  text: "",
  cursor: 0,
  history: [],
  browsing: null,
  killed: "",
  menu: null,
};

/** Controls but LF and TAB, and the bidi controls that would reorder the prompt; no room accepts either. */
const refused = /[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]/g;

/** The same editor with `text` in place of start..end, and the cursor behind it. */
export function replaceRange(state: EditorState, start: number, end: number, text: string): EditorState {
  const room = maxInputLength - (state.text.length - (end - start));
  const clean = text.replace(refused, "");
  const inserted =
    clean.length <= room ? clean : clean.slice(0, previousGrapheme(clean, Math.max(room, 0) + 1));
  const next = state.text.slice(0, start) + inserted + state.text.slice(end);
  return { ...state, text: next, cursor: snapToGrapheme(next, start + inserted.length) };
}
