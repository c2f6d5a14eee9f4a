import { Refusal } from "../../errors.js";
import { hidesSomething } from "../visible.js";
import { columnsOf, hasOneNumbering, isOfOneScript, splitGraphemes } from "./characters.js";

export const MAX_NICKNAME_GRAPHEMES = 24;
export const MAX_NICKNAME_BYTES = 64;
const MAX_NICKNAME_COLUMNS = 24;
/** Marks of no script, which combine with any letter: more of them overlap other lines. */
const MAX_STACKED_MARKS = 2;
/** UTS #39, section 5.4. Scripts that write vowels as marks need more than two: Burmese ကျော် has four on one base. */
const MAX_NONSPACING_MARKS = 4;

/** Which rule a name breaks. The limit of `too_long` is 64 for bytes, 24 for graphemes and columns. */
export type NicknameRule =
  | "empty"
  | "too_long"
  | "not_unicode"
  | "whitespace"
  | "invisible"
  | "character"
  | "first_character"
  | "marks"
  | "scripts"
  | "digits";

const ALPHABET = /^[\p{L}\p{M}\p{N}_.-]*$/u;

/**
 * Refuses an invalid name with NICKNAME_INVALID. Private use and unassigned code points are "character"; unassigned
 * means by the Unicode version of this Node, so a newer Node admits newer letters. Bidirectional controls are "invisible".
 *
 * `name`: in NFC.
 */
export function checkNickname(name: string): void {
  if (name === "") throw broken("empty");
  // Sizes first: they bound the cost of all further checks. A UTF-16 unit is at least one byte.
  if (name.length > MAX_NICKNAME_BYTES || new TextEncoder().encode(name).length > MAX_NICKNAME_BYTES)
    throw broken("too_long", MAX_NICKNAME_BYTES);
  if (/\p{Cs}/u.test(name)) throw broken("not_unicode");
  if (/\s/.test(name)) throw broken("whitespace");
  if (hidesSomething(name)) throw broken("invisible");
  if (!ALPHABET.test(name)) throw broken("character");
  if (!/^[\p{L}\p{N}]/u.test(name)) throw broken("first_character");
  if (splitGraphemes(name).length > MAX_NICKNAME_GRAPHEMES) throw broken("too_long", MAX_NICKNAME_GRAPHEMES);
  if (columnsOf(name) > MAX_NICKNAME_COLUMNS) throw broken("too_long", MAX_NICKNAME_COLUMNS);
  checkMarks(name);
  checkMixture(name);
}

/** A composed letter such as ᾇ or ế counts no marks; but if further marks follow, those within it count as well. */
function checkMarks(name: string): void {
  for (const [marked] of name.matchAll(/\P{M}\p{M}+/gu)) {
    const apart = marked.normalize("NFD");
    if (count(apart, /\p{Script=Inherited}/gu) > MAX_STACKED_MARKS) throw broken("marks", MAX_STACKED_MARKS);
    if (count(apart, /[\p{Mn}\p{Me}]/gu) > MAX_NONSPACING_MARKS) throw broken("marks", MAX_NONSPACING_MARKS);
  }
}

function checkMixture(name: string): void {
  // Letters without a script, such as 𝐀 and µ, decompose to letters with one.
  const plain = name.normalize("NFKC");
  // The key names claims in stores, so it too is restricted to the alphabet: ﷺ would add spaces to it, ½ a slash.
  if (!ALPHABET.test(plain)) throw broken("character");
  if (!isOfOneScript(plain)) throw broken("scripts");
  if (!hasOneNumbering(name)) throw broken("digits");
}

function count(text: string, pattern: RegExp): number {
  return text.match(pattern)?.length ?? 0;
}

function broken(rule: NicknameRule, limit?: number): Refusal {
  return new Refusal("NICKNAME_INVALID", { field: "nickname", rule, ...(limit !== undefined && { limit }) });
}
