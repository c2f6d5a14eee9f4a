import { type Limits, UNKNOWN_LIMITS } from "../session/limits.js";
import { isSame, type Member, nameKey, type Person, type Role } from "../session/person.js";
import type { Standing } from "./input/commands.js";
import type { Line } from "./line.js";

/** Everything a client knows, whatever shows it. Immutable: `reduce` returns the next one. */
export interface State {
  /** Base URL. */
  readonly server: string;
  /** null before the first login. */
  readonly self: Person | null;
  readonly limits: Limits;
  readonly connection: Connection;
  /** The reader's own, as the room's events and lists have it. */
  readonly role: Role;
  readonly registered: boolean;
  /** Whether group messages are ignored. */
  readonly ignoring: boolean;
  /** Whether our own ToggleIgnore is pending: its response carries more than the event that comes with it. */
  readonly ignorePending: boolean;
  /** Members in the room, oneself included; null before the first replay has ended. */
  readonly online: number | null;
  /** Known members by `nameKey`; in very large rooms not all of them. */
  readonly people: ReadonlyMap<string, Member>;
  /** Whether they are all members. */
  readonly peopleComplete: boolean;
  /** Who was active, latest first, each once; members who have left included. */
  readonly active: readonly Active[];
  /** The last sender or recipient of a private message. */
  readonly partner: Person | null;
  /** The latest messages, oldest first: those that can be erased by their place. */
  readonly recent: readonly Recent[];
  /** Texts of the reader's latest private messages by event id: what `undelivered` names. */
  readonly sent: ReadonlyMap<string, string>;
  /** Lines that follow a sent message whose event has not arrived yet, by its id. */
  readonly remarks: ReadonlyMap<string, Line>;
  /** Joins or leaves that wait to be folded into one line. */
  readonly fold: Fold | null;
  /** The replay before the feed is live. */
  readonly replay: Replay | null;
  /** Local clock: when the last connection, perhaps of an earlier process, was lost; null on a fresh start. */
  readonly awaySinceMs: number | null;
  /** How far the local clock is ahead of the server's, ms; 0 if they agree, or as long as it is not known. */
  readonly clockAheadMs: number;
  /** Title of the room; "": it has none, or it is not known. */
  readonly roomTitle: string;
  /** Message of the day that is shown once the events from before are; "": none. */
  readonly motd: string;
  /** Which joins and leaves are shown. */
  readonly joins: Joins;
  /** People who are not shown, the latest last. */
  readonly ignored: readonly Ignored[];
  readonly unread: Unread;
}

/** A person who is ignored: by id as long as it stays, by nickname where that is its own. */
export type Ignored = Pick<Member, "nickname" | "id" | "registered">;

/** Where the reader stopped reading. */
export interface Unread {
  /** Id of the last message that was read in an earlier run; "": none is known. */
  readonly afterId: string;
  /** Whether a rule precedes the next message. */
  readonly isDue: boolean;
}

/** Joins and leaves that are shown. `smart`: in a crowd, of those who took part lately. */
export type Joins = "all" | "smart" | "none";

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
  /** A newer connection of the same member took its place: only the reader can connect again. */
  | { readonly phase: "replaced" }
  /** Ended for good; the client leaves. */
  | { readonly phase: "closed" };

export interface Recent {
  readonly id: string;
  readonly sender: Person;
  /** Whether the nickname was the sender's own. Default false. */
  readonly registered?: boolean;
  /** The last one, if it was edited. */
  readonly text: string;
  /** By the server's clock, since 1970. */
  readonly at: number;
  /** Whether it is for everyone. Default false. */
  readonly isPublic?: boolean;
  /** The recipient of a private one. */
  readonly recipient?: Person;
}

export interface Active {
  readonly nickname: string;
  /** Local clock, ms since 1970. */
  readonly atMs: number;
  /** Whether they sent a message; joining is activity too. */
  readonly spoke: boolean;
}

/** Lines about people who came or went, which share a line if they are close together. */
export type FoldedKind = "joined" | "left" | "removed";

export function isFolded<L extends Line>(line: L): line is Extract<L, { kind: FoldedKind }> {
  return line.kind === "joined" || line.kind === "left" || line.kind === "removed";
}

export interface Fold {
  readonly kind: FoldedKind;
  /** Time of the first one. */
  readonly at: number;
  readonly nicknames: readonly string[];
  /** Local clock: when it is shown at the latest. */
  readonly untilMs: number;
}

/**
 * Its lines are held until it ends: then the missed messages can be counted, and it is known whether so many are online
 * that joins and leaves are no news.
 */
export type Replay = Held &
  (
    | {
        /** A fresh start. */
        readonly kind: "backlog";
        /** Whether the reader's own join is among the lines. */
        readonly welcomed: boolean;
        /** Whether it begins where the reader last left, on whatever device. */
        readonly away: boolean;
        /** Whether a gap has been shown. */
        readonly gap: boolean;
      }
    | {
        readonly kind: "missed";
        /** How long the client was offline. */
        readonly offlineMs: number;
        /** Whether a gap has been shown. */
        readonly gap: boolean;
      }
  );

interface Held {
  /** Local clock: when the lines are shown although there may be more. */
  readonly untilMs: number;
  /** Held lines, and the number of messages so far. */
  readonly lines: readonly Line[];
  readonly messages: number;
  /** Whether the lines have been shown, so that they are no longer held. */
  readonly opened: boolean;
}

/** The next state, and the lines for the scrollback, in this order. */
export interface Step {
  readonly state: State;
  readonly lines: readonly Line[];
}

export function initialState(server: string): State {
  return {
    server,
    self: null,
    limits: UNKNOWN_LIMITS,
    connection: { phase: "connecting" },
    role: "MEMBER",
    registered: false,
    ignoring: false,
    ignorePending: false,
    online: null,
    people: new Map(),
    peopleComplete: false,
    active: [],
    partner: null,
    recent: [],
    sent: new Map(),
    remarks: new Map(),
    fold: null,
    replay: null,
    awaySinceMs: null,
    clockAheadMs: 0,
    roomTitle: "",
    motd: "",
    joins: "smart",
    ignored: [],
    unread: { afterId: "", isDue: false },
  };
}

/** Bounds: members known by name, members kept as active, recent messages, and the reader's own private ones. */
const MAX_PEOPLE = 2_000;
const MAX_ACTIVE = 200;
const MAX_RECENT = 200;
const MAX_SENT = 200;

/** In a room with more members than this, only those who take part are announced. */
const CROWD = 20;
const RECENT_MS = 30 * 60_000;

/** Clocks that differ by less agree: what a signal took to arrive is in the difference, ms. */
const CLOCK_TOLERANCE_MS = 2_000;

/** The server's clock is known. */
export function withClock(state: State, serverMs: number, nowMs: number): State {
  const aheadMs = nowMs - serverMs;
  return { ...state, clockAheadMs: Math.abs(aheadMs) < CLOCK_TOLERANCE_MS ? 0 : aheadMs };
}

/** The time of a line of the client's own: by the server's clock, as those of events, so that times are in order. */
export function lineTime({ clockAheadMs }: State, nowMs: number): number {
  return nowMs - clockAheadMs;
}

/** What the reader may do here. */
export function standingOf({ role, registered, limits: { features } }: State): Standing {
  return { role, registered, features };
}

/** A member joined, spoke or changed. What is not known of it stays as it was, or is that of a guest. */
export function withPerson(state: State, person: Person & Partial<Member>): State {
  const key = nameKey(person.nickname);
  const before = state.people.get(key);
  const known = before?.id === person.id ? before : undefined;
  const { nickname, id } = person;
  const { registered = false, role = "MEMBER", bot = false } = { ...known, ...person };
  if (known?.nickname === nickname && known.registered === registered && known.role === role) return state;
  const people = withEntry(state.people, key, { nickname, id, registered, role, bot }, MAX_PEOPLE);
  return { ...state, people, peopleComplete: state.peopleComplete && people.size < MAX_PEOPLE };
}

/** What is known of the reader itself, if the member is it. */
export function withSelf(state: State, { nickname, id, role, registered }: Member): State {
  if (!state.self || !isSame(state.self, { nickname, id })) return state;
  return { ...state, role, registered };
}

/** A member left. Someone else may have the nickname already. */
export function withoutPerson(state: State, { nickname, id }: Person): State {
  const key = nameKey(nickname);
  if (state.people.get(key)?.id !== id) return state;
  const people = new Map(state.people);
  people.delete(key);
  return { ...state, people };
}

/** The list of the server, or its first part; `total`: members in the room. */
export function withPeople(state: State, list: readonly Member[], total: number): State {
  const entries = list.slice(0, MAX_PEOPLE).map((member) => [nameKey(member.nickname), member] as const);
  const next = { ...state, people: new Map(entries), peopleComplete: entries.length >= total };
  return list.reduce(withSelf, next);
}

/** A message that can be erased by its place. */
export function withRecent(state: State, message: Recent): State {
  return message.id === "" ? state : { ...state, recent: [...state.recent, message].slice(-MAX_RECENT) };
}

/** A message has another text. */
export function withText(state: State, id: string, text: string): State {
  const recent = state.recent.map((message) => (message.id === id ? { ...message, text } : message));
  return state.sent.has(id) ? { ...withSent(state, id, text), recent } : { ...state, recent };
}

/** The reader sent a private message. */
export function withSent(state: State, id: string, text: string): State {
  return { ...state, sent: withEntry(state.sent, id, text, MAX_SENT) };
}

/** Messages were erased: their texts are kept no longer. */
export function withoutMessages(state: State, ids: readonly string[]): State {
  const sent = new Map(state.sent);
  for (const id of ids) sent.delete(id);
  return { ...state, sent, recent: state.recent.filter(({ id }) => !ids.includes(id)) };
}

/** A line that is to be shown below the message `id`, whose event has not arrived. */
export function withRemark(state: State, id: string, line: Line): State {
  return { ...state, remarks: withEntry(state.remarks, id, line, MAX_SENT) };
}

export function withoutRemark(state: State, id: string): State {
  const remarks = new Map(state.remarks);
  return remarks.delete(id) ? { ...state, remarks } : state;
}

/** The map with a newest entry, and without its oldest if there are too many. */
function withEntry<Key, Value>(
  map: ReadonlyMap<Key, Value>,
  key: Key,
  value: Value,
  max: number,
): ReadonlyMap<Key, Value> {
  const next = new Map(map);
  next.delete(key);
  next.set(key, value);
  const [oldest] = next.keys();
  if (oldest !== undefined && next.size > max) next.delete(oldest);
  return next;
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

/** Whether joins and leaves get no line, but for those who took part lately. */
export function hidesJoins({ joins }: Pick<State, "joins">, online: number): boolean {
  return joins === "none" || (joins === "smart" && isCrowd(online));
}

/** Whether joins and leaves of this person get a line, as far as it is known yet. */
export function isAnnounced(state: State, nickname: string, nowMs: number): boolean {
  if (!hidesJoins(state, state.online ?? 0)) return true;
  if (state.joins === "none") return false;
  return state.active.some((one) => one.nickname === nickname && one.spoke && nowMs - one.atMs <= RECENT_MS);
}

/** The same for each kind: the setting is not about those whom a moderator removed. */
export function isNews(state: State, kind: FoldedKind, nickname: string, nowMs: number): boolean {
  return (kind === "removed" && state.joins === "none") || isAnnounced(state, nickname, nowMs);
}

/** Joins, or leaves, this close together share a line; also how long the first one waits for others. */
export const FOLD_MS = 2_000;

/** Prints lines, after those that were folded before them. */
export function print(step: Step, ...lines: readonly Line[]): Step {
  return lines.reduce(put, unfold(step));
}

/** Prints a join or a leave, folded with those just before. */
export function printFolded(step: Step, kind: FoldedKind, nickname: string, at: number, nowMs: number): Step {
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
  if (!replay || replay.opened || replay.lines.length === 0) return step;
  const due = replay.lines.length >= MAX_HELD || nowMs >= replay.untilMs;
  return due ? openReplay(step, nowMs, false) : step;
}

/** Shows the held lines, those that were missed under a heading; `complete`: the replay is over. */
export function openReplay(step: Step, nowMs: number, complete: boolean): Step {
  const { state } = step;
  const { replay } = state;
  if (!replay || replay.opened) return step;
  const held = replay.lines.flatMap((line) => heldLine(state, line, nowMs));
  return {
    state: { ...state, replay: { ...replay, lines: [], opened: true } },
    lines: [...step.lines, ...headingOf(replay, lineTime(state, nowMs), complete), ...held],
  };
}

function headingOf(replay: Replay, at: number, complete: boolean): readonly Line[] {
  // The line of a gap is a heading too.
  if (replay.gap) return [];
  const { lines, messages } = replay;
  if (messages === 0 && (complete || lines.length === 0)) return [];
  if (replay.kind === "backlog") {
    return replay.away ? [{ kind: "while_away", at, count: complete ? messages : null }] : [];
  }
  const { offlineMs } = replay;
  return [{ kind: "offline", at, offlineMs, count: complete ? messages : null }];
}

/** A held line by what is known now: the number of members, and so who of those who joined or left is announced. */
function heldLine(state: State, line: Line, nowMs: number): readonly Line[] {
  if (line.kind === "welcome") return [{ ...line, online: state.online }];
  if (!isFolded(line)) return [line];
  const nicknames = line.nicknames.filter((nickname) => isNews(state, line.kind, nickname, nowMs));
  return nicknames.length > 0 ? [{ ...line, nicknames }] : [];
}

function put(step: Step, line: Line): Step {
  const { state } = step;
  const { replay } = state;
  // Problems are about what the reader does now: they do not wait for the replay.
  if (!replay || line.kind === "problem") return { state, lines: [...step.lines, line] };
  const isMessage = line.kind === "message" || line.kind === "private";
  const counted: Replay = { ...replay, messages: replay.messages + (isMessage ? 1 : 0) };
  if (replay.opened) return { state: { ...state, replay: counted }, lines: [...step.lines, line] };
  return {
    state: { ...state, replay: { ...counted, lines: [...replay.lines, line] } },
    lines: step.lines,
  };
}
