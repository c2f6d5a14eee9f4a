import type { RoomContext } from "../context.js";
import type { Actions } from "./acting/actions.js";
import {
  type Actor,
  type Aim,
  checkDuration,
  checkLine,
  current,
  findOne,
  requireHigher,
  requireRole,
  type Target,
  userNotFound,
} from "./acting/target.js";

export interface KickRequest extends Target {
  readonly reason: string;
  /** Also erases what the person sent within this time; 0: nothing. */
  readonly eraseSinceMs: number;
}

/** Kick: ends the stay of a member, who may log in again. */
export async function kick(
  context: RoomContext,
  actions: Actions,
  actor: Actor,
  request: KickRequest,
): Promise<void> {
  const { reason, eraseSinceMs } = request;
  requireRole(actor, "MODERATOR");
  checkLine("reason", reason);
  checkDuration("erase_since", eraseSinceMs, 0);
  await actions.inTurn(async () => {
    await current(context);
    const aim = await findOne(context, request);
    requireHigher(actor, aim);
    if (!aim.member) throw userNotFound(request);
    await actions.perform(actor, {
      action: "KICK",
      person: participantOf(aim),
      reason,
      removes: "REMOVED",
      ...erases(context, aim, eraseSinceMs),
    });
  });
}

export const participantOf = ({ id, nickname }: Aim) => ({ id, nickname });

/** What of an action erases the messages of a person. */
export function erases({ clock }: RoomContext, { id }: Pick<Aim, "id">, sinceMs: number) {
  return sinceMs > 0 ? { erases: { senderId: id, since: clock.now() - sinceMs } } : {};
}
