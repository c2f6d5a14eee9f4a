import { Refusal } from "../../errors.js";
import { foldNickname } from "./fold.js";
import { checkNickname, MAX_NICKNAME_BYTES } from "./rules.js";
import { skeletonOf } from "./skeleton.js";

export { foldNickname } from "./fold.js";

/** A name in the room. Two names collide when their keys are equal or their skeletons are. */
export interface Nickname {
  /** As typed, in NFC. */
  readonly shown: string;
  /** Width and case folded: what it is looked up by. */
  readonly key: string;
  /** What it looks like. */
  readonly skeleton: string;
}

/** Names of the house and words that address many. */
const RESERVED = new Set(
  "system server admin administrator root operator moderator all everyone here me nobody anonymous bot".split(
    " ",
  ),
);

/** NFC shortens; anything longer than this is too long in any form, and not worth normalising. */
const MAX_RAW_UNITS = 4 * MAX_NICKNAME_BYTES;

/**
 * Refuses with NICKNAME_INVALID and the rule that was broken, or with NICKNAME_RESERVED. Repairs nothing.
 *
 * `reserved`: words nobody may be called besides those of the house, such as commands; their look-alikes are refused too.
 */
export function parseNickname(raw: string, reserved: ReadonlySet<string>): Nickname {
  const shown = raw.length > MAX_RAW_UNITS ? raw : raw.normalize("NFC");
  checkNickname(shown);
  const name = describeNickname(shown);
  if (isReserved(name, RESERVED) || isReserved(name, reserved))
    throw new Refusal("NICKNAME_RESERVED", { field: "nickname" });
  return name;
}

/** For a name that was parsed before: checks nothing, so that names outlive a change of the rules. */
export function describeNickname(raw: string): Nickname {
  const shown = raw.normalize("NFC");
  return { shown, key: foldNickname(shown), skeleton: skeletonOf(shown) };
}

function isReserved(name: Nickname, words: ReadonlySet<string>): boolean {
  for (const word of words)
    if (foldNickname(word) === name.key || skeletonOf(word) === name.skeleton) return true;
  return false;
}
