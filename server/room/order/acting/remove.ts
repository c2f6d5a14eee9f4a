import type { RoomContext } from "../../context.js";
import type { Removal } from "../../log/record.js";
import type { Member } from "../../members/member.js";
import { describeNickname } from "../../rules/nickname/nickname.js";
import { logout } from "../../verbs/logout.js";
import { type Ban, refusalOfBan } from "../state/bans.js";
import { readNetwork, shorten } from "../state/network.js";

/** Stays ended at once: their appends share a flush, and the goodbyes are sent while they wait for it. */
const AT_ONCE = 64;

/**
 * Ends the stays of members: their feeds at once, so that none of them waits for the store, and then each is announced to
 * have left. What the members have not been sent yet, such as why, is written before. `ban`: the one that removes them.
 */
export async function removeMembers(
  context: RoomContext,
  members: readonly Member[],
  removal: Removal,
  ban?: Ban,
): Promise<void> {
  const feeds = members.flatMap((member) => [...member.feeds]);
  // A flush is for all feeds.
  feeds.find((feed) => !feed.isBlocked())?.flush();
  const refusal = ban && refusalOfBan(ban, context.clock.now());
  for (const feed of feeds) feed.end(removal, refusal);
  // Their ends are written before the work that follows, which a store in memory would not interrupt.
  if (feeds.length > AT_ONCE) await new Promise<void>((resolve) => setImmediate(resolve));
  for (let i = 0; i < members.length; i += AT_ONCE)
    await Promise.all(members.slice(i, i + AT_ONCE).map((member) => logout(context, member, removal)));
}

/** The members to whom a ban applies, as far as this process knows where they are. */
export function bannedMembers({ roster }: RoomContext, ban: Ban): Member[] {
  const name = ban.nickname === "" ? undefined : describeNickname(ban.nickname);
  const network = ban.network === "" ? undefined : readNetwork(ban.network);
  const isInside = (ip: string) => {
    const address = readNetwork(ip);
    return (
      address !== undefined &&
      address.version === network?.version &&
      shorten(address, network.prefix).bits === network.bits
    );
  };
  return [...roster.members()].filter((member) => {
    if (!member.isLoggedIn) return false;
    if (ban.userId !== "" && member.id === ban.userId) return true;
    // Neither a look-alike nor an address stops a moderator.
    if (member.isModerator) return false;
    if (name && (member.name.key === name.key || member.name.skeleton === name.skeleton)) return true;
    return network !== undefined && [...member.addresses.keys()].some(isInside);
  });
}
