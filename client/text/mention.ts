/** Mentions of the reader in a text. */
import { segments } from "./graphemes.js";

/** Letters of scripts that separate words by spaces: after a name they make it another name. */
const spacedLetter =
  /^(?!\p{Script=Han}|\p{Script=Hiragana}|\p{Script=Katakana}|\p{Script=Thai})[\p{L}\p{M}\p{N}_]/u;
const joinedPart = /^[-.][\p{L}\p{N}]/u;

export interface Range {
  readonly start: number;
  readonly end: number;
}

function boundaries(text: string): ReadonlySet<number> {
  const found = new Set<number>([text.length]);
  for (const { index } of segments(text, "word")) found.add(index);
  return found;
}

/**
 * UTF-16 ranges of `@nickname`, and of the bare nickname where both its ends are word boundaries: 小明白了 does not
 * mention 小明. Case-insensitive. Both arguments in NFC.
 */
export function findMentions(text: string, nickname: string): Range[] {
  if (nickname === "") return [];
  const escaped = nickname.replace(/[\\^$.*+?()[\]{}|/]/g, "\\$&");
  const found = [...text.matchAll(new RegExp(`[@\uff20]?${escaped}`, "giu"))];
  if (found.length === 0) return [];
  const words = boundaries(text);
  const ranges: Range[] = [];
  for (const { 0: match, index: start } of found) {
    const end = start + match.length;
    const rest = text.slice(end, end + 3);
    if (joinedPart.test(rest)) continue;
    const addressed = /^[@\uff20]/.test(match);
    const ended = words.has(end) || !spacedLetter.test(rest);
    const alone = words.has(start) && words.has(end);
    // The sign in ada@example.org addresses no one.
    const before = [...text.slice(Math.max(0, start - 2), start)].at(-1) ?? "";
    if (addressed ? ended && !spacedLetter.test(before) : alone) ranges.push({ start, end });
  }
  return ranges;
}

/** The same of several words, in the order of the text; where two overlap, the first counts. */
export function findHighlights(text: string, words: readonly string[]): readonly Range[] {
  const all = words.flatMap((word) => findMentions(text, word.normalize("NFC")));
  all.sort((a, b) => a.start - b.start || b.end - a.end);
  return all.filter(({ start }, index) => all.slice(0, index).every(({ end }) => end <= start));
}
