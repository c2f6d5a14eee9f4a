import { type RoomContext, recordOf } from "../context.js";
import { Refusal } from "../errors.js";
import type { Member } from "../members/member.js";
import { Fenced, Unavailable } from "../ports.js";

/**
 * Announces a silent member to the room: `joined` is appended and applied, once, however many calls want it. Undefined if
 * the member is announced already. Rejects as the store does; the next call tries again. Refuses with NOT_LOGGED_IN if
 * the member is leaving as silently as it came.
 */
export function announce(context: RoomContext, member: Member): Promise<void> | undefined {
  if (member.isAnnounced) return undefined;
  if (member.stage !== "silent") throw new Refusal("NOT_LOGGED_IN");
  member.announcing ??= append(context, member).finally(() => {
    member.announcing = undefined;
  });
  return member.announcing;
}

/**
 * What to wait for until it is certain whether the member is announced; undefined if it is. A name must not be released
 * under an append in progress, so ask again after the wait.
 */
export function unsettledAnnouncement(context: RoomContext, member: Member): Promise<unknown> | undefined {
  if (member.announcing) return Promise.allSettled([member.announcing]);
  return member.stage === "silent" && member.mayBeAnnounced ? announce(context, member) : undefined;
}

async function append(context: RoomContext, member: Member): Promise<void> {
  const { leases, roster, tailer } = context;
  // The idempotency key is for an append of late; one that is older is in the log by now.
  if (member.mayBeAnnounced) await tailer.catchUp();
  if (member.isAnnounced) return;
  const { record } = recordOf(context, { kind: "joined", user: member.person });
  await leases.locate(member);
  const write = () =>
    ({ data: record, key: `joined:${member.id}:${member.stay}`, then: "announce", notice: true }) as const;
  try {
    await tailer.until(await leases.append(member, write));
  } catch (error) {
    // Another process has announced it.
    if (error instanceof Fenced && (await isAnnouncedBy(context, member))) return;
    // Promise L10: it may be in the log all the same, now or soon.
    if (error instanceof Unavailable && error.outcome === "unknown") member.mayBeAnnounced = true;
    throw error;
  }
  // The tailer has applied it, unless the place was lost to damage before: the claim says all the same that it was.
  roster.announce(member);
}

async function isAnnouncedBy({ tailer }: RoomContext, member: Member): Promise<boolean> {
  await tailer.catchUp();
  return member.isAnnounced;
}
