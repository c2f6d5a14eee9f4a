import { type Appended, type Claim, Fenced, type Store } from "../ports.js";
import type { Member } from "./member.js";

/** The value of a claim: what a restarted server has to know of its holder. */
interface ClaimValue {
  readonly nickname: string;
  readonly joinTime: number;
}

/** A claim that an earlier process left in the store. */
export interface LeftBehind extends ClaimValue {
  readonly claim: Claim;
}

/** Holds no name: fencing tokens are larger. */
const NO_TOKEN = 0;
const NO_DATA = new Uint8Array();

/**
 * This process's claims on its members' names. An embedded store has one process, so the lease does not end while the
 * store is open; when the store was reopened, all names are claimed again before any caller gets a result.
 */
export class NameLeases {
  private lease: Promise<string> | undefined;
  private reclaiming: Promise<void> | undefined;

  constructor(
    private readonly store: Pick<Store, "names" | "log">,
    private readonly members: () => Iterable<Member>,
  ) {}

  /** Claims the member's name; returns whether it was free. */
  async acquire(member: Member): Promise<boolean> {
    try {
      return await this.claim(member);
    } catch (error) {
      if (!(error instanceof Fenced)) throw error;
      await this.reclaim();
      return this.claim(member);
    }
  }

  /** Appends on behalf of the member, fenced: only while the member holds its name. */
  async append(
    member: Member,
    data: Uint8Array,
    options: { key?: string; tag?: string; then?: "announce" | "release"; notice?: boolean } = {},
  ): Promise<Appended> {
    const { key, tag, then, notice = false } = options;
    const once = () =>
      this.store.log.append(data, {
        ...(key !== undefined && { key }),
        ...(tag !== undefined && { tag }),
        notice,
        fence: { name: member.name.key, token: member.token, ...(then && { then }) },
      });
    try {
      return await once();
    } catch (error) {
      if (!(error instanceof Fenced)) throw error;
      await this.renewToken(member, error);
      return once();
    }
  }

  /** What an earlier append with this key returned; undefined if there was none. */
  async appendedBefore(member: Member, key: string): Promise<Appended | undefined> {
    try {
      // The log looks up the key before it checks the fence (promise L3), and this fence admits nothing.
      const fence = { name: member.name.key, token: NO_TOKEN };
      return await this.store.log.append(NO_DATA, { key, fence });
    } catch (error) {
      if (error instanceof Fenced) return undefined;
      throw error;
    }
  }

  async release(member: Member): Promise<void> {
    await this.store.names.release(member.name.key, member.token);
  }

  async releaseClaim(claim: Claim): Promise<void> {
    await this.store.names.release(claim.name, claim.token);
  }

  async leftBehind(): Promise<LeftBehind[]> {
    return (await this.store.names.claims()).map((claim) => ({
      claim,
      ...(JSON.parse(claim.value) as ClaimValue),
    }));
  }

  private async claim(member: Member): Promise<boolean> {
    this.lease ??= this.store.names.lease(Number.POSITIVE_INFINITY);
    const value: ClaimValue = { nickname: member.name.shown, joinTime: member.person.joinTime };
    const lease = await this.lease.catch((error) => {
      this.lease = undefined;
      throw error;
    });
    const claim = () => this.store.names.claim(lease, member.name.key, member.id, JSON.stringify(value));
    let result = await claim();
    if (!result.ok && this.isOrphaned(result.held, lease)) {
      await this.releaseClaim(result.held);
      result = await claim();
    }
    if (!result.ok) return false;
    member.token = result.claim.token;
    member.stay = result.claim.visit;
    return true;
  }

  /** Whether it is a claim of ours whose Login failed with the store unavailable. */
  private isOrphaned({ announced, holder, lease }: Claim, ours: string): boolean {
    if (announced || lease !== ours) return false;
    for (const member of this.members()) if (member.id === holder) return false;
    return true;
  }

  /** Throws `fenced` if the name is no longer the member's. */
  private async renewToken(member: Member, fenced: Fenced): Promise<void> {
    const held = await this.store.names.find(member.name.key);
    if (held?.holder !== member.id) throw fenced;
    if (held.live) member.token = held.token;
    else await this.reclaim();
  }

  /** The store was reopened and our claims are dead: claims all members' names again, once for all callers. */
  private reclaim(): Promise<void> {
    this.reclaiming ??= (async () => {
      this.lease = undefined;
      for (const member of this.members()) if (member.token > 0) await this.claim(member);
    })().finally(() => {
      this.reclaiming = undefined;
    });
    return this.reclaiming;
  }
}
