import type { RoomContext } from "../context.js";
import { messagesSince } from "../log/erase.js";
import type { Actions } from "./acting/actions.js";
import {
  type Actor,
  checkDuration,
  checkLine,
  current,
  find,
  requireHigher,
  requireRole,
  type Target,
  userNotFound,
} from "./acting/target.js";

export interface EraseRequest extends Target {
  /** Messages of this time up to now. */
  readonly sinceMs: number;
  readonly reason: string;
}

/** Erase: voids what a person has sent, who may have left. Returns the number of messages. */
export async function eraseMessages(
  context: RoomContext,
  actions: Actions,
  actor: Actor,
  request: EraseRequest,
): Promise<number> {
  const { sinceMs, reason, userId } = request;
  requireRole(actor, "MODERATOR");
  checkLine("reason", reason);
  checkDuration("since", sinceMs);
  return actions.inTurn(async () => {
    await current(context);
    const aim = await find(context, request);
    if (!aim && userId === "") throw userNotFound(request);
    requireHigher(actor, aim ?? { id: userId, role: undefined });
    const senderId = aim?.id ?? userId;
    const since = context.clock.now() - sinceMs;
    const [found] = await messagesSince(context, senderId, since);
    if (!found) return 0;
    const nickname = aim?.nickname ?? context.decodeDetails(found.record).sender;
    return actions.perform(actor, {
      action: "ERASE",
      person: { id: senderId, nickname },
      reason,
      erases: { senderId, since },
    });
  });
}
