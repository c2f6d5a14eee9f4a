import type { RoomContext } from "../context.js";
import { type EndReason, Refusal } from "../errors.js";
import type { Viewer } from "../log/record.js";
import type { Member } from "../members/member.js";
import type { Position } from "../ports.js";

/** Subscribe: lets the caller read the log as `member`. */
export function subscribe(context: RoomContext, member: Member): FeedTicket {
  const { presence, sessions, settings } = context;
  if (member.stage !== "present") throw new Refusal("NOT_LOGGED_IN");
  if (member.feeds.size >= settings.maxFeedsPerMember)
    throw new Refusal("ROOM_FULL", { rule: "feeds", limit: settings.maxFeedsPerMember });
  const ticket = new FeedTicket(context, member);
  presence.feedOpened(member);
  if (!member.hadFeed) {
    member.hadFeed = true;
    // Only a restarted server reads it, and without it the member has the longer timeout.
    sessions.tryWriteMember(member.id, { hadFeed: true, ignoring: member.ignore.now });
  }
  return ticket;
}

/** The right to read the log as a member while it is open. An open ticket keeps the member in the room. */
export class FeedTicket {
  readonly viewer: Viewer;
  /** Members in the room at `position`. */
  readonly online: number;
  readonly ignoring: boolean;
  /** The head that the room had applied when the ticket was made. */
  readonly position: Position;
  private ended: EndReason | undefined;
  private listener: ((reason: EndReason) => void) | undefined;

  constructor(
    private readonly context: RoomContext,
    private readonly member: Member,
  ) {
    this.viewer = { id: member.id, ignoringAt: (seq) => member.ignore.at(seq) };
    this.online = context.roster.size;
    this.ignoring = member.ignore.now;
    this.position = context.tailer.position();
    member.feeds.add(this.end);
  }

  /** Calls `listener` once if the room ends the feed. */
  onEnd(listener: (reason: EndReason) => void): void {
    this.listener = listener;
    if (this.ended) listener(this.ended);
  }

  /** Returns the right; the member's grace period begins with its last one. May be called twice. */
  close(): void {
    const { feeds } = this.member;
    if (feeds.delete(this.end) && feeds.size === 0) this.context.presence.feedClosed(this.member);
  }

  private readonly end = (reason: EndReason): void => {
    this.ended = reason;
    this.listener?.(reason);
  };
}
