import { splitGraphemes } from "./characters.js";
import { foldNickname } from "./fold.js";

/** Bounds the cost to some milliseconds, however full the room. */
const MAX_CANDIDATES = 10_000;
/** No nickname key is longer, so neither is a misspelling of one. */
const MAX_GRAPHEMES = 64;

/**
 * The nickname that a misspelled `name` most likely means: of the candidates (nicknames as shown), the one at the
 * smallest edit distance, where an edit is a character deleted, inserted or replaced, or two swapped. One edit is allowed
 * per three characters, and at least one in names of two or more. A candidate that begins with `name` is near at any
 * length; the shortest of them is returned if no other candidate is near.
 */
export function nearest(name: string, candidates: Iterable<string>): string | undefined {
  const wanted = split(foldNickname(name));
  if (wanted.length === 0 || wanted.length > MAX_GRAPHEMES) return undefined;
  let best: { readonly candidate: string; readonly rank: number } | undefined;
  let left = MAX_CANDIDATES;
  for (const candidate of candidates) {
    if (left-- === 0) break;
    const rank = rankOf(wanted, split(foldNickname(candidate)), best?.rank);
    if (rank < (best?.rank ?? Infinity)) best = { candidate, rank };
  }
  return best?.candidate;
}

type Row = Uint8Array<ArrayBuffer>;

/** Lower is nearer; Infinity: not near. An edit counts 2, so that a common beginning decides between equals. */
function rankOf(wanted: readonly string[], key: readonly string[], bestRank = Infinity): number {
  const begins = wanted.every((grapheme, at) => key[at] === grapheme);
  const most = Math.max(Math.floor(wanted.length / 3), Math.min(1, wanted.length - 1));
  const edits = editDistance(wanted, key, Math.min(most, Math.ceil(bestRank / 2)));
  if (edits <= most) return edits * 2 - (begins ? 1 : 0);
  return begins ? 2 * MAX_GRAPHEMES + key.length : Infinity;
}

/** Damerau-Levenshtein distance (optimal string alignment), or Infinity when it is over `most`. */
function editDistance(a: readonly string[], b: readonly string[], most: number): number {
  if (Math.abs(a.length - b.length) > most) return Infinity;
  const far = most + 1;
  let [before, row, next] = [0, 1, 2].map(() => new Uint8Array(b.length + 2).fill(far)) as [Row, Row, Row];
  for (let j = 0; j <= Math.min(b.length, most); j++) row[j] = j;
  for (let i = 1; i <= a.length; i++) {
    // Only the band along the diagonal: cells outside it are more than `most` away.
    const first = Math.max(1, i - most);
    const last = Math.min(b.length, i + most);
    next[first - 1] = first === 1 ? Math.min(i, far) : far;
    let least = next[first - 1]!;
    for (let j = first; j <= last; j++) {
      let edits = a[i - 1] === b[j - 1] ? row[j - 1]! : 1 + Math.min(row[j - 1]!, row[j]!, next[j - 1]!);
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1])
        edits = Math.min(edits, 1 + before[j - 2]!);
      next[j] = edits;
      if (edits < least) least = edits;
    }
    next[last + 1] = far;
    if (least > most) return Infinity;
    [before, row, next] = [row, next, before];
  }
  return row[b.length]! <= most ? row[b.length]! : Infinity;
}

/** Graphemes; without marks, code points are graphemes. */
function split(text: string): string[] {
  return /\p{M}/u.test(text) ? splitGraphemes(text) : [...text];
}
