import type { Claim, Fence } from "../room/ports.js";
import { Fenced } from "../room/ports.js";
import type { Leases } from "./leases.js";

/** A claim as stored, without the state of its lease. */
export type StoredClaim = Omit<Claim, "live">;

/** Returns the claim, or throws Fenced unless it permits the append (promise L4). */
export function checkFence(fence: Fence, claim: StoredClaim | undefined, leases: Leases): StoredClaim {
  if (claim?.token !== fence.token) throw new Fenced("the name has passed to another token");
  if (fence.then !== "release" && !leases.lives(claim.lease)) throw new Fenced("the lease has ended");
  if (fence.then === "announce" && claim.announced) throw new Fenced("the claim is announced already");
  return claim;
}
