import type { RoomContext } from "../context.js";
import { refuseStoreErrors } from "../verbs/guards.js";
import { type Actor, current, requireRole } from "./acting/target.js";
import type { Invite } from "./state/invites.js";
import { newestFirst, type Page, type PageRequest } from "./state/newest-first.js";

/** ListInvites: the invites that can still be used, the newest first. */
export async function listInvites(
  context: RoomContext,
  actor: Actor,
  request: PageRequest,
): Promise<Page<Invite>> {
  requireRole(actor, "MODERATOR");
  await current(context);
  // Uses at other processes are no actions, which are all that those send word of.
  if (context.shared) await refuseStoreErrors(context.order.readInvites());
  return newestFirst(context.order.invites.all(), request);
}
