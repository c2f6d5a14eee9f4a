import type { RoomContext } from "../context.js";
import { describeNickname } from "../rules/nickname/nickname.js";
import { Member } from "./member.js";
import type { LeftBehind } from "./name-leases.js";

/** Names claimed at once: they share a flush, and leave room in the store's queue. */
const CLAIMS_AT_ONCE = 256;

/**
 * Restores the members that an earlier process left in the store, by their claims. A claim that was never announced is
 * released, for its member never joined. The others reconnect unnoticed within their grace period, or leave after it.
 */
export async function restoreMembers(context: RoomContext): Promise<Member[]> {
  const left = await context.leases.leftBehind();
  const restored: (Member | undefined)[] = [];
  for (let i = 0; i < left.length; i += CLAIMS_AT_ONCE) {
    const some = left.slice(i, i + CLAIMS_AT_ONCE).map((one) => restore(context, one));
    restored.push(...(await Promise.all(some)));
  }
  return restored.filter((member) => member !== undefined);
}

async function restore(
  { leases, roster, sessions, settings }: RoomContext,
  { claim, nickname, joinTime }: LeftBehind,
): Promise<Member | undefined> {
  if (!claim.announced) {
    await leases.releaseClaim(claim);
    return undefined;
  }
  const member = new Member({
    id: claim.holder,
    name: describeNickname(nickname),
    joinTime,
    rateLimit: { perSecond: settings.messagesPerSecond, burst: settings.messageBurst },
    ...(await sessions.readMember(claim.holder)),
    onWritten: ({ id, state }) => sessions.tryWriteMember(id, state),
  });
  roster.reserve(member);
  if (!(await leases.acquire(member))) {
    roster.remove(member);
    return undefined;
  }
  roster.announce(member);
  return member;
}
