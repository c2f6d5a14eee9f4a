import type { RoomContext } from "../context.js";
import { Refusal } from "../errors.js";
import type { Actions } from "./acting/actions.js";
import { type Actor, current, requireRole } from "./acting/target.js";
import { banKey } from "./order.js";
import { readSpokenId } from "./state/spoken-id.js";

/** Unban: lifts a ban. */
export async function unban(
  context: RoomContext,
  actions: Actions,
  actor: Actor,
  text: string,
): Promise<void> {
  const { clock, order, registrations } = context;
  requireRole(actor, "MODERATOR");
  const id = readSpokenId(text);
  await actions.inTurn(async () => {
    await current(context);
    const ban = order.bans.inForce(clock.now()).find((one) => one.id === id);
    if (!ban) throw new Refusal("REQUEST_INVALID", { field: "id", rule: "not_found" });
    const { version } = await order.stored.read(banKey(ban.id));
    const nickname = registrations.byId(ban.userId)?.name.shown ?? ban.nickname;
    await actions.perform(actor, {
      action: "UNBAN",
      ...(nickname !== "" && { person: { id: ban.userId, nickname } }),
      reference: ban.id,
      write: { key: banKey(ban.id), json: undefined, version },
    });
  });
}
