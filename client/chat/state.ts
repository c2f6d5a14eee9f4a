import { DEFAULT_LIMITS, type Limits } from "../session/limits.js";
import { nameKey, type Self } from "../session/self.js";
import type { Line } from "./line.js";

/** Everything a client knows, whatever shows it. Immutable: `reduce` returns the next one. */
export interface State {
  /** Base URL. */
  readonly server: string;
  /** null before the first login. */
  readonly self: Self | null;
  readonly limits: Limits;
  readonly connection: Connection;
  /** Whether group messages are ignored. */
  readonly ignoring: boolean;
  /** Whether our own ToggleIgnore is pending: its response carries more than the event that comes with it. */
  readonly ignorePending: boolean;
  /** Members in the room, oneself included. */
  readonly online: number;
  /** Nicknames of known members by `nameKey`; in very large rooms not all of them. */
  readonly people: ReadonlyMap<string, string>;
  /** Who was active, latest first, each once; members who have left included. */
  readonly active: readonly Active[];
  /** Nickname of the last sender or recipient of a private message. */
  readonly partner: string | null;
  /** Joins or leaves that wait to be folded into one line. */
  readonly fold: Fold | null;
  /** The replay before the feed is live. */
  readonly replay: Replay | null;
  /** Local clock: when the last connection, perhaps of an earlier process, was lost; null on a fresh start. */
  readonly awaySinceMs: number | null;
}

export type Connection =
  /** Before the first `hello`. */
  | { readonly phase: "connecting" }
  | { readonly phase: "online" }
  | {
      readonly phase: "offline";
      /** Local clock, ms since 1970: when the connection was lost. */
      readonly sinceMs: number;
      /** The attempt that is next or under way, from 1. */
      readonly attempt: number;
      /** Local clock; in the past while an attempt is under way. */
      readonly retryAtMs: number;
    }
  /** Ended for good; the client leaves. */
  | { readonly phase: "closed" };

export interface Active {
  readonly nickname: string;
  /** Local clock, ms since 1970. */
  readonly atMs: number;
  /** Whether they sent a message; joining is activity too. */
  readonly spoke: boolean;
}

export interface Fold {
  readonly kind: "joined" | "left";
  /** Time of the first one. */
  readonly at: number;
  readonly nicknames: readonly string[];
  /** Local clock: when it is shown at the latest. */
  readonly untilMs: number;
}

/** A fresh start shows the backlog as it arrives; missed events are held until they can be counted. */
export type Replay =
  | {
      readonly kind: "backlog";
      /** Messages so far. */
      readonly messages: number;
      /** Whether the reader's own join has been shown. */
      readonly welcomed: boolean;
    }
  | {
      readonly kind: "missed";
      /** How long the client was offline. */
      readonly offlineMs: number;
      /** Local clock: when the lines are shown although there may be more. */
      readonly untilMs: number;
      /** Held lines, and the number of messages among them. */
      readonly lines: readonly Line[];
      readonly messages: number;
      /** Whether the heading has been shown, so that lines are no longer held. */
      readonly opened: boolean;
      /** Whether a gap has been shown. */
      readonly gap: boolean;
    };

/** The next state, and the lines for the scrollback, in this order. */
export interface Step {
  readonly state: State;
  readonly lines: readonly Line[];
}

export function initialState(server: string): State {
  return {
    server,
    self: null,
    limits: DEFAULT_LIMITS,
    connection: { phase: "connecting" },
    ignoring: false,
    ignorePending: false,
    online: 0,
    people: new Map(),
    active: [],
    partner: null,
    fold: null,
    replay: null,
    awaySinceMs: null,
  };
}

/** Bounds for large rooms: nicknames kept for completion, and members kept as active. */
const MAX_PEOPLE = 2_000;
const MAX_ACTIVE = 200;

/** In a room with more members than this, only those who take part are announced. */
const CROWD = 20;
const RECENT_MS = 30 * 60_000;

export function withPerson(state: State, nickname: string): State {
  const key = nameKey(nickname);
  if (state.people.get(key) === nickname || state.people.size >= MAX_PEOPLE) return state;
  return { ...state, people: new Map(state.people).set(key, nickname) };
}

export function withoutPerson(state: State, nickname: string): State {
  const key = nameKey(nickname);
  if (!state.people.has(key)) return state;
  const people = new Map(state.people);
  people.delete(key);
  return { ...state, people };
}

export function withPeople(state: State, nicknames: readonly string[]): State {
  const people = new Map(nicknames.slice(0, MAX_PEOPLE).map((nickname) => [nameKey(nickname), nickname]));
  return { ...state, people };
}

/** Moves a nickname to the front of the active ones. */
export function withActivity(state: State, nickname: string, nowMs: number, spoke: boolean): State {
  const { active } = state;
  const at = active.findIndex((one) => one.nickname === nickname);
  const entry: Active = { nickname, atMs: nowMs, spoke: spoke || (active[at]?.spoke ?? false) };
  const others = at < 0 ? active : active.toSpliced(at, 1);
  return { ...state, active: [entry, ...others.slice(0, MAX_ACTIVE - 1)] };
}

/** Whether so many are online that joins and leaves are no news. */
export function isCrowd(online: number): boolean {
  return online > CROWD;
}

/** Whether joins and leaves of this person get a line. */
export function isAnnounced(state: State, nickname: string, nowMs: number): boolean {
  if (!isCrowd(state.online)) return true;
  return state.active.some((one) => one.nickname === nickname && one.spoke && nowMs - one.atMs <= RECENT_MS);
}

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
