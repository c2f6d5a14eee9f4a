import type { RoomContext } from "../context.js";
import { Refusal } from "../errors.js";
import type { Member } from "../members/member.js";
import { announceChange, newChange } from "../names/changes.js";
import { isRegistration } from "../names/registrations.js";
import { chargeRateLimit, refuseStoreErrors } from "./guards.js";
import { endOtherSessions } from "./register-nickname.js";

/**
 * UnregisterNickname: the nickname is given up, and the session goes on as a guest's; all others end. Of a guest, it does
 * nothing. `session`: hash of the caller's token.
 */
export async function unregisterNickname(
  context: RoomContext,
  member: Member,
  session: string,
): Promise<void> {
  chargeRateLimit(member, context.clock.monotonic());
  await member.registering.take(() => refuseStoreErrors(unregister(context, member, session)));
}

async function unregister(context: RoomContext, member: Member, session: string): Promise<void> {
  const { registrations } = context;
  const waiting = registrations.fresh();
  if (waiting) await waiting;
  const own = registrations.byId(member.id);
  if (!own) return;
  if (own.secret === undefined) throw new Refusal("NOT_ALLOWED", { rule: "external" });
  const change = newChange(context);
  const stored = await registrations.update(own.name.key, (now) =>
    now && isRegistration(now) && now.id === member.id
      ? { ...registrations.givenUp(now), unannounced: change }
      : undefined,
  );
  await endOtherSessions(context, member, session);
  if (!stored) return;
  await announceChange(context, stored);
  context.observe({ kind: "registration_changed", change: "given_up", id: member.id });
}
