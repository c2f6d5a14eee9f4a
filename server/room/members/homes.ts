import type { RoomContext } from "../context.js";
import { type Claim, Fenced, type Store, Unavailable } from "../ports.js";
import { logout } from "../verbs/logout.js";
import { endFeeds } from "./end-feeds.js";
import type { Member } from "./member.js";
import { LEASE_MS } from "./name-leases.js";

/** A quarter of a lease, give or take a tenth, so that processes that start together do not inspect together. */
const INSPECT_MS = 2_500;
const JITTER = 0.1;
/**
 * A process that was paused finds its lease ended and its connection lost, which is back at once: it is cut off only if
 * it fails to reach the store for so long, and tries again this often.
 */
const CONFIRM_MS = 3_000;
const RETRY_MS = 250;
/** How long other processes rely on a feed that is open here; longer than an inspection and a lost one take. */
const FEED_ALIVE_MS = 30_000;
const NOTHING = new Uint8Array();

interface Dead {
  readonly token: number;
  readonly sinceMs: number;
}

/**
 * Presence on a shared store. A member's home is the process whose lease the claim of its name is on, which is the one
 * where it opened its latest feed; only the home decides that the stay is over. The others tell it of the member's calls
 * and feeds, by a key that expires. When a process has died its claims are dead: a process at which the member reads takes
 * over, and if none does within the grace period, any of them ends the stay. A process that cannot reach the store for the
 * length of its lease is dead to the others, so it ends its feeds: their readers go where their stay goes on.
 */
export class Homes {
  private readonly dead = new Map<string, Dead>();
  private cancel = () => {};
  private stopped = false;
  /** Monotonic ms at which the inspection began that last renewed the lease: a lease's length later it may have ended. */
  private reachedMs: number;
  /** Monotonic ms of the first inspection that failed since. */
  private failingSinceMs: number | undefined;
  private isCutOff = false;

  constructor(
    private readonly context: RoomContext,
    private readonly store: Pick<Store, "values" | "partitionable">,
  ) {
    this.reachedMs = context.clock.monotonic();
  }

  /** How long ago the lease was renewed. */
  get leaseAgeMs(): number {
    return this.context.clock.monotonic() - this.reachedMs;
  }

  /** Resolves after the first inspection. */
  async start(): Promise<void> {
    await this.inspect();
    this.next();
  }

  stop(): void {
    this.stopped = true;
    this.cancel();
  }

  /** Lets the member's home know that it was seen here. */
  seenAway(member: Member): void {
    const { graceMs } = this.context.settings;
    this.keepAlive(member, member.feeds.size > 0 ? Math.max(FEED_ALIVE_MS, graceMs) : graceMs);
  }

  /** Ends the stay of a member that showed no sign of life here; not if it was seen elsewhere. */
  async expire(member: Member): Promise<void> {
    const { leases, presence, roster } = this.context;
    if (!leases.isHome(member)) {
      // Silent, as presence.ts keeps no other; its next call finds it again. A call that announces it is a sign of life.
      if (member.announcing) presence.seen(member);
      else if (member.stage === "silent") roster.remove(member);
      return;
    }
    await this.lookUp(member);
    if (!leases.isHome(member)) return;
    if (await this.isAlive(member.id)) presence.seen(member);
    else await logout(this.context, member, "SESSION_EXPIRED", { regain: false });
  }

  private next(): void {
    if (this.stopped) return;
    const regularMs = INSPECT_MS * (1 + JITTER * (2 * Math.random() - 1));
    const isDoubtful = this.failingSinceMs !== undefined && !this.isCutOff;
    const endsMs = isDoubtful ? Math.max(RETRY_MS, LEASE_MS - this.leaseAgeMs) : regularMs;
    this.cancel = this.context.clock.after(Math.min(regularMs, endsMs), () =>
      this.context.background.add(this.run()),
    );
  }

  private async run(): Promise<void> {
    try {
      await this.inspect();
    } catch (error) {
      if (!(error instanceof Unavailable)) throw error;
      this.lostSight(error);
      this.failed();
    } finally {
      this.next();
    }
  }

  /** Ends the feeds if the others take this process for dead; where all lose the store together, none of them does. */
  private failed(): void {
    const { clock, observe, roster } = this.context;
    if (!this.store.partitionable) return;
    const nowMs = clock.monotonic();
    this.failingSinceMs ??= nowMs;
    const isDead = this.leaseAgeMs >= LEASE_MS && nowMs - this.failingSinceMs >= CONFIRM_MS;
    if (!isDead || this.isCutOff || this.stopped) return;
    this.isCutOff = true;
    observe({ kind: "store_cut_off", awayMs: this.leaseAgeMs });
    void endFeeds(roster.members(), "CUT_OFF", clock, () => this.isCutOff);
  }

  private reached(sinceMs: number): void {
    const awayMs = this.leaseAgeMs;
    this.reachedMs = sinceMs;
    this.failingSinceMs = undefined;
    if (!this.isCutOff) return;
    this.isCutOff = false;
    this.context.observe({ kind: "store_reached", awayMs });
  }

  /** Signs of life could not be stored either, so all that is waited for begins again. */
  private lostSight(error: unknown): void {
    this.dead.clear();
    this.context.presence.begin();
    this.context.observe({ kind: "member_write_failed", step: "lease", error });
  }

  private async inspect(): Promise<void> {
    const { clock, leases, presence, roster } = this.context;
    const sinceMs = clock.monotonic();
    const { lost, dead, renewed } = await leases.inspect();
    this.reached(sinceMs);
    if (!renewed) presence.begin();
    const names = new Set(lost);
    for (const member of leases.uncertain) await this.lookUp(member);
    for (const member of roster.members()) {
      if (names.has(member.name.key) && leases.isHome(member)) await this.lookUp(member);
      if (leases.isHome(member)) presence.attend(member);
      else if (member.feeds.size > 0) this.seenAway(member);
    }
    const current = new Set(dead.map(({ name }) => name));
    for (const name of this.dead.keys()) if (!current.has(name)) this.dead.delete(name);
    // After a lease of ours ended, what was on it is claimed again by now.
    for (const claim of dead) await this.consider(claim);
  }

  /** Finds out where the member's claim is. */
  private async lookUp(member: Member): Promise<void> {
    const { leases, presence, roster } = this.context;
    const claim = await leases.find(member.name.key);
    leases.uncertain.delete(member);
    const isPresent = roster.find(member.id) === member;
    if (claim?.holder === member.id && isPresent) leases.adopt(member, claim);
    // Of a Login that was refused because the store was away.
    else if (
      claim?.holder === member.id &&
      leases.isOurs(claim) &&
      !claim.announced &&
      !roster.find(member.id)
    )
      await leases.releaseClaim(claim);
    else if (isPresent && member.stage === "silent") this.forget(member);
    if (!leases.isHome(member) && member.stage !== "silent") presence.forget(member);
  }

  /** The name is another member's, or free; no event says so of a silent member. */
  private forget(member: Member): void {
    this.context.presence.forget(member);
    this.context.roster.remove(member);
  }

  private async consider({ name, holder, token }: Claim): Promise<void> {
    const { clock, roster, sessions, settings } = this.context;
    const reader = roster.find(holder);
    if (reader && reader.feeds.size > 0) return this.takeOver(reader);
    const nowMs = clock.monotonic();
    const seen = this.dead.get(name);
    const sinceMs = seen?.token === token ? seen.sinceMs : nowMs;
    this.dead.set(name, { token, sinceMs });
    if (nowMs - sinceMs < settings.graceMs) return;
    const state = await sessions.readMember(holder);
    if (state && !state.hadFeed && nowMs - sinceMs < settings.idleMs) return;
    if (await this.isAlive(holder)) this.dead.set(name, { token, sinceMs: nowMs });
    else await this.reap(name, token);
  }

  private async takeOver(reader: Member): Promise<void> {
    try {
      await this.context.leases.takeOver(reader);
    } catch (error) {
      // It has left, which the log says.
      if (!(error instanceof Fenced)) throw error;
    }
  }

  private async reap(name: string, token: number): Promise<void> {
    const { caughtUp, leases, observe, roster } = this.context;
    const claim = await leases.find(name);
    if (claim?.token !== token || claim.live) return;
    if (!claim.announced) return leases.releaseClaim(claim);
    await caughtUp();
    const member = roster.find(claim.holder);
    if (!member) return;
    leases.adopt(member, claim);
    await logout(this.context, member, "SESSION_EXPIRED", { regain: false });
    if (!roster.find(claim.holder)) observe({ kind: "member_reaped" });
  }

  private async isAlive(memberId: string): Promise<boolean> {
    return (await this.store.values.get(aliveKey(memberId))) !== null;
  }

  private keepAlive(member: Member, ttlMs: number): void {
    const nowMs = this.context.clock.monotonic();
    if (member.aliveUntilMs - nowMs > (ttlMs * 2) / 3) return;
    member.aliveUntilMs = nowMs + ttlMs;
    const putting = this.store.values.put(aliveKey(member.id), NOTHING, { ttlMs }).catch((error: unknown) => {
      member.aliveUntilMs = -Infinity;
      this.lostSight(error);
    });
    this.context.background.add(putting);
  }
}

const aliveKey = (memberId: string) => `alive:${memberId}`;
