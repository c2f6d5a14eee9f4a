/** Cell widths as terminals draw them (string-width: UAX #11, RGI emoji as two cells). */
import stringWidth from "string-width";

/** How many cells East Asian Ambiguous characters take here. */
export type Ambiguous = "narrow" | "wide";

/** Cells of `text`; escape sequences take none. */
export function cellWidth(text: string, ambiguous: Ambiguous = "narrow"): number {
  return stringWidth(text, { ambiguousIsNarrow: ambiguous === "narrow" });
}
