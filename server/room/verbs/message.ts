import type { RoomContext } from "../context.js";
import { Refusal } from "../errors.js";
import { type RoomEvent, writeRecord } from "../log/record.js";
import type { Member } from "../members/member.js";
import type { Appended } from "../ports.js";
import { chargeRateLimit, refuseStoreErrors } from "./guards.js";

/**
 * What Broadcast and SendTo share: a message costs a token of the sender's rate limit and is appended to the log; a
 * retry of it is neither appended nor charged again. `compose` may throw a Refusal.
 */
export async function sendMessage(
  context: RoomContext,
  sender: Member,
  requestId: string,
  compose: () => RoomEvent,
): Promise<Appended> {
  const nowMs = context.clock.monotonic();
  const work = () => appendMessage(context, sender, requestId, compose);
  const { result, again } = await sender.messages.once(requestId, nowMs, work);
  return again ? { ...result, duplicate: true } : result;
}

async function appendMessage(
  context: RoomContext,
  sender: Member,
  requestId: string,
  compose: () => RoomEvent,
): Promise<Appended> {
  // Charged before any lookup, be it of an earlier append or of the nearest nickname: guessing nicknames is not free.
  chargeRateLimit(sender, context.clock.monotonic());
  // Both RPCs share one key space; the prefix is stored, so it keeps its name.
  const key = requestId === "" ? undefined : `say:${sender.id}:${requestId}`;
  const appended = await refuseStoreErrors(appendOnce(context, sender, key, compose));
  if (appended.duplicate) sender.rateLimiter.refund();
  return appended;
}

async function appendOnce(
  { encode, leases }: RoomContext,
  sender: Member,
  key: string | undefined,
  compose: () => RoomEvent,
): Promise<Appended> {
  let event: RoomEvent;
  try {
    event = compose();
  } catch (refusal) {
    // The first call may have been appended when nothing stood against it yet, and its response lost.
    const before = refusal instanceof Refusal && key ? await leases.appendedBefore(sender, key) : undefined;
    if (before) return before;
    throw refusal;
  }
  return leases.append(sender, writeRecord(event, encode), key === undefined ? {} : { key });
}
