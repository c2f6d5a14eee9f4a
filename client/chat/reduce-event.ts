import { timestampMs } from "@bufbuild/protobuf/wkt";
import type { Event } from "../../gen/parlance/v1/event_pb.js";
import { GapReason, GoodbyeReason } from "../../gen/parlance/v1/event_pb.js";
import { nameKey } from "../session/self.js";
import type { GoodbyeWhy, Line } from "./line.js";
import { isAnnounced, withActivity, withoutPerson, withPerson } from "./people.js";
import { openReplay, print, printFolded, unfold } from "./scroll.js";
import type { State, Step } from "./state.js";

/** How long what was missed is held back for counting, ms. */
const HOLD_MS = 1_000;

/** One event of the feed; kinds that are not known are passed over. */
export function reduceEvent(step: Step, event: Event, nowMs: number): Step {
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
    case "message": {
      const { sender, text } = kind.value;
      const own = isSelf(state, sender);
      const next = { ...step, state: withActivity(state, sender, nowMs, true) };
      return print(next, { kind: "message", at, sender, text, own, live: state.replay === null });
    }
    case "privateMessage": {
      const { sender, recipient, text } = kind.value;
      const out = isSelf(state, sender);
      const direction = !out ? "in" : isSelf(state, recipient) ? "self" : "out";
      const other = out ? recipient : sender;
      const partner = direction === "self" ? state.partner : other;
      const next = { ...step, state: { ...withActivity(state, other, nowMs, !out), partner } };
      const live = state.replay === null;
      return print(next, { kind: "private", at, sender, recipient, text, direction, live });
    }
    case "ignoreChanged":
      return switched(step, kind.value.ignoring, at);
    case "gap":
      return gap(step, kind.value.reason, at);
    case "goodbye": {
      const reason = GoodbyeReason[kind.value.reason] as GoodbyeWhy | undefined;
      // A restart is followed by the line of the lost connection, which says what to do.
      if (kind.value.reconnect) return unfold(step);
      return print(step, { kind: "goodbye", at, reason: WHYS.find((why) => why === reason) ?? "UNKNOWN" });
    }
    default:
      return step;
  }
}

const WHYS: readonly GoodbyeWhy[] = ["SHUTTING_DOWN", "LOGGED_OUT", "TOO_SLOW", "SESSION_EXPIRED"];

function isSelf(state: State, nickname: string): boolean {
  return state.self !== null && nameKey(state.self.nickname) === nameKey(nickname);
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
  // Switched elsewhere meanwhile, or a new session that knows nothing of the old one's switch.
  return switched({ ...step, state }, value.ignoring, nowMs);
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

/** Closes the backlog with the line of the reader's own joining. */
function welcome(step: Step, at: number): Step {
  const { self, online, replay } = step.state;
  if (!self || replay?.kind !== "backlog") return step;
  const { messages } = replay;
  const before: Line[] = messages > 0 ? [{ kind: "before", at, count: messages }] : [];
  const next = { ...step, state: { ...step.state, replay: { ...replay, welcomed: true } } };
  return print(next, ...before, { kind: "welcome", at, nickname: self.nickname, online });
}

type Person = { readonly nickname: string; readonly id: string };

function joined(step: Step, user: Person, at: number, nowMs: number): Step {
  const { self, replay } = step.state;
  if (self && user.id !== "" && user.id === self.id) {
    return replay?.kind === "backlog" && !replay.welcomed ? welcome(step, at) : step;
  }
  const known = withPerson(step.state, user.nickname);
  const next = { ...step, state: withActivity(known, user.nickname, nowMs, false) };
  if (!isAnnounced(step.state, user.nickname, nowMs)) return next;
  return printFolded(next, "joined", user.nickname, at, nowMs);
}

function left(step: Step, user: Person, at: number, nowMs: number): Step {
  if (step.state.self?.id && user.id === step.state.self.id) return step;
  const next = { ...step, state: withoutPerson(step.state, user.nickname) };
  if (!isAnnounced(step.state, user.nickname, nowMs)) return next;
  return printFolded(next, "left", user.nickname, at, nowMs);
}

function switched(step: Step, ignoring: boolean, at: number): Step {
  if (step.state.ignoring === ignoring) return step;
  const next = { ...step, state: { ...step.state, ignoring } };
  // The answer to our own switch knows how many were skipped and is told instead.
  if (step.state.ignoreAsked) return next;
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
