import { sizeOfText } from "../chat/input/parse.js";
import type { TextLimits } from "../chat/line.js";
import type { Words } from "../i18n/zh-CN.js";
import { excessWords } from "./problem-words.js";

/** The size of a draft of several lines, or what of it is too much; none for an ordinary one. */
export function draftWords(text: string, limits: TextLimits, words: Words): readonly string[] {
  if (!text.includes("\n") && text.length * 3 <= limits.maxTextBytes) return [];
  const size = sizeOfText(text);
  const excess = excessWords(size, limits, words);
  if (excess.length > 0) return excess;
  return size.lines > 1 ? [words.textSize(size.bytes, size.lines)] : [];
}
