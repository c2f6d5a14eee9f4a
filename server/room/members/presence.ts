import type { Observer } from "../observer.js";
import type { Clock } from "../ports.js";
import type { Member } from "./member.js";

const RETRY_MS = 1_000;

export interface PresenceOptions {
  readonly clock: Clock;
  readonly observe: Observer;
  readonly graceMs: number;
  readonly idleMs: number;
  /** Says goodbye in the name of someone who is no longer there; on failure it is tried again. */
  readonly expire: (member: Member) => Promise<void>;
}

/**
 * Who is still there. A member with an open feed is; others are for a while after the last sign of life. One timer for
 * each member without a feed, and none for those who have one.
 */
export class Presence {
  private readonly timers = new Map<Member, () => void>();

  constructor(private readonly options: PresenceOptions) {}

  /** A sign of life. */
  seen(member: Member): void {
    member.lastSeenMs = this.options.clock.monotonic();
    if (member.feeds.size === 0 && !this.timers.has(member)) this.watch(member);
  }

  /** A feed was opened: nothing to watch for while it is. */
  feedOpened(member: Member): void {
    this.forget(member);
  }

  /** A feed was closed; the last one starts the grace. */
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
    const { clock, graceMs, idleMs } = this.options;
    const leftMs = member.lastSeenMs + (member.hadFeed ? graceMs : idleMs) - clock.monotonic();
    this.timers.set(
      member,
      clock.after(Math.max(leftMs, 1), () => this.due(member)),
    );
  }

  /** Calls may have come since the timer was set: it is not moved for each of them. */
  private due(member: Member): void {
    this.timers.delete(member);
    const { clock, graceMs, idleMs, expire, observe } = this.options;
    if (member.feeds.size > 0) return;
    if (clock.monotonic() < member.lastSeenMs + (member.hadFeed ? graceMs : idleMs)) {
      this.watch(member);
      return;
    }
    expire(member).catch((error: unknown) => {
      observe({ kind: "member_write_failed", step: "left", error });
      if (member.feeds.size > 0 || member.stage === "gone") return;
      this.timers.set(
        member,
        clock.after(RETRY_MS, () => this.due(member)),
      );
    });
  }
}
