/** The cells that text takes on a terminal (string-width: UAX #11, RGI emoji as two cells). */
import stringWidth from "string-width";
import { graphemes } from "./graphemes.js";

/** Cells that a character of East Asian Ambiguous width takes: narrow 1, wide 2. */
export type Ambiguous = "narrow" | "wide";

const oneCell = /^[ -~]$/;
const twoCells = /^[\u3000-\u3029\u3041-\u3096\u30a1-\u30fa\u4e00-\u9fff\uff01-\uff5e]$/;

/** Width of `text` in cells; escape sequences take none. */
export function cellWidth(text: string, ambiguous: Ambiguous = "narrow"): number {
  // Nearly all calls measure one such grapheme.
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
