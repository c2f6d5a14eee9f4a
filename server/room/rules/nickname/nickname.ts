import { Refusal } from "../../errors.js";
import { foldNickname, skeletonOf } from "./fold.js";
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

/** Names of the server and words that address many. */
const RESERVED_WORDS =
  "system server admin administrator root operator moderator all everyone here me nobody anonymous bot".split(
    " ",
  );

/** Words that no member may be called; their look-alikes are reserved too. Folded once, not at each Login. */
export class ReservedNames {
  private readonly keys = new Set<string>();
  private readonly skeletons = new Set<string>();

  /** `words`: more than those that are always reserved, such as the commands of clients. */
  constructor(words: Iterable<string>) {
    for (const word of [...RESERVED_WORDS, ...words]) {
      const { key, skeleton } = describeNickname(word);
      this.keys.add(key);
      this.skeletons.add(skeleton);
    }
  }

  has({ key, skeleton }: Nickname): boolean {
    return this.keys.has(key) || this.skeletons.has(skeleton);
  }
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
