import { Refusal } from "../../errors.js";
import { splitGraphemes, zeroOf } from "./characters.js";
import { type Nickname, parseNickname } from "./nickname.js";
import type { ReservedNames } from "./reserved.js";

/** After so many taken names, another stem is the better choice. */
const MAX_TRIES = 200;
/** UTF-16 units of a name that are looked at. */
const MAX_NAME_UNITS = 256;
/** A longer number is treated as part of the name: it is kept, and a 2 follows. */
const MAX_COUNTER_DIGITS = 6;

/**
 * The next similar name that is valid and free: 小明 -> 小明2, ada2 -> ada3, in the name's own digits, shortened to fit
 * the limits. undefined when the next 200 are taken.
 */
export function suggestFree(
  wanted: Nickname,
  taken: (key: string, skeleton: string) => boolean,
  reserved: ReservedNames,
): string | undefined {
  const { stem, next, digits, zero } = takeApart(wanted.shown);
  for (let number = next; number < next + MAX_TRIES; number++) {
    const counter = writeNumber(number, digits, zero);
    const name = longestValid(stem, counter, reserved);
    if (name && !taken(name.key, name.skeleton)) return name.shown;
  }
  return undefined;
}

/**
 * The nickname that is nearest to a person's name in another system: John Smith -> John_Smith, ada@example.org -> ada.
 * undefined if nothing valid is left of it.
 */
export function suggestValid(name: string, reserved: ReservedNames): Nickname | undefined {
  const [local = ""] = name.slice(0, MAX_NAME_UNITS).split("@");
  const words = local.normalize("NFC").trim().replace(/\s+/gu, "_");
  return longestValid(
    words.replace(/[^\p{L}\p{M}\p{N}_.-]/gu, "").replace(/^[^\p{L}\p{N}]+/u, ""),
    "",
    reserved,
  );
}

/** The name without its number, the next number, and the digits in which the name writes numbers. */
function takeApart(shown: string): { stem: string; next: number; digits: number; zero: number } {
  const last = [...shown.matchAll(/\p{Nd}/gu)].at(-1)?.[0];
  const zero = last ? zeroOf(last) : 0x30;
  const tail = [.../\p{Nd}*$/u.exec(shown)![0]];
  if (tail.length === 0 || tail.length > MAX_COUNTER_DIGITS) return { stem: shown, next: 2, digits: 1, zero };
  const number = Number(tail.map((digit) => digit.codePointAt(0)! - zero).join(""));
  return {
    stem: shown.slice(0, shown.length - tail.join("").length),
    next: number + 1,
    digits: tail.length,
    zero,
  };
}

function writeNumber(number: number, digits: number, zero: number): string {
  const ascii = String(number).padStart(digits, "0");
  return Array.from(ascii, (digit) => String.fromCodePoint(zero + Number(digit))).join("");
}

function longestValid(stem: string, counter: string, reserved: ReservedNames): Nickname | undefined {
  for (const kept = splitGraphemes(stem); ; kept.pop()) {
    try {
      return parseNickname(kept.join("") + counter, reserved);
    } catch (error) {
      if (!isTooLong(error) || kept.length === 0) return undefined;
    }
  }
}

function isTooLong(error: unknown): boolean {
  if (!(error instanceof Refusal)) throw error;
  return error.detail.rule === "too_long";
}
