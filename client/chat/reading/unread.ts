/** Where the reader stopped reading: a rule marks the place once the next message arrives. */
import type { Event } from "../../session/event.js";
import type { RuleLine } from "../line.js";
import type { State } from "../state.js";

/**
 * Whether the window has lost or gained the focus. Before the events from before are shown, a terminal only reports the
 * state in which it started.
 */
export function withFocus(state: State, isFocused: boolean): State {
  const isReading = state.connection.phase === "online" && state.replay === null;
  return { ...state, unread: { ...state.unread, isDue: isReading && !isFocused } };
}

/** The rule before a message, if one is due. What was missed and stands below a heading needs no other. */
export function ruleBefore({ unread, replay }: State, isOwn: boolean, at: number): readonly RuleLine[] {
  const hasHeading = replay !== null && (replay.kind === "missed" || replay.away);
  return unread.isDue && !isOwn && !hasHeading ? [{ kind: "read_up_to", at }] : [];
}

/** After a message. On a fresh start, earlier runs have read up to one of those that are replayed. */
export function afterMessage(state: State, { id }: Pick<Event, "id">): State {
  const { unread, replay } = state;
  const isLastRead = replay?.kind === "backlog" && id !== "" && id === unread.afterId;
  return unread.isDue === isLastRead ? state : { ...state, unread: { ...unread, isDue: isLastRead } };
}
