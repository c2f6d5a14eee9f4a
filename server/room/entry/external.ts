/** Persons whom another system vouches for: their nickname is registered for them, without a secret. */
import type { RoomContext } from "../context.js";
import { Refusal } from "../errors.js";
import type { ExternalIdentity } from "../identity.js";
import type { Member } from "../members/member.js";
import { announceChange, newChange, newRegistration } from "../names/changes.js";
import { isRegistration, type Registration } from "../names/registrations.js";

/**
 * Makes the member's nickname the registration of its identity, in place of the one it had, with the role that counts now.
 * The room receives what has changed of it. Refuses with NICKNAME_REGISTERED and ROOM_FULL.
 */
export async function registerExternal(
  context: RoomContext,
  member: Member,
  identity: ExternalIdentity,
): Promise<void> {
  const { registrations } = context;
  const { key } = member.name;
  const before = registrations.byId(identity.id);
  if (!before) registrations.requireSpaceFor(member.name);
  if (before && before.name.key !== key) await giveUp(context, before);
  const change = newChange(context);
  let hasChanged = false;
  const stored = await registrations.update(key, (now) => {
    if (now && now.id !== identity.id) throw new Refusal("NICKNAME_REGISTERED", { field: "nickname" });
    const own = now && isRegistration(now) ? now : undefined;
    const next = withRole(
      { ...(own ?? before ?? newRegistration(context, member)), name: member.name },
      identity,
    );
    hasChanged = own?.role !== next.role || !own;
    return hasChanged ? { ...next, unannounced: change } : undefined;
  });
  if (hasChanged && stored) await announceChange(context, stored);
}

/** The role that counts: that of the identity, otherwise the one that was given to the nickname. */
function withRole({ role: _, ...registration }: Registration, { role }: ExternalIdentity): Registration {
  const counts = role ?? registration.given;
  return counts === undefined ? registration : { ...registration, role: counts };
}

async function giveUp({ registrations }: RoomContext, before: Registration): Promise<void> {
  await registrations.update(before.name.key, (now) =>
    now && isRegistration(now) && now.id === before.id ? registrations.givenUp(now) : undefined,
  );
}
