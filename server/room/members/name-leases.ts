import type { Observer } from "../observer.js";
import {
  type Appended,
  type Claim,
  Fenced,
  Gone,
  type Inspection,
  type Store,
  Unavailable,
} from "../ports.js";
import type { Member } from "./member.js";

/** The value of a claim: what a server that did not make it has to know of its holder. */
interface ClaimValue {
  readonly nickname: string;
  readonly joinTime: number;
  readonly bot?: boolean;
}

/** A claim with its value. */
export interface ReadClaim extends ClaimValue {
  readonly claim: Claim;
}

/** What a member appends. */
export interface Write {
  readonly data: Uint8Array;
  readonly key?: string;
  readonly tag?: string;
  readonly then?: "announce" | "release" | "renew";
  readonly notice?: boolean;
}

export interface NameLeasesOptions {
  readonly store: Pick<Store, "names" | "log" | "shared">;
  readonly members: () => Iterable<Member>;
  /** Resolves when the room has applied all that is in a shared log by now; undefined if it always has. */
  readonly caughtUp: () => Promise<void> | undefined;
  readonly observe: Observer;
}

/** Holds no name: fencing tokens are larger. */
const NO_TOKEN = 0;
const NO_DATA = new Uint8Array();
/** Of a lease on a shared store, which must end when the process has died; homes.ts renews it. */
export const LEASE_MS = 10_000;
/** Appends of one call, while the claim moves from process to process or gets a new token at another one. */
const MAX_ATTEMPTS = 8;

/** Other processes renew the claim or take it over faster than this one can follow; the caller may repeat. */
export function movesTooFast(): Unavailable {
  return new Unavailable("not-applied", new Error("the claim moves too fast"));
}

/**
 * This process's claims on its members' names. An embedded store has one process, so the lease does not end while the
 * store is open; when the store was reopened, all names are claimed again before any caller gets a result. On a shared
 * store a claim moves to the process at which the member opens a feed, and what this process knows of it may be old: the
 * store refuses an append then, and the claim is looked up.
 */
export class NameLeases {
  private lease: Promise<string> | undefined;
  /** The lease, once there is one. */
  private leaseId = "";
  private reclaiming: Promise<void> | undefined;
  private readonly ttlMs: number;
  /** Members of a shared store whose claims have to be looked up: they may be on our lease, or on another. */
  readonly uncertain = new Set<Member>();

  constructor(private readonly options: NameLeasesOptions) {
    this.ttlMs = options.store.shared ? LEASE_MS : Number.POSITIVE_INFINITY;
  }

  /** Whether this process decides when the member's stay is over. */
  isHome({ lease }: Member): boolean {
    return !this.options.store.shared || (lease !== "" && lease === this.leaseId);
  }

  /** Claims the member's name; returns whether it was free, or the member's. */
  acquire(member: Member): Promise<boolean> {
    return this.claimOnLiveLease(member, false);
  }

  /** Takes the claim of a member over from another process. Throws Fenced if the member has it no longer. */
  async takeOver(member: Member): Promise<void> {
    const wasHome = this.isHome(member);
    if (!(await this.claimOnLiveLease(member, true))) throw new Fenced();
    if (!wasHome) this.options.observe({ kind: "claim_taken_over" });
  }

  /**
   * Appends on behalf of the member, fenced: only while the member holds its name. `write` is called when the room has
   * applied what happened before the claim was looked up, and again if it has moved; it may throw. `regain`: whether a
   * claim that has moved is followed, or taken over if it is dead. Throws Fenced only if the member has its name no longer
   * or `regain` is false, and Unavailable if the claim moves faster than it can be followed.
   */
  async append(member: Member, write: () => Write, { regain = true } = {}): Promise<Appended> {
    if (member.token === NO_TOKEN) await this.locate(member);
    for (let attempt = 1; ; attempt++) {
      while (this.isBehind(member)) await this.catchUp(member);
      const { then, notice = false, data, ...options } = write();
      const fence = { name: member.name.key, token: member.token, ...(then && { then }) };
      try {
        const appended = await this.options.store.log.append(data, { ...options, notice, fence });
        if (appended.token !== undefined) member.token = appended.token;
        return appended;
      } catch (error) {
        if (!(error instanceof Fenced) || !regain) throw error;
        await this.regain(member, error);
        if (attempt === MAX_ATTEMPTS) throw movesTooFast();
      }
    }
  }

  /** What an earlier append with this key returned; undefined if there was none. */
  async appendedBefore(member: Member, key: string): Promise<Appended | undefined> {
    try {
      // The log looks up the key before it checks the fence (promise L3), and this fence admits nothing.
      const fence = { name: member.name.key, token: NO_TOKEN };
      return await this.options.store.log.append(NO_DATA, { key, fence });
    } catch (error) {
      if (error instanceof Fenced) return undefined;
      throw error;
    }
  }

  /** Looks up the claim of a member that another process admitted. Throws Fenced if the member has none. */
  async locate(member: Member): Promise<void> {
    if (member.token !== NO_TOKEN && member.stay !== 0) return;
    const held = await this.find(member.name.key);
    if (held?.holder !== member.id) throw new Fenced();
    this.adopt(member, held);
  }

  find(name: string): Promise<Claim | null> {
    return this.options.store.names.find(name);
  }

  /** Records what the store has of the member's claim. */
  adopt(member: Member, { token, visit, lease }: Claim): void {
    // A newer claim may have been made while this one was looked up.
    if (token < member.token) return;
    this.uncertain.delete(member);
    member.token = token;
    member.stay = visit;
    member.lease = lease;
  }

  /** Whether this process has the token, but may not know what others appended before: the fence does not tell. */
  private isBehind({ appliedToken, token }: Member): boolean {
    return this.options.store.shared && appliedToken < token;
  }

  private async catchUp(member: Member): Promise<void> {
    const { token } = member;
    await this.options.caughtUp();
    member.appliedToken = Math.max(member.appliedToken, token);
  }

  /** What is known of the member's claim is no longer so. */
  moved(member: Member): void {
    member.token = NO_TOKEN;
    member.lease = "";
    this.uncertain.add(member);
  }

  /** Whether a claim is on our lease. */
  isOurs({ lease }: Claim): boolean {
    return lease === this.leaseId;
  }

  /** Returns whether the member had the name, by what is known here. */
  async release(member: Member): Promise<boolean> {
    const { names, shared } = this.options.store;
    try {
      return await names.release(member.name.key, member.token);
    } catch (error) {
      // The claim may be there or not.
      if (shared && error instanceof Unavailable) this.uncertain.add(member);
      throw error;
    }
  }

  async releaseClaim(claim: Claim): Promise<void> {
    await this.options.store.names.release(claim.name, claim.token);
  }

  async claims(): Promise<ReadClaim[]> {
    return (await this.options.store.names.claims()).map((claim) => ({
      claim,
      ...(JSON.parse(claim.value) as ClaimValue),
    }));
  }

  /** Renews the lease, or begins another and claims again what was on the one that ended. */
  async inspect(): Promise<Inspection> {
    const found = await this.options.store.names.inspect(await this.begin(), this.ttlMs);
    if (!found.renewed) await this.reclaim();
    return found;
  }

  private async claimOnLiveLease(member: Member, again: boolean): Promise<boolean> {
    try {
      return await this.claim(member, again);
    } catch (error) {
      if (!(error instanceof Fenced) || error instanceof Gone) throw error;
      await this.reclaim();
      return this.claim(member, again);
    }
  }

  private async claim(member: Member, again: boolean): Promise<boolean> {
    const { names } = this.options.store;
    const { key, shown, skeleton } = member.name;
    const { joinTime, bot } = member.person;
    const value: ClaimValue = { nickname: shown, joinTime, ...(bot && { bot }) };
    const lease = await this.begin();
    const claim = () =>
      names
        .claim(lease, key, member.id, JSON.stringify(value), { skeleton, again })
        .catch((error: unknown) => {
          // It may have been made all the same.
          if (this.options.store.shared && error instanceof Unavailable) this.uncertain.add(member);
          throw error;
        });
    let result = await claim();
    if (!result.ok && this.isOrphaned(result.held, lease)) {
      await this.releaseClaim(result.held);
      result = await claim();
    }
    if (!result.ok) return false;
    const { token, visit } = result.claim;
    this.adopt(member, result.claim);
    // A first claim: nothing was appended before.
    if (token === visit) member.appliedToken = token;
    return true;
  }

  private async begin(): Promise<string> {
    this.lease ??= this.options.store.names.lease(this.ttlMs);
    try {
      this.leaseId = await this.lease;
      return this.leaseId;
    } catch (error) {
      this.lease = undefined;
      throw error;
    }
  }

  /** Whether it is a claim of ours whose Login failed with the store unavailable. */
  private isOrphaned({ announced, holder, lease }: Claim, ours: string): boolean {
    if (announced || lease !== ours) return false;
    for (const member of this.options.members()) if (member.id === holder) return false;
    return true;
  }

  /** Throws `fenced` if the name is no longer the member's. */
  private async regain(member: Member, fenced: Fenced): Promise<void> {
    const held = await this.find(member.name.key);
    if (held?.holder !== member.id) throw fenced;
    if (held.live) this.adopt(member, held);
    else if (this.options.store.shared) await this.takeOver(member);
    else await this.reclaim();
  }

  /** Our lease has ended: begins another and claims all names again that were on it, once for all callers. */
  private reclaim(): Promise<void> {
    this.reclaiming ??= (async () => {
      const ended = this.leaseId;
      this.lease = undefined;
      for (const member of this.options.members())
        if (member.token > 0 && (await this.isStillOn(member, ended))) await this.reclaimOf(member);
    })().finally(() => {
      this.reclaiming = undefined;
    });
    return this.reclaiming;
  }

  /** An embedded store has no other process that could have taken the claim over. */
  private async isStillOn(member: Member, ended: string): Promise<boolean> {
    if (!this.options.store.shared) return true;
    if (member.lease !== ended) return false;
    const held = await this.find(member.name.key);
    if (held?.holder === member.id && held.lease === ended) return true;
    this.moved(member);
    return false;
  }

  private async reclaimOf(member: Member): Promise<void> {
    try {
      await this.claim(member, this.options.store.shared);
    } catch (error) {
      // It has left meanwhile, on behalf of this process.
      if (!(error instanceof Gone)) throw error;
      this.moved(member);
    }
  }
}
