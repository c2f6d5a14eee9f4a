const UNITS: Record<string, number> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** Reads `500ms`, `2s`, `1.5m`, `1h` as milliseconds; undefined if it is none. */
export function readDuration(text: string): number | undefined {
  const match = /^(\d{1,9}(?:\.\d{1,3})?)(ms|s|m|h|d)$/.exec(text);
  return match ? Math.round(Number(match[1]) * UNITS[match[2]!]!) : undefined;
}

/** Writes milliseconds as `readDuration` reads them, in the largest unit that fits. */
export function writeDuration(ms: number): string {
  const [unit = "ms", size = 1] =
    Object.entries(UNITS)
      .reverse()
      .find(([, size]) => ms >= size && ms % size === 0) ?? [];
  return `${ms / size}${unit}`;
}
