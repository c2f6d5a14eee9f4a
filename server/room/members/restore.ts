/** Members that this process did not admit: an earlier one did, or another one on the same store. */
import type { RoomContext } from "../context.js";
import type { Person } from "../log/record.js";
import { type Claim, Fenced } from "../ports.js";
import { describeNickname } from "../rules/nickname/nickname.js";
import type { IgnoreHistory } from "./ignore-history.js";
import { Member, type MemberFacts } from "./member.js";
import type { ReadClaim } from "./name-leases.js";

/** Names claimed at once: they share a flush, and leave room in the store's queue. */
const CLAIMS_AT_ONCE = 256;

/** What all members have in common. */
export function factsOf({ sessions, settings }: RoomContext): Pick<MemberFacts, "rateLimit" | "onWritten"> {
  return {
    rateLimit: { perSecond: settings.messagesPerSecond, burst: settings.messageBurst },
    onWritten: ({ id, state }) => sessions.tryWriteMember(id, state),
  };
}

/** What is shown of the owner of a registered nickname. */
export function standingOf({ registrations }: RoomContext, id: string): Pick<Person, "registered" | "role"> {
  const registration = registrations.byId(id);
  return registration ? { registered: true, ...(registration.role && { role: registration.role }) } : {};
}

/**
 * Restores the members that the store has, by their claims. Those that were announced reconnect unnoticed within their
 * grace period, or leave after it; the others are silent as before. A claim whose member has no record is released: its
 * Login had not got as far as a token. On a shared store the claims stay where they are: a claim that is live is another
 * process's, and one that is dead is waited for as long as by any other process (homes.ts); silent members are found when
 * they call.
 */
export async function restoreMembers(context: RoomContext): Promise<Member[]> {
  const claims = await context.leases.claims();
  const restored: (Member | undefined)[] = [];
  for (let i = 0; i < claims.length; i += CLAIMS_AT_ONCE) {
    const some = claims.slice(i, i + CLAIMS_AT_ONCE).map((one) => restore(context, one));
    restored.push(...(await Promise.all(some)));
  }
  return restored.filter((member) => member !== undefined);
}

async function restore(
  context: RoomContext,
  { claim, nickname, joinTime }: ReadClaim,
): Promise<Member | undefined> {
  const { leases, roster, sessions, shared } = context;
  if (shared && !claim.announced) return undefined;
  const state = await sessions.readMember(claim.holder);
  if (!claim.announced && !state) {
    await leases.releaseClaim(claim);
    return undefined;
  }
  const { holder: id } = claim;
  const known = { id, name: describeNickname(nickname), joinTime };
  const member = new Member({ ...factsOf(context), ...state, ...known, ...standingOf(context, id) });
  roster.reserve(member);
  if (shared) leases.adopt(member, claim);
  else if (!(await leases.acquire(member))) {
    roster.remove(member);
    return undefined;
  }
  if (claim.announced) roster.announce(member);
  return member;
}

/** Adds a member that joined at another process. */
export function addJoined(
  context: RoomContext,
  { nickname, ...person }: Person,
  ignore: IgnoreHistory | undefined,
): Member {
  const known = { ...person, name: describeNickname(nickname), ...(ignore && { ignore }) };
  const member = new Member({ ...factsOf(context), ...known });
  context.roster.reserve(member);
  context.roster.announce(member);
  return member;
}

/**
 * The member with this id. On a shared store it may be one that has not joined, admitted by another process; and no event
 * says that such a member has left, so its claim is looked up.
 */
export async function findMember(context: RoomContext, id: string): Promise<Member | undefined> {
  const { caughtUp, leases, roster, shared } = context;
  const joined = () => {
    const member = roster.find(id);
    return shared && member?.stage === "silent" ? undefined : member;
  };
  if (!shared || joined()) return joined();
  if (!roster.find(id)) await caughtUp();
  const known = joined() ?? (await readSilent(context, id));
  if (!known) return undefined;
  const claim = known.stage === "silent" ? await leases.find(known.name.key) : undefined;
  const present = roster.find(id);
  if (claim === undefined || joined()) return present;
  if (claim?.holder === id) return admit(context, present ?? known, claim);
  if (present) roster.remove(present);
  return undefined;
}

/**
 * The owner of a registered nickname, if it is logged in, when it is certain whether its stay goes on: the next stay has the
 * same id.
 */
export async function findOwner(context: RoomContext, id: string): Promise<Member | undefined> {
  const { caughtUp, ending, leases } = context;
  for (;;) {
    // The end of a stay deletes by the member's id.
    for (let end = ending.get(id); end; end = ending.get(id)) await Promise.allSettled([end]);
    const present = await findMember(context, id);
    if (!present) return undefined;
    if (!present.isLoggedIn) continue;
    try {
      await leases.locate(present);
      return present;
    } catch (error) {
      if (!(error instanceof Fenced)) throw error;
      await caughtUp();
    }
  }
}

/** The member as the store has it, if it is not known here. */
async function readSilent(context: RoomContext, id: string): Promise<Member | undefined> {
  const known = context.roster.find(id);
  if (known) return known;
  const state = await context.sessions.readMember(id);
  if (!state) return undefined;
  const { nickname, ...rest } = state;
  const name = describeNickname(nickname);
  return new Member({ ...factsOf(context), ...rest, id, name, ...standingOf(context, id) });
}

function admit({ leases, roster }: RoomContext, member: Member, claim: Claim): Member {
  if (!roster.find(member.id)) roster.reserve(member);
  leases.adopt(member, claim);
  return member;
}
