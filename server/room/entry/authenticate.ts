import type { RoomContext } from "../context.js";
import { Refusal } from "../errors.js";
import type { Address } from "../identity.js";
import type { Member } from "../members/member.js";
import { findMember } from "../members/restore.js";
import { isOtherStay, type Session } from "../members/sessions.js";
import { decideAgain, refuseStoreErrors } from "../verbs/guards.js";

/** The member that a token authenticates; counts as a sign of life. Refuses with NOT_LOGGED_IN, and BANNED. */
export async function authenticate(context: RoomContext, token: string, address: Address): Promise<Member> {
  const { order, presence, roster, sessions, shared } = context;
  const session = token === "" ? undefined : await refuseStoreErrors(sessions.resolve(token));
  const known = session && roster.find(session.memberId);
  const isCertain = !session || !shared || (known !== undefined && known.stage !== "silent");
  const member = isCertain ? known : await lookUp(context, session.memberId);
  // Until its outcome is certain, a Logout is neither a reason to refuse the call nor to let it pass.
  while (member?.leaving && member.stage === "leaving") await Promise.allSettled([member.leaving]);
  if (!member?.isLoggedIn) throw new Refusal("NOT_LOGGED_IN");
  if (member.person.registered) await refuseEarlierStay(context, member, session);
  const fresh = order.fresh();
  if (fresh) await refuseStoreErrors(fresh);
  const decide = () => order.refuseCall(member, address);
  try {
    decide();
  } catch (refusal) {
    await decideAgain(context, refusal, decide);
  }
  member.seenAt(address);
  presence.seen(member);
  return member;
}

async function lookUp(context: RoomContext, id: string): Promise<Member | undefined> {
  const member = await refuseStoreErrors(findMember(context, id));
  context.ignoreHistories.delete(id);
  return member;
}

/** A registered nickname has the same id in every stay, but its tokens are of one. */
async function refuseEarlierStay(
  { leases }: RoomContext,
  member: Member,
  session: Session | undefined,
): Promise<void> {
  if (session?.stay === undefined) return;
  if (member.stay === 0) await refuseStoreErrors(leases.locate(member));
  if (isOtherStay(member.stay, session.stay)) throw new Refusal("NOT_LOGGED_IN");
}
