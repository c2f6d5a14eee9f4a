import type { Spread } from "./stats.js";

/** Shown where nothing was measured. */
export const nothing = "";

/** Three significant digits, with a thousands separator from 1,000 on. */
export function number(value: number): string {
  if (!Number.isFinite(value)) return nothing;
  const digits = Math.abs(value) >= 100 ? 0 : Math.abs(value) >= 10 ? 1 : Math.abs(value) >= 1 ? 2 : 3;
  return value.toLocaleString("en-GB", { minimumFractionDigits: digits, maximumFractionDigits: digits });
}

/** Median, and the ends where there were several rounds: `1.46 (1.40-1.52)`. */
export function withEnds(spread: Spread | undefined, scale = 1): string {
  if (spread === undefined) return nothing;
  const { median, min, max, rounds } = spread;
  const middle = number(median * scale);
  return rounds > 1 ? `${middle} (${number(min * scale)}-${number(max * scale)})` : middle;
}

/** The median alone. */
export function median(spread: Spread | undefined, scale = 1): string {
  return spread === undefined ? nothing : number(spread.median * scale);
}

/** A Markdown table; columns that are empty in every row are left out. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const kept = head.flatMap((_, column) =>
    rows.some((row) => (row[column] ?? nothing) !== nothing) ? [column] : [],
  );
  const line = (cells: readonly string[]) =>
    `| ${kept.map((column) => cells[column] ?? nothing).join(" | ")} |`;
  const rule = `|${kept.map((column) => (column === 0 ? "---|" : "---:|")).join("")}`;
  return [line(head), rule, ...rows.map(line)].join("\n");
}
