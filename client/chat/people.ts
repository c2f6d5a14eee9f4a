import { nameKey } from "../session/self.js";
import type { Active, State } from "./state.js";

/** Bounds of what is remembered of a large room: names for completion, and who was active. */
const MOST_PEOPLE = 2_000;
const MOST_ACTIVE = 200;

/** In a room with more people than this, only those who take part are announced. */
const CROWD = 20;
const RECENT_MS = 30 * 60_000;

export function withPerson(state: State, nickname: string): State {
  const key = nameKey(nickname);
  if (state.people.get(key) === nickname || state.people.size >= MOST_PEOPLE) return state;
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
  const people = new Map(nicknames.slice(0, MOST_PEOPLE).map((nickname) => [nameKey(nickname), nickname]));
  return { ...state, people };
}

/** Moves someone to the front of those who were active. */
export function withActivity(state: State, nickname: string, nowMs: number, spoke: boolean): State {
  const { active } = state;
  const at = active.findIndex((one) => one.nickname === nickname);
  const entry: Active = { nickname, atMs: nowMs, spoke: spoke || (active[at]?.spoke ?? false) };
  const others = at < 0 ? active : active.toSpliced(at, 1);
  return { ...state, active: [entry, ...others.slice(0, MOST_ACTIVE - 1)] };
}

/** Whether so many are online that coming and going is no news. */
export function isCrowd(online: number): boolean {
  return online > CROWD;
}

/** Whether coming and going of this person gets a line. */
export function isAnnounced(state: State, nickname: string, nowMs: number): boolean {
  if (!isCrowd(state.online)) return true;
  return state.active.some((one) => one.nickname === nickname && one.spoke && nowMs - one.atMs <= RECENT_MS);
}
