import type { RoomContext } from "../../context.js";
import type { Role } from "../../identity.js";
import { findMember } from "../../members/restore.js";
import { announceChange } from "../../names/changes.js";
import { type GivenUp, isRegistration, type Registration } from "../../names/registrations.js";
import { endOtherSessions } from "../../verbs/register-nickname.js";

/** What an owner changes of a registration. */
export interface RegistrationChange {
  /** The folded nickname. */
  readonly key: string;
  /** Member id of its owner. */
  readonly id: string;
  /** null: that of a member. */
  readonly role?: Role | null;
  /** What is stored of the new secret. */
  readonly secret?: string;
  /** Whether the registration ends. */
  readonly release?: boolean;
}

const NO_SESSION = "";

/**
 * Changes a registration, and announces it to the room if its owner is in it; with a new secret, all its sessions end.
 * Changes nothing of one that is another person's by now. `key`: idempotency key of the event.
 */
export async function changeRegistration(
  context: RoomContext,
  change: RegistrationChange,
  key: string,
): Promise<void> {
  const { registrations } = context;
  const stored = await registrations.update(change.key, (now) =>
    now && isRegistration(now) && now.id === change.id
      ? { ...changed(context, now, change), unannounced: key }
      : undefined,
  );
  const member = change.secret === undefined ? undefined : await findMember(context, change.id);
  if (member?.isLoggedIn) await member.registering.take(() => endOtherSessions(context, member, NO_SESSION));
  if (stored?.unannounced === key) await announceChange(context, stored);
}

function changed(
  { registrations }: RoomContext,
  registration: Registration,
  { role, secret, release = false }: RegistrationChange,
): Registration | GivenUp {
  if (release) return registrations.givenUp(registration);
  const next: Registration = { ...registration, ...(secret !== undefined && { secret }) };
  if (role === undefined) return next;
  const { role: _, given: __, ...rest } = next;
  // That of an identity from outside is kept apart: the next Login of its person may name another role.
  return role === null ? rest : { ...rest, role, ...(registration.secret === undefined && { given: role }) };
}
