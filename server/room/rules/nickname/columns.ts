/** Letters and numbers with East_Asian_Width W or F (UAX #11): by script, and by block where they have none. */
const WIDE =
  /[\p{sc=Hani}\p{sc=Hira}\p{sc=Kana}\p{sc=Hang}\p{sc=Bopo}\p{sc=Yiii}\p{sc=Tang}\p{sc=Nshu}\p{sc=Kits}\u3000-\u303e\u3041-\u3247\u3250-\u33ff\uff01-\uff60\u{18e00}-\u{191ff}\u{1d360}-\u{1d376}\u{3d000}-\u{3fc3f}]/u;
const HALF_WIDTH_FORM = /[\uff61-\uffdc]/;
/** Marks that take no room of their own, and the vowels and finals that Hangul puts into the first consonant. */
const ZERO_WIDTH = /[\p{Mn}\p{Me}\u1160-\u11ff\ud7b0-\ud7ff]/u;

/**
 * How many columns of a terminal it takes: 2 for each wide character, 0 for each mark that is set over or under
 * another. Marks with a width of their own count 1, though some terminals give them none.
 */
export function columnsOf(text: string): number {
  let columns = 0;
  for (const character of text) columns += width(character);
  return columns;
}

function width(character: string): number {
  if (ZERO_WIDTH.test(character)) return 0;
  return WIDE.test(character) && !HALF_WIDTH_FORM.test(character) ? 2 : 1;
}
