/** Cell widths as terminals draw them (string-width: UAX #11, RGI emoji as two cells). */

import stringWidth from "string-width";
import { graphemes } from "./graphemes.js";

/** How many cells East Asian Ambiguous characters take here. */
export type Ambiguous = "narrow" | "wide";

const oneCell = /^[ -~]$/;
const twoCells = /^[\u3000-\u3029\u3041-\u3096\u30a1-\u30fa\u4e00-\u9fff\uff01-\uff5e]$/;

/** Cells of `text`; escape sequences take none. */
export function cellWidth(text: string, ambiguous: Ambiguous = "narrow"): number {
  // Nearly all there is to measure, one grapheme at a time.
  if (text.length === 1) {
    if (oneCell.test(text)) return 1;
    if (twoCells.test(text)) return 2;
  }
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
