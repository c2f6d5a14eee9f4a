/** Which characters show nothing, by their Unicode properties: in texts and in nicknames. */

/**
 * Assigned characters with a blank glyph, which no property covers: Braille blank, object replacement, two Egyptian blanks
 * and the musical null notehead.
 */
const BLANK_GLYPHS = "\\u2800\\ufffc\\u{13441}\\u{13442}\\u{1d159}";
/** Marks that only join or fill: shown neither alone nor after a letter (Tifinagh, Brahmi, Khitan). */
const JOINING_MARKS = "\\u2d7f\\u{1107f}\\u{16fe4}";
/** Format characters that are drawn: signs that span the digits after them (Prepended_Concatenation_Mark). */
const DRAWN_FORMATS = "\\u0600-\\u0605\\u06dd\\u070f\\u0890\\u0891\\u08e2\\u{110bd}\\u{110cd}";

/**
 * Private use and unassigned code points count as visible: a font may draw the former, and the latter may be an emoji that
 * is newer than this Node. Noncharacters will never be assigned. A mark needs a character to be drawn on, so marks alone
 * show nothing.
 */
const SHOWS_NOTHING = `[\\s\\p{M}\\p{Cc}\\p{Cf}\\p{Default_Ignorable_Code_Point}\\p{Noncharacter_Code_Point}${BLANK_GLYPHS}]`;
const VISIBLE = new RegExp(`[${DRAWN_FORMATS}]|(?!${SHOWS_NOTHING})\\P{Surrogate}`, "u");
const HIDDEN_IN_NAMES = new RegExp(`[\\p{Default_Ignorable_Code_Point}${BLANK_GLYPHS}${JOINING_MARKS}]`, "u");

/** Whether a reader of the text sees anything. */
export function showsSomething(text: string): boolean {
  return VISIBLE.test(text);
}

/** Whether a nickname has a character that a reader does not see; white space aside. */
export function hidesSomething(name: string): boolean {
  return HIDDEN_IN_NAMES.test(name);
}
