import { describeNickname } from "../rules/nickname/nickname.js";
import type { RoomSettings } from "../settings.js";
import { Member } from "./member.js";
import type { LeftBehind, NameLeases } from "./name-leases.js";
import type { Roster } from "./roster.js";
import type { Sessions } from "./sessions.js";

/** Names that are claimed anew at once: they share a flush, and leave room in the store's queue. */
const CLAIMS_AT_ONCE = 256;

interface Parts {
  readonly leases: NameLeases;
  readonly roster: Roster;
  readonly sessions: Sessions;
  readonly settings: RoomSettings;
}

/**
 * Takes in again whom an earlier process left in the store. Someone who had claimed a name but was never announced
 * was never here; the others return unnoticed within their grace, or are told to have left.
 */
export async function restoreMembers(parts: Parts): Promise<Member[]> {
  const { leases, roster, sessions, settings } = parts;
  const left = await leases.leftBehind();
  const restored: (Member | undefined)[] = [];
  for (let i = 0; i < left.length; i += CLAIMS_AT_ONCE)
    restored.push(...(await Promise.all(left.slice(i, i + CLAIMS_AT_ONCE).map(restore))));
  return restored.filter((member) => member !== undefined);

  async function restore({ claim, nickname, joinTime }: LeftBehind): Promise<Member | undefined> {
    if (!claim.announced) {
      await leases.releaseClaim(claim);
      return undefined;
    }
    const record = await sessions.readMember(claim.holder);
    const member = new Member({
      id: claim.holder,
      name: describeNickname(nickname),
      joinTime,
      rateLimit: { perSecond: settings.messagesPerSecond, burst: settings.messageBurst },
      ...record,
    });
    roster.reserve(member);
    if (!(await leases.acquire(member))) {
      roster.remove(member);
      return undefined;
    }
    roster.announce(member);
    roster.expected++;
    return member;
  }
}
