/** How long a key is remembered unless the append says otherwise (promise L3). */
export const keyTtlDefaultMs = 300_000;
/** How often an engine drops what has aged while nobody appended. */
export const sweepMs = 10_000;
/** How many aged events one append drops at most, so that none pays for a long silence. */
export const trimsPerAppend = 16;
export const maxAgeDefaultMs = 30 * 24 * 3600 * 1000;
