import type { Claim, Fence } from "../room/ports.js";
import { Fenced } from "../room/ports.js";

/** A claim as stored, without the state of its lease. */
export type StoredClaim = Omit<Claim, "live">;

/** Throws Fenced unless the claim permits the append (promise L4). `live`: its lease has not ended. */
export function checkFence(fence: Fence, claim: StoredClaim | undefined, live: boolean): void {
  if (claim?.token !== fence.token) throw new Fenced("the name has passed to another token");
  if (!live && fence.then !== "release") throw new Fenced("the lease has ended");
}
