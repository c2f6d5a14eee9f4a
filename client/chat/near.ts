/** The candidate that was probably meant: a beginning of it, or at most two slips away. Ties go to the first. */
export function nearest(typed: string, candidates: readonly string[]): string | null {
  const begun = typed.length > 0 ? candidates.find((candidate) => candidate.startsWith(typed)) : undefined;
  if (begun) return begun;
  let best: string | null = null;
  // Short words are near to everything: two slips need four letters.
  let least = typed.length < 4 ? 2 : 3;
  for (const candidate of candidates) {
    const slips = distance(typed, candidate);
    if (slips < least) {
      best = candidate;
      least = slips;
    }
  }
  return best;
}

/** Damerau-Levenshtein (optimal string alignment): one slip is a letter more, less, other, or swapped with the next. */
function distance(a: string, b: string): number {
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
