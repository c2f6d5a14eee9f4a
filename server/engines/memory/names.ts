import type { Claim, ClaimOptions, ClaimResult, Fence, Inspection } from "../../room/ports.js";
import { Fenced, Gone } from "../../room/ports.js";
import type { StoredClaim } from "../fence.js";
import { checkFence } from "../fence.js";
import { inspectLease, type Leases } from "../leases.js";

export interface MemoryNames {
  claim(lease: string, name: string, holder: string, value: string, options?: ClaimOptions): ClaimResult;
  release(name: string, token: number): boolean;
  find(name: string): Claim | null;
  claims(): readonly Claim[];
  inspect(lease: string, ttlMs: number): Inspection;
  /** Checks an append's fence and applies its `then`; returns the new token of a renewal. Throws Fenced. */
  pass(fence: Fence): number | undefined;
}

export function createMemoryNames(leases: Leases, nextToken: () => number): MemoryNames {
  const held = new Map<string, StoredClaim>();
  /** The name that has each skeleton. */
  const bySkeleton = new Map<string, string>();
  const show = (claim: StoredClaim): Claim => ({ ...claim, live: leases.lives(claim.lease) });
  const claims = () => [...held.values()].map(show);

  function deadBut(live: readonly string[]): Claim[] {
    const dead = [...held.values()].filter(({ lease }) => !live.includes(lease));
    return dead.map((claim) => ({ ...claim, live: false }));
  }

  function remove({ name, skeleton }: StoredClaim): true {
    held.delete(name);
    if (skeleton !== undefined) bySkeleton.delete(skeleton);
    return true;
  }

  /** The claim that stands against one by this holder. */
  function against(name: string, holder: string, skeleton: string | undefined): StoredClaim | undefined {
    const before = held.get(name);
    if (before && before.holder !== holder) return before;
    const alike = skeleton === undefined ? undefined : bySkeleton.get(skeleton);
    return alike === undefined || alike === name ? undefined : held.get(alike);
  }

  return {
    claim(lease, name, holder, value, { skeleton, again = false } = {}) {
      if (!leases.lives(lease)) throw new Fenced("the lease has ended");
      const before = held.get(name);
      const other = against(name, holder, skeleton);
      if (other) return { ok: false, held: show(other) };
      if (!before && again) throw new Gone();
      const token = nextToken();
      const shape = skeleton ?? before?.skeleton;
      const claim: StoredClaim = {
        name,
        holder,
        value,
        ...(shape !== undefined && { skeleton: shape }),
        lease,
        token,
        visit: before?.visit ?? token,
        announced: before?.announced ?? false,
      };
      if (before) remove(before);
      if (before && before.lease !== lease) leases.lose(before.lease, name);
      held.set(name, claim);
      if (shape !== undefined) bySkeleton.set(shape, name);
      return { ok: true, claim: show(claim) };
    },
    release(name, token) {
      const claim = held.get(name);
      return claim?.token === token && !claim.announced && remove(claim);
    },
    find(name) {
      const claim = held.get(name);
      return claim ? show(claim) : null;
    },
    claims,
    inspect: (lease, ttlMs) => inspectLease(leases, lease, ttlMs, deadBut),
    pass(fence) {
      const claim = checkFence(fence, held.get(fence.name), leases);
      if (fence.then === "release") remove(claim);
      if (fence.then === "announce") held.set(fence.name, { ...claim, announced: true });
      if (fence.then !== "renew") return undefined;
      const token = nextToken();
      held.set(fence.name, { ...claim, token });
      return token;
    },
  };
}
