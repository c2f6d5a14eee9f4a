import { Refusal } from "../../errors.js";
import { foldNickname, skeletonOf } from "./fold.js";
import type { ReservedNames } from "./reserved.js";
import { checkNickname, MAX_NICKNAME_BYTES } from "./rules.js";

/** A name in the room. Two names collide when their keys are equal or their skeletons are. */
export interface Nickname {
  /** As typed, in NFC. */
  readonly shown: string;
  /** Width and case folded: what it is looked up by. */
  readonly key: string;
  /** What it looks like. */
  readonly skeleton: string;
}

/** NFC may shorten a text; one longer than this is too long in any form, and is not normalised. */
const MAX_RAW_UNITS = 4 * MAX_NICKNAME_BYTES;

/** Refuses with NICKNAME_INVALID and the rule that was broken, or with NICKNAME_RESERVED. Repairs nothing. */
export function parseNickname(raw: string, reserved: ReservedNames): Nickname {
  const shown = raw.length > MAX_RAW_UNITS ? raw : raw.normalize("NFC");
  checkNickname(shown);
  const name = describeNickname(shown);
  if (reserved.has(name)) throw new Refusal("NICKNAME_RESERVED", { field: "nickname" });
  return name;
}

/** For a name that was parsed before: checks nothing, so that a name in use survives a change of the rules. */
export function describeNickname(raw: string): Nickname {
  const shown = raw.normalize("NFC");
  return { shown, key: foldNickname(shown), skeleton: skeletonOf(shown) };
}
