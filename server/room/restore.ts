import type { Claims } from "./claims.js";
import { createFlood } from "./flood.js";
import { Member } from "./member.js";
import { describeNickname } from "./nickname/nickname.js";
import type { Roster } from "./roster.js";
import type { Sessions } from "./sessions.js";
import type { RoomSettings } from "./settings.js";

interface Parts {
  readonly claims: Claims;
  readonly roster: Roster;
  readonly sessions: Sessions;
  readonly settings: RoomSettings;
}

/**
 * Takes in again whom an earlier process left in the store. Someone who had claimed a name but was never announced
 * was never here; the others return unnoticed within their grace, or are told to have left.
 */
export async function restoreMembers({ claims, roster, sessions, settings }: Parts): Promise<Member[]> {
  const restored: Member[] = [];
  for (const { claim, nickname, joinTime } of await claims.leftBehind()) {
    if (!claim.announced) {
      await claims.release(claim);
      continue;
    }
    const record = await sessions.member(claim.holder);
    const member = new Member({
      id: claim.holder,
      name: describeNickname(nickname),
      joinTime,
      flood: createFlood({ perSecond: settings.messagesPerSecond, burst: settings.messageBurst }),
      ...record,
    });
    roster.reserve(member);
    if (!(await claims.take(member))) {
      roster.remove(member);
      continue;
    }
    roster.announce(member);
    roster.expected++;
    restored.push(member);
  }
  return restored;
}
