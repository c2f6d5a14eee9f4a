/** What Unicode says of the characters of a name: graphemes, columns, numbering systems, scripts. */

const graphemes = new Intl.Segmenter("und", { granularity: "grapheme" });

/** User-perceived characters (UAX #29). */
export function splitGraphemes(text: string): string[] {
  // The segmenter would be the largest part of a Login; of these, each is one.
  if (/^[ -~]*$/.test(text)) return [...text];
  return Array.from(graphemes.segment(text), ({ segment }) => segment);
}

/** Letters and numbers with East_Asian_Width W or F (UAX #11): by script, and by block where they have none. */
const WIDE =
  /[\p{sc=Hani}\p{sc=Hira}\p{sc=Kana}\p{sc=Hang}\p{sc=Bopo}\p{sc=Yiii}\p{sc=Tang}\p{sc=Nshu}\p{sc=Kits}\u3000-\u303e\u3041-\u3247\u3250-\u33ff\uff01-\uff60\u{18e00}-\u{191ff}\u{1d360}-\u{1d376}\u{3d000}-\u{3fc3f}]/u;
const HALF_WIDTH_FORM = /[\uff61-\uffdc]/;
/** Nonspacing marks, and the Hangul vowels and finals that are drawn within the leading consonant. */
const ZERO_WIDTH = /[\p{Mn}\p{Me}\u1160-\u11ff\ud7b0-\ud7ff]/u;

/**
 * How many terminal columns a text takes: 2 for each wide character, 0 for each nonspacing mark. Spacing marks count 1,
 * though some terminals give them none.
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

/** Whether all decimal digits are of one numbering system (UTS #39, section 5.3): Bengali ৪ looks like 8. */
export function hasOneNumbering(text: string): boolean {
  const zeros = new Set(Array.from(text.matchAll(/\p{Nd}/gu), ([digit]) => zeroOf(digit)));
  return zeros.size < 2;
}

/** The code point of zero in a decimal digit's numbering system. */
export function zeroOf(digit: string): number {
  const point = digit.codePointAt(0)!;
  let first = point;
  while (/\p{Nd}/u.test(String.fromCodePoint(first - 1))) first--;
  // Unicode encodes the digits of a system contiguously, from zero to nine; some systems are adjacent.
  return first + 10 * Math.floor((point - first) / 10);
}

/** ISO 15924 codes of every script with letters up to Unicode 18, those in daily use first. */
const SCRIPTS =
  `Latn Cyrl Grek Arab Hebr Deva Thai Hang Hira Kana Hani Armn Geor Beng Taml Telu Knda Mlym Gujr Guru Sinh
  Khmr Laoo Mymr Tibt Ethi Mong Bopo Yiii Adlm Aghb Ahom Armi Avst Bali Bamu Bass Batk Berf Bhks Brah Bugi
  Buhd Cakm Cans Cari Cham Cher Chrs Copt Cpmn Cprt Diak Dogr Dsrt Dupl Egyp Elba Elym Gara Glag Gong Gonm
  Goth Gran Gukh Hano Hatr Hluw Hmng Hmnp Hung Ital Java Jurc Kali Kawi Khar Khoj Kits Krai Kthi Lana Lepc
  Limb Lina Linb Lisu Lyci Lydi Mahj Maka Mand Mani Marc Medf Mend Merc Mero Modi Mroo Mtei Mult Nagm Nand
  Narb Nbat Newa Nkoo Nshu Ogam Olck Onao Orkh Orya Osge Osma Ougr Palm Pauc Pcun Perm Phag Phli Phlp Phnx
  Plrd Prti Rjng Rohg Runr Samr Sarb Saur Seal Sgnw Shaw Shrd Sidd Sidt Sind Sogd Sogo Sora Soyo Sund Sunu
  Sylo Syrc Tagb Takr Tale Talu Tang Tavt Tayo Tfng Tglg Thaa Tirh Tnsa Todr Tols Toto Tutg Ugar Vaii Vith
  Wara Wcho Xpeo Xsux Yezi Zanb`.split(/\s+/);

/** Scripts that Japanese, Taiwanese and Korean mix (UTS #39, section 5.2, highly restrictive). */
const MIXTURES = [
  ["Latn", "Hani", "Hira", "Kana"],
  ["Latn", "Hani", "Bopo"],
  ["Latn", "Hani", "Hang"],
];

/** Compiled on first use, by their scripts. */
const patterns = new Map<string, RegExp>();

/**
 * Whether a text is written in one script, or in Latin with Han and Kana, Bopomofo or Hangul. Characters of several
 * scripts count as any of them (Script_Extensions), those of no script as all. A script that is unknown to this table or
 * to the Node it runs on counts as none.
 */
export function isOfOneScript(text: string): boolean {
  return (
    SCRIPTS.some((script) => canWrite([script], text)) || MIXTURES.some((scripts) => canWrite(scripts, text))
  );
}

function canWrite(scripts: readonly string[], text: string): boolean {
  const id = scripts.join();
  const pattern = patterns.get(id) ?? compile(scripts);
  patterns.set(id, pattern);
  return pattern.test(text);
}

function compile(scripts: readonly string[]): RegExp {
  const classes = [...scripts, "Zyyy", "Zinh"].map((script) => `\\p{Script_Extensions=${script}}`);
  try {
    return new RegExp(`^[${classes.join("")}]+$`, "u");
  } catch {
    // An older Node, in whose Unicode version these letters are unassigned.
    return /(?!)/;
  }
}
