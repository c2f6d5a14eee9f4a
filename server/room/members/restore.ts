import type { RoomContext } from "../context.js";
import { describeNickname } from "../rules/nickname/nickname.js";
import { Member } from "./member.js";
import type { LeftBehind } from "./name-leases.js";

/** Names claimed at once: they share a flush, and leave room in the store's queue. */
const CLAIMS_AT_ONCE = 256;

/**
 * Restores the members that an earlier process left in the store, by their claims. Those that were announced reconnect
 * unnoticed within their grace period, or leave after it; the others are silent as before. A claim whose member has no
 * record is released: its Login had not got as far as a token.
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
  const state = await sessions.readMember(claim.holder);
  if (!claim.announced && !state) {
    await leases.releaseClaim(claim);
    return undefined;
  }
  const member = new Member({
    id: claim.holder,
    name: describeNickname(nickname),
    joinTime,
    rateLimit: { perSecond: settings.messagesPerSecond, burst: settings.messageBurst },
    ...state,
    onWritten: ({ id, state }) => sessions.tryWriteMember(id, state),
  });
  roster.reserve(member);
  if (!(await leases.acquire(member))) {
    roster.remove(member);
    return undefined;
  }
  if (claim.announced) roster.announce(member);
  return member;
}
