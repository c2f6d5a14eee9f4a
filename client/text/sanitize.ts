/** Makes foreign text safe to print, whatever the server accepted. Pure; linear in the text's length. */

// ECMA-48 control strings (OSC, DCS, SOS, PM, APC), 7 and 8 bit, with their terminator.
const controlString =
  /(?:\x1b[\]PX^_]|[\x90\x98\x9d-\x9f])[^\x07\x1b\x90\x98\x9c-\x9f]*(?:\x07|\x1b\\|\x9c)/g;
const controlSequence = /(?:\x1b\[|\x9b)[0-?]*[ -/]*[@-~]/g;
const shortEscape = /\x1b[ -/]*[0-~]/g;
const controls = /[\x00-\x09\x0b-\x1f\x7f-\x9f]/g;
const rowSeparators = /[\u2028\u2029]/g;
/** Invisible characters and those that reorder text; joiners and variation selectors are handled separately. */
const invisible = /[\p{Default_Ignorable_Code_Point}\p{Bidi_Control}\ufff9-\ufffb]/gu;
const emojiJoin =
  /(?<=(?:\p{Extended_Pictographic}|\p{Emoji_Modifier})\ufe0f?)\u200d(?=\p{Extended_Pictographic})/gu;
const emojiStyle = /(?<=[\p{Extended_Pictographic}#*0-9])[\ufe0e\ufe0f]/gu;
/** More marks than any living script uses on one letter. */
const markStack = /([\p{Mn}\p{Me}]{4})[\p{Mn}\p{Me}]+/gu;
const loneSurrogate = /\p{Cs}/gu;
const tab = "    ";

function dropInvisible(text: string): string {
  if (text.search(invisible) < 0) return text;
  const kept = new Set<number>();
  for (const shape of [emojiJoin, emojiStyle]) {
    for (const found of text.matchAll(shape)) kept.add(found.index);
  }
  return text.replace(invisible, (character, at: number) => (kept.has(at) ? character : ""));
}

/** `text` with its line breaks and without anything else that a terminal interprets; a tab becomes 4 spaces. */
export function sanitizeText(text: string): string {
  // Most texts contain nothing to remove: one test is enough.
  if (/^[\n -~\u3000-\u303f\u3041-\u3096\u30a1-\u30fa\u4e00-\u9fff\uff01-\uff5e]*$/.test(text)) return text;
  const plain = text
    .replace(loneSurrogate, "\ufffd")
    .replaceAll("\t", tab)
    .replace(controlString, "")
    .replace(controlSequence, "")
    .replace(shortEscape, "")
    .replace(controls, "")
    .replace(rowSeparators, "\n");
  return dropInvisible(plain).replace(markStack, "$1");
}

/** The same in one row: for names, reasons, and parts of the screen. */
export function sanitizeRow(text: string): string {
  return sanitizeText(text).replaceAll("\n", " ");
}
