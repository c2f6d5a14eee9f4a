import type { RoomContext } from "../context.js";
import { Refusal } from "../errors.js";
import type { Viewer } from "../log/record.js";
import type { Member, OpenFeed } from "../members/member.js";
import type { Unwritten } from "../members/unwritten.js";
import type { Position } from "../ports.js";
import { announce } from "./announce.js";
import { refuseStoreErrors } from "./guards.js";

/** A timer can wait no longer (2^31 - 1 ms). */
const MAX_TIMER_MS = 2_147_483_647;

/**
 * Subscribe: lets the caller read the log as `member`. The newest feed wins: a member whose connections died unnoticed
 * must not be kept out by them. `session`: hash of the caller's token.
 */
export async function subscribe(context: RoomContext, member: Member, session?: string): Promise<FeedTicket> {
  const { leases, presence, sessions, settings, shared } = context;
  const announced = announce(context, member);
  if (announced) await refuseStoreErrors(announced);
  // The process at which a member reads decides when its stay is over.
  if (shared) await refuseStoreErrors(leases.takeOver(member));
  if (member.stage !== "present") throw new Refusal("NOT_LOGGED_IN");
  while (member.feeds.size >= settings.maxFeedsPerMember) endOne(member);
  const until = session === undefined ? undefined : sessions.untilOf(session);
  const ticket = new FeedTicket(context, member, session, until);
  presence.feedOpened(member);
  if (!member.hadFeed) {
    member.hadFeed = true;
    // Only a restarted server reads it, and without it the member has the longer timeout.
    sessions.tryWriteMember(member.id, member.state);
  }
  return ticket;
}

/** Ends the oldest feed, or the oldest whose reader takes nothing. */
function endOne({ feeds }: Member): void {
  const open = [...feeds];
  const blocked = open.find((feed) => feed.isBlocked());
  const ended = blocked ?? open[0];
  if (!ended) return;
  feeds.delete(ended);
  ended.end(blocked ? "TOO_SLOW" : "REPLACED");
}

/** A member that reads a feed. The feed reports to `unwritten` which private messages it has written. */
export interface FeedViewer extends Viewer {
  readonly unwritten: Pick<Unwritten, "size" | "written" | "receivedUpTo">;
}

/** The right to read the log as a member while it is open. An open ticket keeps the member in the room. */
export class FeedTicket {
  readonly viewer: FeedViewer;
  /** Members in the room at `position`. */
  readonly online: number;
  readonly ignoring: boolean;
  /** The head that the room had applied when the ticket was made. */
  readonly position: Position;
  private ended: Parameters<OpenFeed["end"]> | undefined;
  private feed: Omit<OpenFeed, "session"> | undefined;
  private readonly held: OpenFeed;
  private cancelEnd = () => {};

  constructor(
    private readonly context: RoomContext,
    private readonly member: Member,
    session: string | undefined,
    until: number | undefined,
  ) {
    this.held = {
      ...(session !== undefined && { session }),
      end: (...ended) => {
        this.ended = ended;
        this.feed?.end(...ended);
      },
      flush: () => this.feed?.flush(),
      isBlocked: () => this.feed?.isBlocked() ?? false,
      readTo: () => this.feed?.readTo(),
    };
    this.viewer = member;
    this.online = context.roster.size;
    this.ignoring = member.ignore.now;
    this.position = context.tailer.position();
    member.feeds.add(this.held);
    if (until !== undefined) this.endAt(until);
  }

  /** Ends the feed with its session. */
  private endAt(until: number): void {
    const { clock } = this.context;
    const leftMs = until - clock.now();
    this.cancelEnd = clock.after(Math.min(Math.max(leftMs, 0), MAX_TIMER_MS), () => {
      if (until > clock.now()) this.endAt(until);
      else this.held.end("SESSION_EXPIRED");
    });
  }

  /** The feed that reads; the room may end it, at once if it has already ended the right. */
  attach(feed: Omit<OpenFeed, "session">): void {
    this.feed = feed;
    if (this.ended) feed.end(...this.ended);
  }

  /** Returns the right; the member's grace period begins with its last one. May be called twice. */
  close(): void {
    this.cancelEnd();
    const { feeds, readTo: before } = this.member;
    const readTo = this.feed?.readTo();
    if (readTo && (!before || before.seq < readTo.seq)) this.member.readTo = readTo;
    if (feeds.delete(this.held) && feeds.size === 0) this.context.presence.feedClosed(this.member);
  }
}
