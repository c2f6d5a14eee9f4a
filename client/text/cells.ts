/** The cells that text takes on a terminal (string-width: UAX #11, RGI emoji as two cells). */
import stringWidth from "string-width";
import { graphemes } from "./graphemes.js";

/** Cells that a character of East Asian Ambiguous width takes: narrow 1, wide 2. */
export type Ambiguous = "narrow" | "wide";

const oneCellEach = /^[ -~]*$/;
const twoCells = /^[\u3000-\u3029\u3041-\u3096\u30a1-\u30fa\u4e00-\u9fff\uff01-\uff5e]$/;

/** Width of `text` in cells; escape sequences take none. */
export function cellWidth(text: string, ambiguous: Ambiguous = "narrow"): number {
  // Nearly all calls measure one such grapheme; and a program that shows ASCII alone does not load string-width.
  if (oneCellEach.test(text)) return text.length;
  if (text.length === 1 && twoCells.test(text)) return 2;
  return stringWidth(text, { ambiguousIsNarrow: ambiguous === "narrow" });
}

/** The longest start of `text` that fits into `cells`, cut between graphemes. */
export function cutToCells(text: string, cells: number, ambiguous: Ambiguous = "narrow"): string {
  if (cellWidth(text, ambiguous) <= cells) return text;
  let cut = "";
  let used = 0;
  for (const grapheme of graphemes(text)) {
    used += cellWidth(grapheme, ambiguous);
    if (used > cells) break;
    cut += grapheme;
  }
  return cut;
}
