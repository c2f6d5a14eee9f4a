/** Cycling through completion candidates, which come from outside. */
import { type Candidate, type EditorState, replaceRange } from "./editor-state.js";

/** What could stand in place of `text.slice(start, end)`; `start` and `end` are UTF-16 offsets. */
export interface Completion {
  readonly start: number;
  readonly end: number;
  readonly candidates: readonly Candidate[];
}

/** Puts the first candidate in (the last if `step` is -1). One candidate opens no menu; none changes nothing. */
export function openMenu(state: EditorState, completion: Completion, step: 1 | -1 = 1): EditorState {
  const { candidates, start, end } = completion;
  return choose(state, candidates, step === 1 ? 0 : candidates.length - 1, start, end);
}

/** The next (1) or previous (-1) candidate of the open menu, around the ends. */
export function cycleMenu(state: EditorState, step: 1 | -1): EditorState {
  if (!state.menu) return state;
  const { candidates, selected, start, end } = state.menu;
  return choose(state, candidates, (selected + step + candidates.length) % candidates.length, start, end);
}

export function closeMenu(state: EditorState): EditorState {
  return state.menu ? { ...state, menu: null } : state;
}

function choose(
  state: EditorState,
  candidates: readonly Candidate[],
  selected: number,
  start: number,
  end: number,
): EditorState {
  const candidate = candidates[selected];
  if (!candidate) return state;
  const next = replaceRange(state, start, end, candidate.text);
  if (candidates.length === 1) return { ...next, menu: null };
  // replaceRange may have dropped characters; the length that counts is what it really put in.
  const inserted = next.text.length - (state.text.length - (end - start));
  return { ...next, menu: { candidates, selected, start, end: start + inserted } };
}
