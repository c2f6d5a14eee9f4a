/** People whom the reader ignores: by id as long as they stay, by nickname where it is their own. */
import type { Event } from "../../session/event.js";
import { isSame, nameKey, type Person } from "../../session/person.js";
import type { Ignored, State } from "../state.js";

/** Keeps them between runs. */
export interface IgnoredStore {
  load(): readonly Ignored[];
  save(ignored: readonly Ignored[]): void;
}

/** People who are kept at most; above it the oldest are forgotten. */
const MAX_IGNORED = 500;

const isEntryOf = (one: Ignored, person: Person, registered: boolean) =>
  (one.id !== "" && one.id === person.id) ||
  // No one else can take a registered nickname.
  (one.registered && registered && nameKey(one.nickname) === nameKey(person.nickname));

export function isIgnored(ignored: readonly Ignored[], person: Person, registered: boolean): boolean {
  return ignored.some((one) => isEntryOf(one, person, registered));
}

/** With one more person, or what has changed of one. */
export function withIgnored(ignored: readonly Ignored[], person: Ignored): readonly Ignored[] {
  const others = ignored.filter((one) => !isEntryOf(one, person, person.registered));
  return [...others, person].slice(-MAX_IGNORED);
}

/**
 * Whether an event is not shown because of whom it is from. What moderators do and announce is always shown, and
 * so is what became of the reader's own messages.
 */
export function isQuiet(ignored: readonly Ignored[], event: Event): boolean {
  if (ignored.length === 0) return false;
  switch (event.kind) {
    case "groupMessage":
    case "privateMessage":
    case "edited":
      return isIgnored(ignored, event.sender, event.senderRegistered);
    case "redacted":
      return isIgnored(ignored, event.sender, true);
    case "joined":
    case "left":
    case "userChanged":
      return isIgnored(ignored, event.user, event.user.registered);
    case "announcement":
    case "ignoreChanged":
    case "moderated":
    case "roomChanged":
    case "undelivered":
      return false;
  }
}

/** Whom the reader means by a nickname; undefined if no one here has it, or had it lately. */
export function findPerson(state: State, name: string, meant: Person | null): Ignored | undefined {
  const key = nameKey(name);
  const member = state.people.get(key);
  const isMeant = !meant || meant.id === "" || meant.id === member?.id;
  if (member && isMeant) return pick(member);
  const latest = state.recent.findLast(({ sender }) =>
    meant && meant.id !== "" ? sender.id === meant.id : nameKey(sender.nickname) === key,
  );
  return latest && pick({ ...latest.sender, registered: latest.registered ?? false });
}

const pick = ({ nickname, id, registered }: Ignored): Ignored => ({ nickname, id, registered });

export function isOwn({ self }: State, person: Person): boolean {
  return self !== null && isSame(self, person);
}
