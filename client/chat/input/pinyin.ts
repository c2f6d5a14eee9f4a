/**
 * Pinyin initials of Chinese names, as people type them to find someone: 小明 xm, 张三丰 zsf. Derived from the order of
 * the runtime's collation (CLDR, pinyin), without a table of readings: a character has the initial of the last boundary
 * at or before it.
 */
const INITIALS = "abcdefghjklmnopqrstwxyz";
/** The first character of each initial in pinyin order. */
const BOUNDARIES = [..."阿八嚓哒妸发旮哈讥咔垃妈拏噢妑七呥仨他穵夕丫帀"];

/** Surnames whose reading differs from the one that the collation sorts by. */
const SURNAMES: Readonly<Record<string, string>> = {
  曾: "z",
  单: "s",
  仇: "q",
  区: "o",
  解: "x",
  查: "z",
  翟: "z",
  覃: "q",
  乐: "y",
  朴: "p",
  种: "c",
  召: "s",
  秘: "b",
  折: "s",
  盛: "s",
  重: "c",
  隗: "k",
  晟: "c",
  黑: "h",
  逄: "p",
};

let collator: Intl.Collator | undefined;

/** All spellings of a name's initials, in lower case: also with the reading as a surname. "" for none. */
export function initialsOf(name: string): readonly string[] {
  const initials = [...name].map(initialOf);
  const plain = initials.join("");
  const surname = SURNAMES[[...name][0] ?? ""];
  return surname && surname !== initials[0] ? [plain, surname + initials.slice(1).join("")] : [plain];
}

/** What follows the initial in a syllable, or the beginning of it: `h` of zh, ch and sh, then a final. */
const FINAL = /^h?(?:[aeiouv][aeiouvngr]{0,4})?$|^[ngr]{1,2}$/;
/** Letters of the longest such part: huang of zhuang. */
const MAX_FINAL = 6;

/**
 * Whether `typed`, lower-case letters, may be the beginning of a name with these initials, spelt out: laow for lw. Only
 * initials are known, so that it may be another name as well.
 */
export function mayBeSpelt(typed: string, initials: string): boolean {
  /** How much of `typed` the syllables so far may be. */
  let ends = new Set([0]);
  for (const initial of initials) {
    const next = new Set<number>();
    for (const end of ends) {
      if (typed[end] !== initial) continue;
      for (let length = 0; length <= MAX_FINAL && end + length < typed.length; length++)
        if (FINAL.test(typed.slice(end + 1, end + 1 + length))) next.add(end + 1 + length);
    }
    if (next.has(typed.length)) return true;
    ends = next;
  }
  return false;
}

/** Letters and digits are their own initials; what has none, characters beyond the BMP included, is skipped. */
function initialOf(character: string): string {
  if (/^[a-z0-9]$/i.test(character)) return character.toLowerCase();
  if (!/^[\u3400-\u9fff]$/.test(character)) return "";
  collator ??= new Intl.Collator("zh-CN-u-co-pinyin");
  let low = 0;
  let high = BOUNDARIES.length;
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if (collator.compare(BOUNDARIES[middle]!, character) <= 0) low = middle;
    else high = middle;
  }
  return INITIALS[low]!;
}
