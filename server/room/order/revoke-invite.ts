import type { RoomContext } from "../context.js";
import { Refusal } from "../errors.js";
import type { Actions } from "./acting/actions.js";
import { type Actor, current, requireRole } from "./acting/target.js";
import { inviteKey } from "./state/invites.js";
import { readSpokenId } from "./state/spoken-id.js";

/** RevokeInvite: no further Login succeeds with the invite. */
export async function revokeInvite(
  context: RoomContext,
  actions: Actions,
  actor: Actor,
  text: string,
): Promise<void> {
  const { order } = context;
  requireRole(actor, "MODERATOR");
  const id = readSpokenId(text);
  await actions.inTurn(async () => {
    await current(context);
    const invite = id === undefined ? undefined : order.invites.get(id);
    if (!invite) throw new Refusal("REQUEST_INVALID", { field: "id", rule: "not_found" });
    const key = inviteKey(invite.id);
    const { version } = await order.stored.read(key);
    await actions.perform(actor, {
      action: "REVOKE_INVITE",
      reference: invite.id,
      write: { key, json: undefined, version },
    });
  });
}
