import type { RoomContext } from "../context.js";
import { type Actor, current, requireRole } from "./acting/target.js";
import type { Ban } from "./state/bans.js";
import { newestFirst, type Page, type PageRequest } from "./state/newest-first.js";

/** ListBans: the bans in force, the newest first. */
export async function listBans(context: RoomContext, actor: Actor, request: PageRequest): Promise<Page<Ban>> {
  requireRole(actor, "MODERATOR");
  await current(context);
  return newestFirst(context.order.bans.inForce(context.clock.now()), request);
}
