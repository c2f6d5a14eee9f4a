/** The reducer of the chat: inputs change the state and print lines. Pure: times are arguments. */
import type { Event, MissingReason, Signal } from "../session/event.js";
import type { FeedItem } from "../session/feed.js";
import type { Limits } from "../session/limits.js";
import { isSame, type Member, nameKey, type Person } from "../session/person.js";
import type { Line, SpokenLine } from "./line.js";
import { moderationLine } from "./moderation.js";
import { isQuiet } from "./reading/ignored.js";
import { afterMessage, ruleBefore, withFocus } from "./reading/unread.js";
import {
  type Connection,
  type Ignored,
  isAnnounced,
  isNews,
  lineTime,
  openIfDue,
  openReplay,
  print,
  printFolded,
  type Recent,
  type State,
  type Step,
  unfold,
  withActivity,
  withClock,
  withoutMessages,
  withoutPerson,
  withoutRemark,
  withPeople,
  withPerson,
  withRecent,
  withRemark,
  withSelf,
  withSent,
  withText,
} from "./state.js";
import { editLines, quotable, withQuoted } from "./texts/lines.js";

/** Everything that can happen to a client. `nowMs` is the local clock, ms since 1970. */
export type Input =
  /** Logged in, or resumed. `awaySinceMs`: when the last connection was lost; null on a fresh start. */
  | {
      readonly kind: "session";
      readonly self: Person;
      readonly limits: Limits;
      readonly motd: string;
      readonly awaySinceMs: number | null;
    }
  /** `online`: members in the room after this item; null before the end of the first replay. */
  | {
      readonly kind: "feed";
      readonly item: FeedItem;
      readonly online: number | null;
      readonly nowMs: number;
    }
  /** Who is online, for completion and addresses. */
  | { readonly kind: "people"; readonly people: readonly Member[]; readonly total: number }
  /** The recipient of the message `id`, just sent, has no connection; `stored`: is not in the room, and registered. */
  | {
      readonly kind: "recipient_away";
      readonly id: string;
      readonly nickname: string;
      readonly stored: boolean;
      readonly nowMs: number;
    }
  /** The title of the room is known. */
  | { readonly kind: "room"; readonly title: string }
  /** The people who are ignored have changed. */
  | { readonly kind: "ignored"; readonly ignored: readonly Ignored[] }
  /** The window has gained or lost the focus. */
  | { readonly kind: "focus"; readonly isFocused: boolean }
  /** The reader asks to connect again. */
  | { readonly kind: "reconnect" }
  /** The reader's own ToggleIgnore: sent, done, failed. */
  | { readonly kind: "ignore_sent" }
  | {
      readonly kind: "ignore_done";
      readonly ignoring: boolean;
      readonly skipped: number;
      readonly nowMs: number;
    }
  | { readonly kind: "ignore_failed" }
  /** A line of the client's own: the output of a command, a problem. */
  | { readonly kind: "line"; readonly line: Line }
  /** The output of /history. */
  | { readonly kind: "history"; readonly lines: readonly Line[] }
  /** Time has passed, see `wakeAtMs`. */
  | { readonly kind: "tick"; readonly nowMs: number }
  /** The client leaves: waiting lines are shown. */
  | { readonly kind: "closed"; readonly nowMs: number };

/** The next state, and the lines that this input adds to the scrollback. */
export function reduce(state: State, input: Input): Step {
  const step: Step = { state, lines: [] };
  switch (input.kind) {
    case "session": {
      const { self, limits, awaySinceMs, motd } = input;
      const isSelf = state.self !== null && state.self.id === self.id;
      const guest = isSelf ? {} : ({ role: "MEMBER", registered: false } as const);
      return { ...step, state: { ...state, ...guest, self, limits, awaySinceMs, motd: motd || state.motd } };
    }
    case "feed":
      return reduceItem({ ...step, state: { ...state, online: input.online } }, input.item, input.nowMs);
    case "people":
      return { ...step, state: withPeople(state, input.people, input.total) };
    case "recipient_away":
      return recipientAway(step, input);
    case "room":
      return { ...step, state: { ...state, roomTitle: input.title } };
    case "ignored":
      return { ...step, state: { ...state, ignored: input.ignored } };
    case "focus":
      return { ...step, state: withFocus(state, input.isFocused) };
    case "reconnect":
      return state.connection.phase === "replaced"
        ? { ...step, state: { ...state, connection: { phase: "connecting" } } }
        : step;
    case "ignore_sent":
      return { ...step, state: { ...state, ignorePending: true } };
    case "ignore_done": {
      const { ignoring, skipped, nowMs } = input;
      const at = lineTime(state, nowMs);
      const next = { ...step, state: { ...state, ignoring, ignorePending: false } };
      return print(next, ignoring ? { kind: "ignoring", at } : { kind: "ignoring_ended", at, skipped });
    }
    case "ignore_failed":
      return { ...step, state: { ...state, ignorePending: false } };
    case "line":
      return print(step, { ...input.line, at: lineTime(state, input.line.at) });
    case "history": {
      // Not by `print`: these are none of the missed messages that a replay holds.
      const whole = unfold(step);
      return { ...whole, lines: [...whole.lines, ...input.lines] };
    }
    case "tick": {
      const { fold } = state;
      return openIfDue(fold && input.nowMs >= fold.untilMs ? unfold(step) : step, input.nowMs);
    }
    case "closed": {
      const whole = openReplay(unfold(step), input.nowMs, false);
      return { ...whole, state: { ...whole.state, connection: { phase: "closed" } } };
    }
  }
}

/** Local clock: when `tick` has something to do, or null. */
export function wakeAtMs({ fold, replay }: State): number | null {
  const due = [
    ...(fold ? [fold.untilMs] : []),
    ...(replay && !replay.opened && replay.lines.length > 0 ? [replay.untilMs] : []),
  ];
  return due.length > 0 ? Math.min(...due) : null;
}

function reduceItem(step: Step, item: FeedItem, nowMs: number): Step {
  switch (item.kind) {
    case "event":
      return openIfDue(reduceEvent(step, item.event, nowMs), nowMs);
    case "signal":
      return openIfDue(reduceSignal(step, item.signal, nowMs), nowMs);
    case "lost":
      return lost(step, item, nowMs);
    case "replaced":
      return disconnected(step, { phase: "replaced" }, nowMs, nowMs);
  }
}

function reduceEvent(step: Step, event: Event, nowMs: number): Step {
  if (isQuiet(step.state.ignored, event)) return { ...step, state: unshown(step.state, event) };
  switch (event.kind) {
    case "joined":
      return joined(step, event.user, event.timeMs, nowMs);
    case "left":
      return left(step, event, nowMs);
    case "groupMessage":
    case "privateMessage":
      return message(step, event, nowMs);
    case "edited":
      return print(
        { ...step, state: withText(step.state, event.messageId, event.text) },
        ...editLines(event, quotable(step.state), step.state.self),
      );
    case "ignoreChanged":
      return ignoreChanged(step, event.ignoring, event.timeMs);
    case "undelivered":
      return print(step, undeliveredLine(event, step.state.sent));
    case "redacted":
      return print(
        { ...step, state: withoutMessages(step.state, event.messageIds) },
        moderationLine(event, step.state.self),
      );
    case "userChanged": {
      const next = { ...step, state: withSelf(withPerson(step.state, event.user), event.user) };
      return isAnnouncedChange(step.state, event, nowMs)
        ? print(next, moderationLine(event, step.state.self))
        : next;
    }
    case "announcement": {
      const rule = ruleBefore(step.state, false, event.timeMs);
      const next = { ...step, state: afterMessage(step.state, event) };
      return print(next, ...rule, moderationLine(event, step.state.self));
    }
    case "moderated":
      return print(step, moderationLine(event, step.state.self));
    case "roomChanged": {
      const next = { ...step, state: { ...step.state, roomTitle: event.room.title } };
      return print(next, moderationLine(event, step.state.self));
    }
  }
}

/** What an event of someone who is ignored changes: who is here, and which messages a moderator can erase. */
function unshown(state: State, event: Event): State {
  switch (event.kind) {
    case "joined":
    case "userChanged":
      return withPerson(state, event.user);
    case "left":
      return withoutPerson(state, event.user);
    case "groupMessage":
    case "privateMessage":
      return withRecent(state, recentOf(event));
    case "edited":
      return withText(state, event.messageId, event.text);
    case "redacted":
      return withoutMessages(state, event.messageIds);
    default:
      return state;
  }
}

function reduceSignal(step: Step, signal: Signal, nowMs: number): Step {
  switch (signal.kind) {
    case "hello":
      return hello(step, signal, nowMs);
    case "caughtUp":
      return caughtUp(step, nowMs);
    case "gap":
      return gap(step, signal.reason, lineTime(step.state, nowMs));
    case "goodbye":
      // A reconnect is announced by the line of the lost connection.
      if (signal.reconnect) return unfold(step);
      return print(step, { kind: "goodbye", at: lineTime(step.state, nowMs), reason: signal.reason });
    case "heartbeat":
      return step;
  }
}

function lost(step: Step, item: Extract<FeedItem, { kind: "lost" }>, nowMs: number): Step {
  const { connection } = step.state;
  const { attempt, retryAtMs, lastHeardMs } = item;
  if (connection.phase === "offline") {
    return { ...step, state: { ...step.state, connection: { ...connection, attempt, retryAtMs } } };
  }
  // A dead connection is noticed late: the reader has been offline since the server was last heard of.
  const sinceMs = lastHeardMs ?? nowMs;
  const next = disconnected(step, { phase: "offline", sinceMs, attempt, retryAtMs }, sinceMs, nowMs);
  const at = lineTime(step.state, nowMs);
  return print(next, { kind: "problem", at, problem: { what: "connection_lost" } });
}

/** Events from before are shown now; the next connection shows the rest under its own heading. */
function disconnected(step: Step, connection: Connection, sinceMs: number, nowMs: number): Step {
  const wasOpen = step.state.connection.phase === "online";
  const opened = openReplay(unfold(step), nowMs, false);
  const awaySinceMs = wasOpen ? sinceMs : step.state.awaySinceMs;
  return { ...opened, state: { ...opened.state, replay: null, awaySinceMs, connection } };
}

/** How long replayed lines are held, ms. */
const HOLD_MS = 1_000;

export type Message = Extract<Event, { kind: "groupMessage" | "privateMessage" }>;

/** What a message's line depends on besides the message. */
interface Reading {
  readonly self: Person | null;
  readonly live: boolean;
  /** Whether the sender is known as a program. Default false: an event does not state it. */
  readonly bot?: boolean;
}

/** The line of a message as `self` sees it. */
export function messageLine(event: Message, { self, live, bot = false }: Reading): SpokenLine {
  const isSelf = (person: Person) => self !== null && isSame(self, person);
  const { id, sender, senderRegistered: registered, text, timeMs: at } = event;
  const ref = { id, senderId: sender.id };
  if (event.kind === "groupMessage") {
    const own = isSelf(sender);
    return { ...ref, kind: "message", at, sender: sender.nickname, registered, bot, text, own, live };
  }
  const { recipient } = event;
  const direction = !isSelf(sender) ? "in" : isSelf(recipient) ? "self" : "out";
  return {
    ...ref,
    kind: "private",
    at,
    sender: sender.nickname,
    registered,
    bot,
    recipient: recipient.nickname,
    recipientId: recipient.id,
    text,
    direction,
    live,
  };
}

/** `texts`: those of the reader's own private messages by id. */
export function undeliveredLine(
  { timeMs: at, recipient, messageIds }: Extract<Event, { kind: "undelivered" }>,
  texts: ReadonlyMap<string, string>,
): Line {
  const ids = messageIds.filter((id) => texts.has(id));
  const known = ids.map((id) => texts.get(id) ?? "");
  const { nickname } = recipient;
  return { kind: "undelivered", at, nickname, count: messageIds.length, texts: known, ids };
}

function message(step: Step, event: Message, nowMs: number): Step {
  const isLive = step.state.replay === null;
  const { sender, senderRegistered: registered } = event;
  const state = afterMessage(withRecent(step.state, recentOf(event)), event);
  const listed = state.people.get(nameKey(sender.nickname));
  const bot = listed?.id === sender.id && listed.bot;
  const line = messageLine(event, { self: state.self, live: isLive, bot });
  const lines = withQuoted(event, quotable(step.state), line);
  // A replayed message may come from someone who has left since.
  const known = isLive ? withPerson(state, { ...sender, registered }) : state;
  const isOwn = line.kind === "message" ? line.own : line.direction !== "in";
  const rule = ruleBefore(step.state, isOwn, line.at);
  if (event.kind === "groupMessage" || line.kind === "message") {
    return print({ ...step, state: withActivity(known, line.sender, nowMs, true) }, ...rule, ...lines);
  }
  if (line.direction === "in") {
    const active = withActivity(known, line.sender, nowMs, true);
    return print({ ...step, state: { ...active, partner: event.sender } }, ...rule, ...lines);
  }
  const active = withActivity(withSent(known, event.id, event.text), line.recipient, nowMs, false);
  const partner = line.direction === "self" ? state.partner : event.recipient;
  const remark = state.remarks.get(event.id);
  const next = { ...step, state: withoutRemark({ ...active, partner }, event.id) };
  return remark ? print(next, ...lines, remark) : print(next, ...lines);
}

function recentOf(event: Message): Recent {
  const { id, sender, senderRegistered: registered, text, timeMs: at } = event;
  const to = event.kind === "groupMessage" ? { isPublic: true } : { recipient: event.recipient };
  return { id, sender, registered, text, at, ...to };
}

/** Shown below the message, whichever of response and event comes first. */
function recipientAway(step: Step, input: Extract<Input, { kind: "recipient_away" }>): Step {
  const { id, nickname, stored } = input;
  const at = lineTime(step.state, input.nowMs);
  const { sent, limits } = step.state;
  const line: Line = stored
    ? { kind: "stored", at, nickname }
    : { kind: "away", at, nickname, withinMs: limits.graceMs };
  return sent.has(id) ? print(step, line) : { ...step, state: withRemark(step.state, id, line) };
}

function hello(
  step: Step,
  { timeMs, ignoring, resumed, limits }: Extract<Signal, { kind: "hello" }>,
  nowMs: number,
): Step {
  const { awaySinceMs } = step.state;
  const held = { untilMs: nowMs + HOLD_MS, lines: [], messages: 0, opened: false };
  const state: State = {
    ...(timeMs === null ? step.state : withClock(step.state, timeMs, nowMs)),
    limits: limits ?? step.state.limits,
    connection: { phase: "online" },
    replay:
      awaySinceMs === null
        ? { ...held, kind: "backlog", welcomed: false, away: resumed, gap: false }
        : { ...held, kind: "missed", offlineMs: nowMs - awaySinceMs, gap: false },
  };
  // Changed on another device meanwhile, or a new session, which does not have the old one's setting.
  return ignoreChanged({ ...step, state }, ignoring, lineTime(state, nowMs));
}

function caughtUp(step: Step, nowMs: number): Step {
  const { replay } = step.state;
  if (!replay) return step;
  const at = lineTime(step.state, nowMs);
  if (replay.kind === "backlog") {
    const welcomed = replay.welcomed ? unfold(step) : welcome(step, at);
    const opened = openReplay(welcomed, nowMs, true);
    return { ...opened, state: { ...opened.state, replay: null } };
  }
  const whole = withMotd(unfold(step), at);
  const missed = whole.state.replay?.messages || replay.gap || replay.opened;
  const opened = openReplay(whole, nowMs, true);
  const state = { ...opened.state, replay: null, awaySinceMs: null };
  return print({ ...opened, state }, { kind: "resumed", at, missed: Boolean(missed) });
}

/** Closes the backlog with the line of the reader's own join. */
function welcome(step: Step, at: number): Step {
  const { self, online, replay } = step.state;
  if (!self || replay?.kind !== "backlog") return step;
  const { messages } = replay;
  // Those since the reader last left have a heading instead.
  const isEarlier = messages > 0 && !replay.away;
  const before: Line[] = isEarlier ? [{ kind: "before", at, count: messages }] : [];
  const next = { ...step, state: { ...step.state, replay: { ...replay, welcomed: true } } };
  return print(withMotd(print(next, ...before), at), {
    kind: "welcome",
    at,
    nickname: self.nickname,
    online,
  });
}

/** Shown below the events from before the login that it came with. */
function withMotd(step: Step, at: number): Step {
  const { motd: text } = step.state;
  return text === ""
    ? step
    : print({ ...step, state: { ...step.state, motd: "" } }, { kind: "motd", at, text });
}

function joined(step: Step, user: Member, at: number, nowMs: number): Step {
  const { self, replay } = step.state;
  const state = withPerson(step.state, user);
  if (self?.id && user.id === self.id) {
    const next = { ...step, state: withSelf(state, user) };
    return replay?.kind === "backlog" && !replay.welcomed ? welcome(next, at) : next;
  }
  const next = { ...step, state: withActivity(state, user.nickname, nowMs, false) };
  if (!isAnnounced(state, user.nickname, nowMs)) return next;
  return printFolded(next, "joined", user.nickname, at, nowMs);
}

function left(
  step: Step,
  { user, removed, timeMs: at }: Extract<Event, { kind: "left" }>,
  nowMs: number,
): Step {
  const next = { ...step, state: withoutPerson(step.state, user) };
  if (step.state.self?.id && user.id === step.state.self.id) return next;
  const kind = removed ? "removed" : "left";
  if (!isNews(step.state, kind, user.nickname, nowMs)) return next;
  return printFolded(next, kind, user.nickname, at, nowMs);
}

/** In a crowd, a nickname that was registered is no news; a role is. */
function isAnnouncedChange(
  state: State,
  { user, role }: Extract<Event, { kind: "userChanged" }>,
  nowMs: number,
): boolean {
  const isOwn = state.self !== null && isSame(state.self, user);
  return isOwn || role !== "MEMBER" || isAnnounced(state, user.nickname, nowMs);
}

function ignoreChanged(step: Step, ignoring: boolean, at: number): Step {
  if (step.state.ignoring === ignoring) return step;
  const next = { ...step, state: { ...step.state, ignoring } };
  // The response to our own ToggleIgnore carries the number of skipped messages and is shown instead.
  if (step.state.ignorePending) return next;
  return print(next, ignoring ? { kind: "ignoring", at } : { kind: "ignoring_ended", at, skipped: null });
}

function gap(step: Step, reason: MissingReason, at: number): Step {
  const { replay } = step.state;
  const isAway = replay?.kind === "backlog" && replay.away;
  const offlineMs = replay?.kind === "missed" ? replay.offlineMs : isAway ? null : 0;
  const line: Line =
    reason === "STORE_REPLACED"
      ? { kind: "store_replaced", at }
      : reason === "AHEAD"
        ? { kind: "log_went_back", at }
        : { kind: "trimmed", at, offlineMs };
  if (!replay || (replay.kind === "backlog" && !isAway)) return print(step, line);
  return print({ ...step, state: { ...step.state, replay: { ...replay, gap: true } } }, line);
}
