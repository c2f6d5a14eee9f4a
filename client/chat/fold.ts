/** How lines leave the reducer: folded, held during a replay, and always in order. */
import type { Line } from "./line.js";
import type { Fold, Step } from "./state.js";

/** Joins, or leaves, this close together share a line; also how long the first one waits for others. */
export const FOLD_MS = 2_000;

/** Prints lines, after those that were folded before them. */
export function print(step: Step, ...lines: readonly Line[]): Step {
  return lines.reduce(put, unfold(step));
}

/** Prints a join or a leave, folded with those just before. */
export function printFolded(
  step: Step,
  kind: Fold["kind"],
  nickname: string,
  at: number,
  nowMs: number,
): Step {
  const { fold } = step.state;
  if (fold && fold.kind === kind && at - fold.at <= FOLD_MS) {
    const nicknames = [...fold.nicknames, nickname];
    return { ...step, state: { ...step.state, fold: { ...fold, nicknames } } };
  }
  const unfolded = unfold(step);
  const next: Fold = { kind, at, nicknames: [nickname], untilMs: nowMs + FOLD_MS };
  return { ...unfolded, state: { ...unfolded.state, fold: next } };
}

/** Prints the joins or leaves that waited for others. */
export function unfold(step: Step): Step {
  const { fold } = step.state;
  if (!fold) return step;
  const { kind, at, nicknames } = fold;
  return put({ ...step, state: { ...step.state, fold: null } }, { kind, at, nicknames });
}

/** Number of held lines above which they are shown before the replay is complete. */
const MAX_HELD = 500;

/** Shows the held lines if there are too many, or if they were held for too long. */
export function openIfDue(step: Step, nowMs: number): Step {
  const { replay } = step.state;
  if (replay?.kind !== "missed" || replay.opened || replay.lines.length === 0) return step;
  const due = replay.lines.length >= MAX_HELD || nowMs >= replay.untilMs;
  return due ? openReplay(step, nowMs, false) : step;
}

/** Shows the held lines under a heading; `complete`: the replay is over. */
export function openReplay(step: Step, nowMs: number, complete: boolean): Step {
  const { state } = step;
  const { replay } = state;
  if (replay?.kind !== "missed" || replay.opened) return step;
  const { offlineMs, lines, messages, gap } = replay;
  const heading: Line[] = [];
  // The line of a gap is the heading.
  if (!gap && (messages > 0 || (!complete && lines.length > 0))) {
    const count = complete ? messages : null;
    heading.push({ kind: "offline", at: nowMs, offlineMs, count });
  }
  return {
    state: { ...state, replay: { ...replay, lines: [], opened: true } },
    lines: [...step.lines, ...heading, ...lines],
  };
}

function put(step: Step, line: Line): Step {
  const { state } = step;
  const { replay } = state;
  const isMessage = line.kind === "message" || line.kind === "private";
  if (!replay) return { state, lines: [...step.lines, line] };
  const messages = replay.messages + (isMessage ? 1 : 0);
  if (replay.kind === "backlog" || replay.opened) {
    return { state: { ...state, replay: { ...replay, messages } }, lines: [...step.lines, line] };
  }
  // Problems are about what the reader does now: they do not wait for the replay.
  if (line.kind === "problem") return { state, lines: [...step.lines, line] };
  return {
    state: { ...state, replay: { ...replay, messages, lines: [...replay.lines, line] } },
    lines: step.lines,
  };
}
