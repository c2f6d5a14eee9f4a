/** Cycles through completion candidates. */
import type { Candidate, Completion } from "../../chat/input/complete.js";
import { type EditorState, replaceRange } from "./editor-state.js";

/** Inserts the first candidate (the last if `step` is -1). One candidate opens no menu; none changes nothing. */
export function openMenu(state: EditorState, completion: Completion, step: 1 | -1 = 1): EditorState {
  const { candidates, start, end } = completion;
  return choose(state, candidates, step === 1 ? 0 : candidates.length - 1, start, end);
}

/** Selects the next (1) or previous (-1) candidate of the open menu, wrapping around. */
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
  // replaceRange may have dropped characters: what counts is the length that it inserted.
  const inserted = next.text.length - (state.text.length - (end - start));
  return { ...next, menu: { candidates, selected, start, end: start + inserted } };
}
