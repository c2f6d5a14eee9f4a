import type { Claim, ClaimResult, Fence } from "../../room/ports.js";
import { Fenced } from "../../room/ports.js";
import type { StoredClaim } from "../fence.js";
import { checkFence } from "../fence.js";
import type { Leases } from "../leases.js";

export interface MemoryNames {
  claim(lease: string, name: string, holder: string, value: string): ClaimResult;
  release(name: string, token: number): boolean;
  find(name: string): Claim | null;
  claims(): readonly Claim[];
  /** Checks an append's fence and applies its `then`. Throws Fenced. */
  pass(fence: Fence): void;
}

export function createMemoryNames(leases: Leases, nextToken: () => number): MemoryNames {
  const held = new Map<string, StoredClaim>();
  const show = (claim: StoredClaim): Claim => ({ ...claim, live: leases.lives(claim.lease) });

  return {
    claim(lease, name, holder, value) {
      if (!leases.lives(lease)) throw new Fenced("the lease has ended");
      const before = held.get(name);
      if (before && before.holder !== holder) return { ok: false, held: show(before) };
      const token = nextToken();
      const claim = {
        name,
        holder,
        value,
        lease,
        token,
        visit: before?.visit ?? token,
        announced: before?.announced ?? false,
      };
      held.set(name, claim);
      return { ok: true, claim: show(claim) };
    },
    release(name, token) {
      return held.get(name)?.token === token && held.delete(name);
    },
    find(name) {
      const claim = held.get(name);
      return claim ? show(claim) : null;
    },
    claims() {
      return [...held.values()].map(show);
    },
    pass(fence) {
      const claim = held.get(fence.name);
      checkFence(fence, claim, claim !== undefined && leases.lives(claim.lease));
      if (fence.then === "release") held.delete(fence.name);
      if (fence.then === "announce" && claim && !claim.announced) {
        held.set(fence.name, { ...claim, announced: true });
      }
    },
  };
}
