/** Middle value, and the ends it lies between. Rounds are few, so no spread is claimed beyond the ends. */
export interface Spread {
  readonly median: number;
  readonly min: number;
  readonly max: number;
  readonly rounds: number;
}

/** Spread of the finite values; undefined when there are none. */
export function spread(values: readonly number[]): Spread | undefined {
  const sorted = values.filter(Number.isFinite).sort((a, b) => a - b);
  const upper = sorted[Math.floor(sorted.length / 2)];
  const lower = sorted[Math.ceil(sorted.length / 2) - 1];
  if (upper === undefined || lower === undefined) return undefined;
  return { median: (lower + upper) / 2, min: sorted[0]!, max: sorted.at(-1)!, rounds: sorted.length };
}

/**
 * Ratios of two series within each round that has both. Absolute figures drift between rounds by tens of per cent;
 * what two neighbours measure a minute apart drifts together, so only these ratios are worth quoting.
 */
export function ratiosByRound(
  numerator: ReadonlyMap<number, number>,
  denominator: ReadonlyMap<number, number>,
): number[] {
  const ratios: number[] = [];
  for (const [round, value] of numerator) {
    const base = denominator.get(round);
    if (base !== undefined && base > 0) ratios.push(value / base);
  }
  return ratios;
}
