import type { Observer } from "../observer.js";
import type { Clock } from "../ports.js";
import type { Member } from "./member.js";

const RETRY_MS = 1_000;

export interface PresenceOptions {
  readonly clock: Clock;
  readonly observe: Observer;
  readonly graceMs: number;
  readonly idleMs: number;
  /** Logs out a member that showed no sign of life for too long; retried if it rejects. */
  readonly expire: (member: Member) => Promise<void>;
}

/**
 * Decides who is still there. A member with an open feed is; another one is until its grace period (idle time if it
 * never had a feed) after the last sign of life has passed. There is one timer per member without a feed, and none for
 * a member with one.
 */
export class Presence {
  private readonly timers = new Map<Member, () => void>();

  constructor(private readonly options: PresenceOptions) {}

  /** Records a sign of life. */
  seen(member: Member): void {
    member.lastSeenMs = this.options.clock.monotonic();
    if (member.feeds.size === 0 && !this.timers.has(member)) this.watch(member);
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

  close(): void {
    for (const cancel of this.timers.values()) cancel();
    this.timers.clear();
  }

  private watch(member: Member): void {
    if (member.stage === "leaving" || member.stage === "gone") return;
    this.setTimer(member, Math.max(this.leftMs(member), 1));
  }

  /** Calls may have come since the timer was set: it is not moved for each of them. */
  private due(member: Member): void {
    this.timers.delete(member);
    if (member.feeds.size > 0) return;
    if (this.leftMs(member) > 0) {
      this.watch(member);
      return;
    }
    const { expire, observe } = this.options;
    expire(member).catch((error: unknown) => {
      observe({ kind: "member_write_failed", step: "left", error });
      if (member.feeds.size > 0 || member.stage === "gone") return;
      this.setTimer(member, RETRY_MS);
    });
  }

  private leftMs({ lastSeenMs, hadFeed }: Member): number {
    const { clock, graceMs, idleMs } = this.options;
    return lastSeenMs + (hadFeed ? graceMs : idleMs) - clock.monotonic();
  }

  private setTimer(member: Member, ms: number): void {
    this.timers.set(
      member,
      this.options.clock.after(ms, () => this.due(member)),
    );
  }
}
