/** How long a key is remembered unless the append sets `keyTtlMs` (promise L3). */
export const keyTtlDefaultMs = 300_000;
/** The token or version that a new instance begins with (promise N6). `newest`: of those that it knows to be returned. */
export const leapOver = (newest: number, nowMs: number): number => Math.max(newest + tokensPerLeap, nowMs);
/** More than are issued between two flushes. */
const tokensPerLeap = 1_000_000;
/** How often an engine drops expired events, keys and values without an append. */
export const sweepMs = 10_000;
/** Expired events that one append drops at most, so that no single append pays for a long silence. */
export const trimsPerAppend = 16;
/**
 * Events kept in all, notices included, for a number of events that are no notices: however many notices there are, a
 * store stays bounded. The floor is for small stores, which notices would outrun within hours.
 */
export const maxKeptFor = (maxEvents: number): number => Math.max(20 * maxEvents, 100_000);
export const maxAgeDefaultMs = 30 * 24 * 3600 * 1000;
