/** What happens in the log when a registration has changed: the store has the change before. */
import { type RoomContext, recordOf } from "../context.js";
import type { Person } from "../log/record.js";
import type { Member } from "../members/member.js";
import { Fenced } from "../ports.js";
import { type GivenUp, isRegistration, type Registration } from "./registrations.js";

/** A key for the event of a change, which is kept until the event is in the log. */
export const newChange = ({ ids }: Pick<RoomContext, "ids">) => `changed:${ids.random()}`;

/**
 * Appends the event of a change: the room receives it if the member is in it. Of another one, other processes alone learn.
 * Resolves when the room has applied it. Rejects with Unavailable; a start appends what is missing.
 */
export async function announceChange(context: RoomContext, what: Registration | GivenUp): Promise<void> {
  const { roster, shared, tailer, log } = context;
  const key = what.unannounced;
  const member = roster.find(what.id);
  while (member?.announcing) await Promise.allSettled([member.announcing]);
  const user = personOf(what, member);
  const appended = member?.isAnnounced && (await tryAppend(context, member, user, key));
  if (appended) await tailer.until(appended);
  else {
    if (shared) {
      const { record } = recordOf(context, { kind: "user_changed", user, unseen: true });
      await tailer.until(await log.append(record, { ...(key && { key }), notice: true }));
    }
    member?.change(user);
  }
  if (key !== undefined) settle(context, what.name.key, key);
}

/** Undefined if the member has left meanwhile. */
async function tryAppend(context: RoomContext, member: Member, user: Person, key: string | undefined) {
  const { record } = recordOf(context, { kind: "user_changed", user });
  try {
    return await context.leases.append(member, () => ({ data: record, ...(key && { key }), notice: true }));
  } catch (error) {
    if (error instanceof Fenced) return undefined;
    throw error;
  }
}

function personOf(what: Registration | GivenUp, member: Member | undefined): Person {
  const { id, nickname, joinTime, bot } = member?.person ?? {
    id: what.id,
    nickname: what.name.shown,
    joinTime: 0,
    bot: undefined,
  };
  const standing = isRegistration(what)
    ? { registered: true, ...(what.role && { role: what.role }) }
    : { registered: false };
  return { id, nickname, joinTime, ...(bot && { bot }), ...standing };
}

/** In the background: otherwise the next start appends the event once more. */
function settle({ background, observe, registrations }: RoomContext, nameKey: string, key: string): void {
  const settled = registrations
    .update(nameKey, (now) => (now?.unannounced === key ? { ...now, unannounced: undefined } : undefined))
    .catch((error: unknown) => observe({ kind: "member_write_failed", step: "registration", error }));
  background.add(settled);
}
