/** The candidate that was probably meant: one that starts with `typed`, or at most two edits away. Ties: the first. */
export function suggest(typed: string, candidates: readonly string[]): string | null {
  const begun = typed.length > 0 ? candidates.find((candidate) => candidate.startsWith(typed)) : undefined;
  if (begun) return begun;
  let best: string | null = null;
  // A short word is two edits away from almost anything: two edits need four letters.
  let least = typed.length < 4 ? 2 : 3;
  for (const candidate of candidates) {
    const edits = editDistance(typed, candidate);
    if (edits < least) {
      best = candidate;
      least = edits;
    }
  }
  return best;
}

/** Damerau-Levenshtein (optimal string alignment): insertion, deletion, substitution, transposition of neighbours. */
function editDistance(a: string, b: string): number {
  let before: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const cost = a[i - 1] === b[j - 1] ? 0 : 1;
      let least = Math.min(last[j]! + 1, row[j - 1]! + 1, last[j - 1]! + cost);
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) {
        least = Math.min(least, before[j - 2]! + 1);
      }
      row.push(least);
    }
    before = last;
    last = row;
  }
  return last[b.length]!;
}
