/** Text by what people see: grapheme clusters and words (UAX #29; Chinese words by ICU's dictionary). */

// Created on first use: a segmenter takes 6 ms, and the first screen needs none.
const segmenters: { grapheme?: Intl.Segmenter; word?: Intl.Segmenter } = {};

/** The segments of `text`. */
export function segments(text: string, granularity: "grapheme" | "word"): Intl.Segments {
  segmenters[granularity] ??= new Intl.Segmenter("zh", { granularity });
  return segmenters[granularity].segment(text);
}

/**
 * Between two characters that neither combine nor join there is always a boundary (GB4, GB5, GB999): only the text
 * between such places needs the segmenter, which takes microseconds a character.
 */
const plainBoundary =
  /(?<=[\n -~\u3000-\u3029\u3041-\u3096\u30a1-\u30fa\u4e00-\u9fff\uff01-\uff5e])(?=[\n -~\u3000-\u3029\u3041-\u3096\u30a1-\u30fa\u4e00-\u9fff\uff01-\uff5e])/;

/** No characters but such. */
const plainText = /^[\n -~\u3000-\u3029\u3041-\u3096\u30a1-\u30fa\u4e00-\u9fff\uff01-\uff5e]*$/;

/** The grapheme clusters of `text` in order. */
export function graphemes(text: string): string[] {
  // The first screen shows an empty input: no segmenter for that.
  if (text === "") return [];
  if (plainText.test(text)) return text.split("");
  const found: string[] = [];
  for (const piece of text.split(plainBoundary)) {
    if (piece.length === 1) found.push(piece);
    else for (const { segment } of segments(piece, "grapheme")) found.push(segment);
  }
  return found;
}

/** UTF-16 offset of the boundary after the grapheme at `at`. */
export function nextGrapheme(text: string, at: number): number {
  const found = segments(text, "grapheme").containing(at);
  return found ? found.index + found.segment.length : text.length;
}

/** UTF-16 offset of the boundary before `at`. */
export function previousGrapheme(text: string, at: number): number {
  return at <= 0 ? 0 : (segments(text, "grapheme").containing(at - 1)?.index ?? 0);
}

/** `at` itself if it is a boundary, else the next boundary: an edit may have joined its neighbours. */
export function snapToGrapheme(text: string, at: number): number {
  if (at <= 0) return 0;
  const found = segments(text, "grapheme").containing(at);
  if (!found) return text.length;
  return found.index === at ? at : found.index + found.segment.length;
}

/** UTF-16 offset of the end of the word at or after `at`. */
export function nextWord(text: string, at: number): number {
  const words = segments(text, "word");
  let position = at;
  while (position < text.length) {
    const found = words.containing(position);
    if (!found) break;
    position = found.index + found.segment.length;
    if (found.isWordLike) return snapToGrapheme(text, position);
  }
  return text.length;
}

/** UTF-16 offset of the start of the word at or before `at`. */
export function previousWord(text: string, at: number): number {
  const words = segments(text, "word");
  let position = at;
  while (position > 0) {
    const found = words.containing(position - 1);
    if (!found) break;
    position = found.index;
    // A word may begin inside a grapheme (a letter after a joiner).
    if (found.isWordLike) return segments(text, "grapheme").containing(position)?.index ?? 0;
  }
  return 0;
}
