import type { BackgroundWrites } from "../background.js";
import type { Observer } from "../observer.js";
import type { Clock } from "../ports.js";
import type { Member } from "./member.js";

const RETRY_MS = 1_000;
/** A timer that is so late has waited for a process that stood still: what arrived meanwhile is still to be read. */
const LATE_MS = 50;
/** How long that may take. */
const READ_MS = 500;
/** How many times sooner a member that never had a feed leaves a crowded room. */
const CROWDED_FACTOR = 10;

export interface PresenceOptions {
  readonly clock: Clock;
  readonly observe: Observer;
  readonly background: BackgroundWrites;
  readonly graceMs: number;
  readonly idleMs: number;
  /**
   * Whether the room is so full that names must not be held by members that show no sign of life. `leaving`: members that
   * are being logged out.
   */
  readonly isCrowded: (leaving: number) => boolean;
  /** Whether this process decides about the member; every one, unless several processes share the store. */
  readonly isHome: (member: Member) => boolean;
  /** A member that another process decides about was seen here. */
  readonly seenAway: (member: Member) => void;
  /** Logs out a member that showed no sign of life for too long; retried if it rejects. */
  readonly expire: (member: Member) => Promise<void>;
}

/**
 * Decides who is still there. A member with an open feed is; another one is until its grace period (idle time if it
 * never had a feed, a tenth of that in a crowded room) after the last sign of life has passed. There is one timer per
 * member without a feed, and none for a member with one.
 */
export class Presence {
  private readonly timers = new Map<Member, () => void>();
  private leaving = 0;

  constructor(private readonly options: PresenceOptions) {}

  /** Records a sign of life. */
  seen(member: Member): void {
    member.lastSeenMs = this.options.clock.monotonic();
    if (!this.options.isHome(member)) {
      this.options.seenAway(member);
      // A silent one is forgotten here after a while: no event says that it has left.
      if (member.stage !== "silent") return;
    }
    if (member.feeds.size === 0 && !this.timers.has(member)) this.watch(member);
  }

  /** This process has become the member's home without having seen it. */
  attend(member: Member): void {
    if (member.feeds.size === 0 && !this.timers.has(member)) this.seen(member);
  }

  feedOpened(member: Member): void {
    this.forget(member);
  }

  /** The member's last feed was closed. */
  feedClosed(member: Member): void {
    this.seen(member);
  }

  forget(member: Member): void {
    this.timers.get(member)?.();
    this.timers.delete(member);
  }

  /** Signs of life may have been missed: every member without a feed has its whole grace period again. */
  begin(): void {
    const nowMs = this.options.clock.monotonic();
    for (const member of this.timers.keys()) member.lastSeenMs = nowMs;
  }

  close(): void {
    for (const cancel of this.timers.values()) cancel();
    this.timers.clear();
  }

  private watch(member: Member): void {
    if (member.stage === "leaving" || member.stage === "gone") return;
    // The room may become crowded meanwhile.
    const lookMs = member.hadFeed ? Number.POSITIVE_INFINITY : this.options.idleMs / CROWDED_FACTOR;
    this.setTimer(member, Math.max(Math.min(this.leftMs(member), lookMs), 1));
  }

  /** Calls may have come since the timer was set: it is not moved for each of them. */
  private due(member: Member): void {
    if (member.feeds.size > 0) return;
    if (this.leftMs(member) > 0) {
      this.watch(member);
      return;
    }
    const { background, expire, observe } = this.options;
    this.leaving++;
    const expiring = expire(member)
      .catch((error: unknown) => {
        observe({ kind: "member_write_failed", step: "left", error });
        if (member.feeds.size > 0 || member.stage === "gone") return;
        this.setTimer(member, RETRY_MS);
      })
      .finally(() => {
        this.leaving--;
      });
    background.add(expiring);
  }

  private leftMs({ lastSeenMs, hadFeed }: Member): number {
    const { clock, graceMs, idleMs, isCrowded } = this.options;
    const withoutFeedMs = isCrowded(this.leaving) ? idleMs / CROWDED_FACTOR : idleMs;
    return lastSeenMs + (hadFeed ? graceMs : withoutFeedMs) - clock.monotonic();
  }

  private setTimer(member: Member, ms: number): void {
    const { clock } = this.options;
    const dueMs = clock.monotonic() + ms;
    const call = () => {
      this.timers.delete(member);
      this.due(member);
    };
    const cancel = clock.after(ms, () => {
      if (clock.monotonic() - dueMs < LATE_MS) call();
      else this.timers.set(member, clock.after(READ_MS, call));
    });
    this.timers.set(member, cancel);
  }
}
