import type { RoomContext } from "../context.js";
import { Refusal } from "../errors.js";
import type { Member } from "../members/member.js";
import { Fenced, Unavailable } from "../ports.js";

export const RETRY_MS = 1_000;
/** Bytes of UTF-8. */
export const MAX_REQUEST_ID_BYTES = 64;
/** Users or events on one page; a larger `page_size` is reduced to it. */
export const MAX_PAGE_SIZE = 500;

/** Rejects with a Refusal where the store failed: STORE_UNAVAILABLE, or NOT_LOGGED_IN if the member lost its name. */
export async function refuseStoreErrors<T>(work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    if (error instanceof Unavailable) throw new Refusal("STORE_UNAVAILABLE", { retryDelayMs: RETRY_MS });
    if (error instanceof Fenced) throw new Refusal("NOT_LOGGED_IN");
    throw error;
  }
}

/**
 * Decides again what was refused, once all is known here that other processes did: their doing may be the reason, or that
 * it is over. Throws the refusal where no other process can have done anything.
 */
export async function decideAgain<T>(
  { registrations }: Pick<RoomContext, "registrations">,
  refusal: unknown,
  decide: () => T,
): Promise<T> {
  const waiting = refusal instanceof Refusal ? registrations.fresh() : undefined;
  if (!waiting) throw refusal;
  await refuseStoreErrors(waiting);
  return decide();
}

/** Refuses a request_id over 64 bytes of UTF-8, or shorter than `minLength` unless empty. */
export function checkRequestId(id: string, minLength = 0): void {
  if (id === "") return;
  checkLength("request_id", id, MAX_REQUEST_ID_BYTES);
  if (id.length < minLength)
    throw new Refusal("REQUEST_INVALID", { field: "request_id", rule: "too_short", limit: minLength });
}

/** Refuses a field over `limit` bytes of UTF-8. */
export function checkLength(field: string, value: string, limit: number): void {
  // A UTF-16 unit is at most three bytes, so short values need no counting.
  if (value.length * 3 <= limit || new TextEncoder().encode(value).length <= limit) return;
  throw new Refusal("REQUEST_INVALID", { field, rule: "too_long", limit });
}

/** Takes a token from the member's rate limit, or refuses with the time until there is one. */
export function chargeRateLimit(member: Member, nowMs: number): void {
  const waitMs = member.rateLimiter.acquire(nowMs);
  if (waitMs > 0) throw new Refusal("RATE_LIMITED", { retryDelayMs: waitMs });
}
