import { type Appended, type Claim, Fenced, type Store } from "../ports.js";
import type { Member } from "./member.js";

/** What a claim says of its holder, so that a restarted server knows who was here. */
interface ClaimValue {
  readonly nickname: string;
  readonly joinTime: number;
}

/** A member that an earlier process left in the store. */
export interface LeftBehind {
  readonly claim: Claim;
  readonly nickname: string;
  readonly joinTime: number;
}

/** Holds no name: tokens begin above it. */
const NO_TOKEN = 0;
const NOTHING = new Uint8Array();

/**
 * This process's hold on its members' names. The store of one process is nobody else's, so its lease never ends
 * while the store is open; when the store had to be opened anew, the names are claimed again before anything is said
 * to a caller.
 */
export class Claims {
  private lease: Promise<string> | undefined;
  private retaking: Promise<void> | undefined;

  constructor(
    private readonly store: Pick<Store, "names" | "log">,
    private readonly members: () => Iterable<Member>,
  ) {}

  /** Answers whether the name was free. */
  async take(member: Member): Promise<boolean> {
    try {
      return await this.claim(member);
    } catch (error) {
      if (!(error instanceof Fenced)) throw error;
      await this.retake();
      return this.claim(member);
    }
  }

  /** Appends in the member's name: only while the member holds it. */
  async append(
    member: Member,
    data: Uint8Array,
    options: { key?: string; then?: "announce" | "release" } = {},
  ): Promise<Appended> {
    const { key, then } = options;
    const once = () =>
      this.store.log.append(data, {
        ...(key !== undefined && { key }),
        fence: { name: member.name.key, token: member.token, ...(then && { then }) },
      });
    try {
      return await once();
    } catch (error) {
      if (!(error instanceof Fenced)) throw error;
      await this.regain(member, error);
      return once();
    }
  }

  /** What an earlier append in the member's name with this key was answered; undefined if there was none. */
  async placed(member: Member, key: string): Promise<Appended | undefined> {
    try {
      // The log looks for the key before it checks the fence (promise L3), and this fence lets nothing through.
      const fence = { name: member.name.key, token: NO_TOKEN };
      return await this.store.log.append(NOTHING, { key, fence });
    } catch (error) {
      if (error instanceof Fenced) return undefined;
      throw error;
    }
  }

  async drop(member: Member): Promise<void> {
    await this.store.names.release(member.name.key, member.token);
  }

  async leftBehind(): Promise<LeftBehind[]> {
    return (await this.store.names.claims()).map((claim) => ({
      claim,
      ...(JSON.parse(claim.value) as ClaimValue),
    }));
  }

  async release(claim: Claim): Promise<void> {
    await this.store.names.release(claim.name, claim.token);
  }

  private async claim(member: Member): Promise<boolean> {
    this.lease ??= this.store.names.lease(Number.POSITIVE_INFINITY);
    const value: ClaimValue = { nickname: member.name.shown, joinTime: member.joinTime };
    const lease = await this.lease.catch((error) => {
      this.lease = undefined;
      throw error;
    });
    const claim = () => this.store.names.claim(lease, member.name.key, member.id, JSON.stringify(value));
    let result = await claim();
    if (!result.ok && this.isForgotten(result.held, lease)) {
      await this.release(result.held);
      result = await claim();
    }
    if (!result.ok) return false;
    member.token = result.claim.token;
    member.visit = result.claim.visit;
    return true;
  }

  /** A claim of ours that was made although its Login was told that the store is unavailable. */
  private isForgotten({ announced, holder, lease }: Claim, ours: string): boolean {
    if (announced || lease !== ours) return false;
    for (const member of this.members()) if (member.id === holder) return false;
    return true;
  }

  /** Throws `fenced` if the name is no longer the member's. */
  private async regain(member: Member, fenced: Fenced): Promise<void> {
    const held = await this.store.names.find(member.name.key);
    if (held?.holder !== member.id) throw fenced;
    if (held.live) member.token = held.token;
    else await this.retake();
  }

  /** The store was opened anew and our claims are dead: once for all members, however many ask. */
  private retake(): Promise<void> {
    this.retaking ??= (async () => {
      this.lease = undefined;
      for (const member of this.members()) if (member.token > 0) await this.claim(member);
    })().finally(() => {
      this.retaking = undefined;
    });
    return this.retaking;
  }
}
