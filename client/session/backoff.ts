/** Waiting times between attempts: 0.5 s, doubling, each times a random 0.5-1.5, never above 15 s. */
export const BASE_MS = 500;
export const MAX_MS = 15_000;

/** Delay before attempt `attempt` (from 1). `random`: 0 to below 1. */
export function backoffMs(attempt: number, random: number): number {
  const doubled = BASE_MS * 2 ** Math.min(attempt - 1, 10);
  return Math.min(MAX_MS, Math.round(Math.min(MAX_MS, doubled) * (0.5 + random)));
}
