import type { RoomContext } from "../context.js";
import { Refusal } from "../errors.js";
import type { Actions } from "./acting/actions.js";
import {
  type Actor,
  checkDuration,
  checkLine,
  current,
  findOne,
  requireHigher,
  requireRole,
  type Target,
} from "./acting/target.js";
import { participantOf } from "./kick.js";
import { type Mute, muteKey } from "./order.js";

export interface MuteRequest extends Target {
  /** 0: ends the mute. Undefined is refused. */
  readonly durationMs: number | undefined;
  readonly reason: string;
}

/** Mute: a person can write to moderators alone, for some time. */
export async function mute(
  context: RoomContext,
  actions: Actions,
  actor: Actor,
  request: MuteRequest,
): Promise<void> {
  const { durationMs, reason } = request;
  requireRole(actor, "MODERATOR");
  checkLine("reason", reason);
  if (durationMs === undefined) throw new Refusal("REQUEST_INVALID", { field: "duration", rule: "missing" });
  checkDuration("duration", durationMs, 0);
  await actions.inTurn(async () => {
    await current(context);
    const aim = await findOne(context, request);
    requireHigher(actor, aim);
    const { clock, order } = context;
    const key = muteKey(aim.id);
    const { version } = await order.stored.read(key);
    const person = participantOf(aim);
    if (durationMs > 0) {
      const until = clock.now() + durationMs;
      const json: Mute = { userId: aim.id, reason, until };
      await actions.perform(actor, {
        action: "MUTE",
        person,
        reason,
        until,
        write: { key, json, version, until },
      });
    } else if (order.muteOf(aim.id))
      await actions.perform(actor, {
        action: "UNMUTE",
        person,
        reason,
        write: { key, json: undefined, version },
      });
  });
}
