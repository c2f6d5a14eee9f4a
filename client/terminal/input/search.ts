/** Search in earlier inputs, as readline's ^R: from the latest back, for what contains the query. */
import type { EditorState, Search } from "./editor-state.js";

export function startSearch(state: EditorState): EditorState {
  const { text, cursor, history } = state;
  const draft = { text, cursor };
  return { ...state, browsing: null, search: { query: "", index: history.length, isFailed: false, draft } };
}

/** Looks for another query, from what is shown. */
export function searchFor(state: EditorState, search: Search, query: string): EditorState {
  // A shorter query starts again: what it finds may be later.
  const isLonger = query.startsWith(search.query);
  const from = isLonger ? Math.min(search.index, state.history.length - 1) : state.history.length - 1;
  return query === "" ? showDraft(state, search) : find(state, { ...search, query }, from);
}

/** The next older one. */
export function searchOlder(state: EditorState, search: Search): EditorState {
  return search.query === "" ? state : find(state, search, search.index - 1);
}

/** Goes on with what is shown. */
export function acceptSearch(state: EditorState): EditorState {
  return { ...state, search: null };
}

/** Goes back to what was there before. */
export function leaveSearch(state: EditorState, { draft }: Search): EditorState {
  return { ...state, ...draft, search: null };
}

function showDraft(state: EditorState, search: Search): EditorState {
  const { draft } = search;
  const index = state.history.length;
  return { ...state, ...draft, search: { ...search, query: "", index, isFailed: false } };
}

function find(state: EditorState, search: Search, from: number): EditorState {
  const query = search.query.toLowerCase();
  const contains = (text: string) => text.toLowerCase().includes(query);
  const index = state.history.findLastIndex((text, at) => at <= from && contains(text));
  const text = state.history[index];
  if (text === undefined) return { ...state, search: { ...search, isFailed: true } };
  return { ...state, text, cursor: text.length, search: { ...search, index, isFailed: false } };
}
