import type { RoomContext } from "../context.js";
import { dismiss } from "../members/end-feeds.js";
import type { ReadClaim } from "../members/name-leases.js";
import { addJoined, standingOf } from "../members/restore.js";
import { type Position, Unavailable } from "../ports.js";
import type { StateMachine } from "./state-machine.js";

const RETRY_MS = 1_000;

/**
 * Goes on after this process's place in the log is lost. Who joined and left in what it has not read is known from the
 * claims, so the roster is rebuilt from them; until then it is not known how many members there are.
 */
export class Recovery {
  /** `lost`: as in RoomOptions. */
  constructor(
    private readonly context: RoomContext,
    private readonly machine: Pick<StateMachine, "goBackTo" | "touched">,
    private readonly lost: (resume: Position, online: number | undefined) => void,
  ) {}

  /** Members in the room; undefined while that is not known. */
  get online(): number | undefined {
    const { roster, shared } = this.context;
    return this.machine.touched && shared ? undefined : roster.size;
  }

  /** The next entry is the one after `resume`. */
  resumeAfter(resume: Position): void {
    const { order, registrations, shared } = this.context;
    const isRebuilding = this.machine.touched !== undefined;
    if (shared) registrations.lost();
    this.machine.touched = new Set();
    this.machine.goBackTo(resume.seq);
    this.lost(resume, this.online);
    if (shared) order.changedUnseen();
    if (!isRebuilding) void this.rebuild();
  }

  private async rebuild(): Promise<void> {
    const { clock, isClosing, leases, observe, registrations } = this.context;
    for (;;) {
      const { touched } = this.machine;
      if (!touched) return;
      try {
        await registrations.fresh();
        const claims = await leases.claims();
        // Lost again meanwhile: the claims may be older than that.
        if (touched !== this.machine.touched) continue;
        this.replaceRoster(claims, touched);
        return;
      } catch (error) {
        if (!(error instanceof Unavailable)) throw error;
        if (isClosing()) return;
        observe({ kind: "member_write_failed", step: "lease", error });
        await new Promise<void>((resolve) => clock.after(RETRY_MS, resolve));
      }
    }
  }

  /** `touched`: members of whom the log has newer facts than the claims. */
  private replaceRoster(claims: readonly ReadClaim[], touched: ReadonlySet<string>): void {
    const { roster, shared, tailer } = this.context;
    const before = roster.size;
    const held = new Map(claims.map((claim) => [claim.claim.holder, claim]));
    this.removeGone(held, touched);
    for (const one of held.values()) if (one.claim.announced && !touched.has(one.claim.holder)) this.add(one);
    this.machine.touched = undefined;
    if (shared || roster.size !== before) this.lost(tailer.position(), roster.size);
  }

  private removeGone(held: ReadonlyMap<string, ReadClaim>, touched: ReadonlySet<string>): void {
    const { presence, roster } = this.context;
    for (const member of [...roster.members()]) {
      if (!member.isAnnounced || touched.has(member.id) || held.get(member.id)?.claim.announced) continue;
      presence.forget(member);
      roster.remove(member);
      dismiss(this.context, member, "SESSION_EXPIRED");
    }
  }

  private add({ claim, nickname, joinTime, bot }: ReadClaim): void {
    const { ignoreHistories, leases, roster } = this.context;
    const { holder: id } = claim;
    const known = roster.find(id);
    if (known) roster.announce(known);
    else {
      const person = { id, nickname, joinTime, ...(bot && { bot }), ...standingOf(this.context, id) };
      leases.adopt(addJoined(this.context, person, ignoreHistories.get(id)), claim);
    }
    ignoreHistories.delete(id);
  }
}
