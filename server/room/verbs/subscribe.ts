import { type EndReason, Refusal } from "../errors.js";
import type { Viewer } from "../log/record.js";
import type { Member } from "../members/member.js";
import type { Presence } from "../members/presence.js";
import type { Roster } from "../members/roster.js";
import type { Sessions } from "../members/sessions.js";
import type { Observer } from "../observer.js";
import type { Position } from "../ports.js";

/** The right to read the log as a member, for as long as it is open; holding it keeps the member in the room. */
export interface FeedTicket {
  readonly viewer: Viewer;
  /** Members in the room at `position`. */
  readonly online: number;
  readonly ignoring: boolean;
  /** The head that the room had applied when the ticket was made. */
  readonly position: Position;
  /** Called once if the room ends the feed. */
  onEnd(call: (reason: EndReason) => void): void;
  /** Gives the right back; the member's grace begins with the last one. May be called twice. */
  close(): void;
}

interface Parts {
  readonly maxFeedsPerMember: number;
  readonly observe: Observer;
  readonly presence: Presence;
  readonly roster: Roster;
  readonly sessions: Sessions;
  readonly position: () => Position;
}

export function createOpenFeed({ maxFeedsPerMember, observe, presence, roster, sessions, position }: Parts) {
  return (member: Member): FeedTicket => {
    if (member.stage !== "present") throw new Refusal("NOT_LOGGED_IN");
    if (member.feeds.size >= maxFeedsPerMember)
      throw new Refusal("ROOM_FULL", { rule: "feeds", limit: maxFeedsPerMember });
    let tell: ((reason: EndReason) => void) | undefined;
    let ended: EndReason | undefined;
    const end = (reason: EndReason) => {
      ended = reason;
      tell?.(reason);
    };
    member.feeds.add(end);
    presence.feedOpened(member);
    if (!member.hadFeed) {
      member.hadFeed = true;
      // Only a restarted server asks for it, and without it the member merely gets the longer time.
      sessions
        .writeMember(member.id, { hadFeed: true, ignoring: member.ignore.now })
        .catch((error: unknown) => {
          observe({ kind: "member_write_failed", step: "member_record", error });
        });
    }
    return {
      viewer: { id: member.id, ignoringAt: (seq) => member.ignore.at(seq) },
      online: roster.size,
      ignoring: member.ignore.now,
      position: position(),
      onEnd(call) {
        tell = call;
        if (ended) call(ended);
      },
      close() {
        if (member.feeds.delete(end) && member.feeds.size === 0) presence.feedClosed(member);
      },
    };
  };
}
