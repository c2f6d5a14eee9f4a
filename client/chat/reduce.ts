/** The reducer of the chat: inputs change the state and print lines. Pure: times are arguments. */
import { timestampMs } from "@bufbuild/protobuf/wkt";
import type { Event } from "../../gen/parlance/v1/event_pb.js";
import { GapReason } from "../../gen/parlance/v1/event_pb.js";
import { endReasonOf } from "../session/errors.js";
import type { FeedItem } from "../session/feed.js";
import type { Limits } from "../session/limits.js";
import { nameKey, type Self } from "../session/self.js";
import type { Line, SpokenLine } from "./line.js";
import {
  isAnnounced,
  openIfDue,
  openReplay,
  print,
  printFolded,
  type State,
  type Step,
  unfold,
  withActivity,
  withoutPerson,
  withPeople,
  withPerson,
} from "./state.js";

/** Everything that can happen to a client. `nowMs` is the local clock, ms since 1970. */
export type Input =
  /** Logged in, or resumed. `awaySinceMs`: when the last connection was lost; null on a fresh start. */
  | {
      readonly kind: "session";
      readonly self: Self;
      readonly limits: Limits;
      readonly motd: string;
      readonly awaySinceMs: number | null;
      readonly nowMs: number;
    }
  | { readonly kind: "feed"; readonly item: FeedItem; readonly nowMs: number }
  /** Who is online, for completion. */
  | { readonly kind: "people"; readonly nicknames: readonly string[] }
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
      const { self, limits, awaySinceMs, motd, nowMs } = input;
      const next = { ...step, state: { ...state, self, limits, awaySinceMs } };
      return motd ? print(next, { kind: "motd", at: nowMs, text: motd }) : next;
    }
    case "feed":
      return input.item.kind === "event"
        ? openIfDue(reduceEvent(step, input.item.event, input.nowMs), input.nowMs)
        : lost(step, input.item, input.nowMs);
    case "people":
      return { ...step, state: withPeople(state, input.nicknames) };
    case "ignore_sent":
      return { ...step, state: { ...state, ignorePending: true } };
    case "ignore_done": {
      const { ignoring, skipped, nowMs: at } = input;
      const next = { ...step, state: { ...state, ignoring, ignorePending: false } };
      return print(next, ignoring ? { kind: "ignoring", at } : { kind: "ignoring_ended", at, skipped });
    }
    case "ignore_failed":
      return { ...step, state: { ...state, ignorePending: false } };
    case "line":
      return print(step, input.line);
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
    ...(replay?.kind === "missed" && !replay.opened && replay.lines.length > 0 ? [replay.untilMs] : []),
  ];
  return due.length > 0 ? Math.min(...due) : null;
}

function lost(step: Step, item: Extract<FeedItem, { kind: "lost" }>, nowMs: number): Step {
  const { connection, awaySinceMs } = step.state;
  const { attempt, retryAtMs, lastHeardMs } = item;
  if (connection.phase === "offline") {
    return { ...step, state: { ...step.state, connection: { ...connection, attempt, retryAtMs } } };
  }
  // Events from before the loss are shown now; the next connection shows the rest under its own heading.
  const opened = openReplay(unfold(step), nowMs, false);
  const wasOpen = connection.phase === "online";
  // A dead connection is noticed late: the reader has been offline since the server was last heard of.
  const sinceMs = lastHeardMs ?? nowMs;
  const state: State = {
    ...opened.state,
    replay: null,
    awaySinceMs: wasOpen ? sinceMs : awaySinceMs,
    connection: { phase: "offline", sinceMs, attempt, retryAtMs },
  };
  return print({ ...opened, state }, { kind: "problem", at: nowMs, problem: { what: "connection_lost" } });
}

/** How long missed events are held for counting, ms. */
const HOLD_MS = 1_000;

/** Kinds of a later schema are skipped. */
function reduceEvent(step: Step, event: Event, nowMs: number): Step {
  const { state } = step;
  const at = event.time ? timestampMs(event.time) : nowMs;
  const { kind } = event;
  switch (kind.case) {
    case "hello":
      return hello(step, kind.value, nowMs);
    case "caughtUp":
      return caughtUp(step, nowMs);
    case "joined":
    case "left": {
      const { user, online } = kind.value;
      if (!user) return step;
      const next = { ...step, state: { ...state, online } };
      return kind.case === "joined" ? joined(next, user, at, nowMs) : left(next, user, at, nowMs);
    }
    case "message":
    case "privateMessage":
      return message(step, kind, at, nowMs);
    case "ignoreChanged":
      return ignoreChanged(step, kind.value.ignoring, at);
    case "gap":
      return gap(step, kind.value.reason, at);
    case "goodbye":
      // A reconnect is announced by the line of the lost connection.
      if (kind.value.reconnect) return unfold(step);
      return print(step, { kind: "goodbye", at, reason: endReasonOf(kind.value.reason) });
    default:
      return step;
  }
}

export type MessageKind = Extract<Event["kind"], { case: "message" | "privateMessage" }>;

/** The line of a message as `self` sees it. */
export function messageLine(kind: MessageKind, at: number, self: Self | null, live: boolean): SpokenLine {
  const isSelf = (nickname: string) => self !== null && nameKey(self.nickname) === nameKey(nickname);
  if (kind.case === "message") {
    const { sender, text } = kind.value;
    return { kind: "message", at, sender, text, own: isSelf(sender), live };
  }
  const { sender, recipient, text } = kind.value;
  const direction = !isSelf(sender) ? "in" : isSelf(recipient) ? "self" : "out";
  return { kind: "private", at, sender, recipient, text, direction, live };
}

function message(step: Step, kind: MessageKind, at: number, nowMs: number): Step {
  const { state } = step;
  const line = messageLine(kind, at, state.self, state.replay === null);
  if (line.kind === "message") {
    return print({ ...step, state: withActivity(state, line.sender, nowMs, true) }, line);
  }
  const { sender, recipient, direction } = line;
  const other = direction === "in" ? sender : recipient;
  const partner = direction === "self" ? state.partner : other;
  const active = withActivity(state, other, nowMs, direction === "in");
  return print({ ...step, state: { ...active, partner } }, line);
}

function hello(step: Step, value: { online: number; ignoring: boolean }, nowMs: number): Step {
  const { awaySinceMs } = step.state;
  const state: State = {
    ...step.state,
    online: value.online,
    connection: { phase: "online" },
    replay:
      awaySinceMs === null
        ? { kind: "backlog", messages: 0, welcomed: false }
        : {
            kind: "missed",
            offlineMs: nowMs - awaySinceMs,
            untilMs: nowMs + HOLD_MS,
            lines: [],
            messages: 0,
            opened: false,
            gap: false,
          },
  };
  // Changed on another device meanwhile, or a new session, which does not have the old one's setting.
  return ignoreChanged({ ...step, state }, value.ignoring, nowMs);
}

function caughtUp(step: Step, nowMs: number): Step {
  const { replay } = step.state;
  if (replay?.kind === "backlog") {
    const welcomed = replay.welcomed ? step : welcome(step, nowMs);
    return { ...welcomed, state: { ...welcomed.state, replay: null } };
  }
  if (!replay) return step;
  const whole = unfold(step);
  const missed = whole.state.replay?.messages || replay.gap || replay.opened;
  const opened = openReplay(whole, nowMs, true);
  const state = { ...opened.state, replay: null, awaySinceMs: null };
  return print({ ...opened, state }, { kind: "resumed", at: nowMs, missed: Boolean(missed) });
}

/** Closes the backlog with the line of the reader's own join. */
function welcome(step: Step, at: number): Step {
  const { self, online, replay } = step.state;
  if (!self || replay?.kind !== "backlog") return step;
  const { messages } = replay;
  const before: Line[] = messages > 0 ? [{ kind: "before", at, count: messages }] : [];
  const next = { ...step, state: { ...step.state, replay: { ...replay, welcomed: true } } };
  return print(next, ...before, { kind: "welcome", at, nickname: self.nickname, online });
}

function joined(step: Step, user: Self, at: number, nowMs: number): Step {
  const { self, replay } = step.state;
  if (self && user.id !== "" && user.id === self.id) {
    return replay?.kind === "backlog" && !replay.welcomed ? welcome(step, at) : step;
  }
  const known = withPerson(step.state, user.nickname);
  const next = { ...step, state: withActivity(known, user.nickname, nowMs, false) };
  if (!isAnnounced(step.state, user.nickname, nowMs)) return next;
  return printFolded(next, "joined", user.nickname, at, nowMs);
}

function left(step: Step, user: Self, at: number, nowMs: number): Step {
  if (step.state.self?.id && user.id === step.state.self.id) return step;
  const next = { ...step, state: withoutPerson(step.state, user.nickname) };
  if (!isAnnounced(step.state, user.nickname, nowMs)) return next;
  return printFolded(next, "left", user.nickname, at, nowMs);
}

function ignoreChanged(step: Step, ignoring: boolean, at: number): Step {
  if (step.state.ignoring === ignoring) return step;
  const next = { ...step, state: { ...step.state, ignoring } };
  // The response to our own ToggleIgnore carries the number of skipped messages and is shown instead.
  if (step.state.ignorePending) return next;
  return print(next, ignoring ? { kind: "ignoring", at } : { kind: "ignoring_ended", at, skipped: null });
}

function gap(step: Step, reason: GapReason, at: number): Step {
  const { replay } = step.state;
  const offlineMs = replay?.kind === "missed" ? replay.offlineMs : 0;
  const line: Line =
    reason === GapReason.STORE_REPLACED
      ? { kind: "store_replaced", at }
      : reason === GapReason.AHEAD
        ? { kind: "log_went_back", at }
        : { kind: "trimmed", at, offlineMs };
  if (replay?.kind !== "missed") return print(step, line);
  return print({ ...step, state: { ...step.state, replay: { ...replay, gap: true } } }, line);
}
