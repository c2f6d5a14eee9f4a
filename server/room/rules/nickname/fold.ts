const MAX_ROUNDS = 4;

/**
 * A name as it is looked up: NFKC (which folds width), case folded, in NFC. Applying it again changes nothing
 * (NFKC_Casefold of Unicode, section 3.13, but for what `foldCase` says). Takes anything, valid or not.
 */
export function foldNickname(raw: string): string {
  if (isAscii(raw)) return raw.toLowerCase();
  let folded = raw;
  // Folding can make room for another composition, and a composition for another folding.
  for (let round = 0; round < MAX_ROUNDS; round++) {
    const again = foldCase(folded.normalize("NFKC")).normalize("NFKC");
    if (again === folded) break;
    folded = again;
  }
  return folded;
}

/**
 * Full case folding, the same in every locale: ß and ẞ are ss, ς is σ, ſ is s. The four Turkish letters I, İ, ı and i
 * are one, because a room has no language and two names that differ by a dot could not be told apart.
 */
export function foldCase(text: string): string {
  // Twice down: ẞ has only itself in capitals, but ß has SS. Up in between: ı, ſ and ς meet their likes in capitals.
  const folded = text.toLowerCase().toUpperCase().toLowerCase();
  // toLowerCase looks at the context for the final sigma; a dot on i and j cannot be seen.
  return folded.replaceAll("ς", "σ").replace(/([ij])\u0307/g, "$1");
}

export function isAscii(text: string): boolean {
  return /^[\x00-\x7f]*$/.test(text);
}
