import type { Ids } from "../../ports.js";

/** Without letters that sound or look like another, such as c and k, or l and i. */
const CONSONANTS = "bdfgkmnprstvz";
const VOWELS = "aeou";
const SYLLABLES = 3;
const SHAPE = /^[a-z]{6}$/;

/** So many ids of a kind at most, that a free one is found at once. */
export const MAX_SPOKEN_IDS = 50_000;

/** A new id of 6 lower-case letters that is easy to read out, such as `bakedo`; there are 140,000. */
export function newSpokenId(ids: Pick<Ids, "bytes">, isTaken: (id: string) => boolean): string {
  for (;;) {
    const bytes = ids.bytes(2 * SYLLABLES);
    let id = "";
    for (let i = 0; i < bytes.length; i += 2)
      id += CONSONANTS[bytes[i]! % CONSONANTS.length]! + VOWELS[bytes[i + 1]! % VOWELS.length]!;
    if (!isTaken(id)) return id;
  }
}

/** An id as a person has typed it; undefined for what cannot be one. */
export function readSpokenId(text: string): string | undefined {
  const id = text.toLowerCase();
  return SHAPE.test(id) ? id : undefined;
}
