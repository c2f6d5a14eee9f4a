/** A paste on a terminal that does not mark it. */
import type { InputToken } from "./input-scanner.js";

/** Longer reads with something behind a line end are no typing that a slow line has bundled. */
const TYPED_AHEAD = 16;
/** No read of typed text is as long as this. */
const SURELY_PASTED = 1_024;

/**
 * Whether one read is a paste of a terminal without bracketed paste: several line ends with text, or a line end in the
 * middle of a long read. One line end behind the text is typed, or sent by a script.
 */
export function isPasteWithoutMarks(tokens: readonly InputToken[]): boolean {
  const text = tokens.map((token) => plainOf(token) ?? "").join("");
  if (text.length >= SURELY_PASTED) return true;
  const lineEnds = text.match(/\r\n?|\n/g)?.length ?? 0;
  const isInside = /[\r\n](?=.)/s.test(text.replace(/\r\n/g, "\n"));
  const hasText = /[^\x00-\x1f\x7f]/.test(text);
  return hasText && (lineEnds > 1 || (isInside && text.length > TYPED_AHEAD));
}

/** The text of a token outside of sequences; undefined for all others. */
export function plainOf(token: InputToken): string | undefined {
  return token.kind === "keys" && !token.data.startsWith("\x1b") ? token.data : undefined;
}
