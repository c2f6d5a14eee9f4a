/** How long a key is remembered unless the append sets `keyTtlMs` (promise L3). */
export const keyTtlDefaultMs = 300_000;
/** How often an engine drops expired events, keys and values without an append. */
export const sweepMs = 10_000;
/** Expired events that one append drops at most, so that no single append pays for a long silence. */
export const trimsPerAppend = 16;
export const maxAgeDefaultMs = 30 * 24 * 3600 * 1000;
