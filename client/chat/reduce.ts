import type { FeedItem } from "../session/feed.js";
import type { Limits } from "../session/limits.js";
import type { Self } from "../session/self.js";
import type { Line } from "./line.js";
import { withActivity, withPeople } from "./people.js";
import { reduceEvent } from "./reduce-event.js";
import { openIfDue, openReplay, print, unfold } from "./scroll.js";
import type { State, Step } from "./state.js";

/** Everything that can happen to a client. `nowMs` is our clock, ms since 1970. */
export type Input =
  /** Logged in, or took a session up. `awaySinceMs`: since when things were missed; null for a fresh start. */
  | {
      readonly kind: "entered";
      readonly self: Self;
      readonly limits: Limits;
      readonly motd: string;
      readonly awaySinceMs: number | null;
      readonly nowMs: number;
    }
  | { readonly kind: "feed"; readonly item: FeedItem; readonly nowMs: number }
  /** Who is here, for completion. */
  | { readonly kind: "people"; readonly nicknames: readonly string[] }
  /** The reader's own switch of group chat: on its way, answered, refused. */
  | { readonly kind: "ignore_asked" }
  | {
      readonly kind: "ignore_answered";
      readonly ignoring: boolean;
      readonly skipped: number;
      readonly nowMs: number;
    }
  | { readonly kind: "ignore_failed" }
  /** Something that the client itself tells: answers of commands, problems. */
  | { readonly kind: "told"; readonly line: Line }
  /** Lines of the past that were asked for. */
  | { readonly kind: "recalled"; readonly lines: readonly Line[] }
  /** Time went by, see `wakeAtMs`. */
  | { readonly kind: "tick"; readonly nowMs: number }
  /** The client leaves: what waited is told. */
  | { readonly kind: "closed"; readonly nowMs: number };

/** Pure: the next state, and the lines that this input brings to the scrollback. */
export function reduce(state: State, input: Input): Step {
  const step: Step = { state, lines: [] };
  switch (input.kind) {
    case "entered": {
      const { self, limits, awaySinceMs } = input;
      return welcomeMotd({ ...step, state: { ...state, self, limits, awaySinceMs } }, input);
    }
    case "feed":
      return input.item.kind === "event"
        ? openIfDue(reduceEvent(step, input.item.event, input.nowMs), input.nowMs)
        : lost(step, input.item, input.nowMs);
    case "people":
      return { ...step, state: withPeople(state, input.nicknames) };
    case "ignore_asked":
      return { ...step, state: { ...state, ignoreAsked: true } };
    case "ignore_answered": {
      const { ignoring, skipped, nowMs: at } = input;
      const next = { ...step, state: { ...state, ignoring, ignoreAsked: false } };
      return print(next, ignoring ? { kind: "ignoring", at } : { kind: "ignoring_ended", at, skipped });
    }
    case "ignore_failed":
      return { ...step, state: { ...state, ignoreAsked: false } };
    case "told":
      return print(step, input.line);
    case "recalled": {
      // Beside what is replayed: they are none of the messages that were missed.
      const whole = unfold(step);
      return { ...whole, lines: [...whole.lines, ...input.lines] };
    }
    case "tick":
      return tick(step, input.nowMs);
    case "closed": {
      const whole = openReplay(unfold(step), input.nowMs, false);
      return { ...whole, state: { ...whole.state, connection: { phase: "closed" } } };
    }
  }
}

/** Our clock: when `tick` has something to do, or null. */
export function wakeAtMs({ fold, replay }: State): number | null {
  const due = [
    ...(fold ? [fold.untilMs] : []),
    ...(replay?.kind === "missed" && !replay.opened && replay.lines.length > 0 ? [replay.untilMs] : []),
  ];
  return due.length > 0 ? Math.min(...due) : null;
}

function welcomeMotd(step: Step, { motd, nowMs }: { motd: string; nowMs: number }): Step {
  return motd ? print(step, { kind: "motd", at: nowMs, text: motd }) : step;
}

function lost(step: Step, item: Extract<FeedItem, { kind: "lost" }>, nowMs: number): Step {
  const { connection, awaySinceMs } = step.state;
  const { attempt, retryAtMs } = item;
  if (connection.phase === "offline") {
    return { ...step, state: { ...step.state, connection: { ...connection, attempt, retryAtMs } } };
  }
  // What came before the break is shown; the next connection brings the rest under its own heading.
  const opened = openReplay(unfold(step), nowMs, false);
  const wasOpen = connection.phase === "online";
  const state: State = {
    ...opened.state,
    replay: null,
    awaySinceMs: wasOpen ? nowMs : awaySinceMs,
    connection: { phase: "offline", sinceMs: nowMs, attempt, retryAtMs },
  };
  return print({ ...opened, state }, { kind: "problem", at: nowMs, problem: { what: "connection_lost" } });
}

function tick(step: Step, nowMs: number): Step {
  const { fold } = step.state;
  const unfolded = fold && nowMs >= fold.untilMs ? unfold(step) : step;
  return openIfDue(unfolded, nowMs);
}

/** Whom a private message went to: the next /reply goes there. */
export function withPartner(state: State, nickname: string, nowMs: number): State {
  return { ...withActivity(state, nickname, nowMs, false), partner: nickname };
}
