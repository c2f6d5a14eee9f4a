/**
 * Whom a private message, or a moderator's command, is for. The person is fixed when the address is typed, and not when the message is sent: a
 * nickname is free again once its holder has left, and the last private message may come from someone else meanwhile.
 */
import { nameKey, type Person } from "../../session/person.js";
import type { Problem } from "../line.js";
import type { Recent, State } from "../state.js";
import { findQuoted, partnerIn } from "../texts/lines.js";
import { type Addressing, addressing } from "./parse.js";

export interface Address {
  /** The key of the name; null for /reply. */
  readonly key: string | null;
  /** The person; the id is "" if the name was not known here. null: /reply, and there was no private message. */
  readonly person: Person | null;
  /** Whether no member had the name: who has it later is not the person who is meant. */
  readonly absent: boolean;
  /** Whether the text of a private message begins: the name cannot go on. */
  readonly finished: boolean;
  /** The message that the input replies to; null: there is none. undefined: it replies to none. */
  readonly quoted?: Recent | null;
}

/** The address of an input. `before`: that of the input until now, whose person stays while its name does. */
export function addressOf(input: string, state: State, before: Address | null): Address | null {
  const typed = addressing(input);
  if (!typed) return null;
  const { name, finished } = typed;
  if (typed.quotes) return quoteAddress(typed, state, before);
  const key = name === null ? null : nameKey(name);
  if (before && before.key === key) return { ...before, finished };
  if (name === null) return { key, person: state.partner, absent: false, finished };
  const known = state.people.get(nameKey(name));
  if (known) return { key, person: known, absent: false, finished };
  return { key, person: { nickname: name, id: "" }, absent: state.peopleComplete, finished };
}

/** A reply goes where the message is that it refers to, which stays while the name does. */
function quoteAddress({ name, finished }: Addressing, state: State, before: Address | null): Address {
  const key = `/quote ${name === null ? "" : nameKey(name)}`;
  const quoted = before?.key === key && before.quoted ? before.quoted : findQuoted(state, name);
  const person = quoted ? partnerIn(state, quoted) : null;
  return { key, person, absent: false, finished: finished && person !== null, quoted };
}

/**
 * The address of an input that did not reach its person, because that one is gone: the one who is meant by it from now
 * on, even if the list does not show yet who has the name.
 */
export function addressedAnew(input: string, state: State, gone: Person | null): Address | null {
  const address = addressOf(input, state, null);
  if (!address) return null;
  const isStale = address.person !== null && address.person.id === gone?.id;
  const person = isStale ? { nickname: gone.nickname, id: "" } : address.person;
  return { ...address, person, absent: false };
}

/** Problems of an input whose person is not the one who was meant, or is not there. */
const OTHER: readonly Problem["what"][] = [
  "another_person",
  "joined_since",
  "nobody_to_reply_to",
  "no_such_person",
  "another_target",
];

/** The address of an input that is back: of the same person, or if its problem is that it would reach another one, that one. */
export function addressAgain(
  input: string,
  state: State,
  address: Address | null,
  problem: Problem | null,
): Address | null {
  const isOther = problem !== null && OTHER.includes(problem.what);
  return isOther ? addressedAnew(input, state, address?.person ?? null) : address;
}

/** Follows an input as it is typed, so that its address means the person whom it named then. */
export class Addressee {
  #address: Address | null = null;

  /** Whom the input addresses; null for everyone. */
  get address(): Address | null {
    return this.#address;
  }

  follow(input: string, state: State): Address | null {
    this.#address = addressOf(input, state, this.#address);
    return this.#address;
  }

  /**
   * An input is back that was for `address`: for the same person, or if its problem is that it would reach another one,
   * for that one.
   */
  followAgain(input: string, state: State, address: Address | null, problem: Problem | null): void {
    this.#address = addressAgain(input, state, address, problem);
  }
}
