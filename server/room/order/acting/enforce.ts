/** What follows an action later: in other processes, once its event is delivered there, and when a stay has ended. */
import type { RoomContext } from "../../context.js";
import type { Member } from "../../members/member.js";
import { muteKey } from "../order.js";
import type { Ban } from "../state/bans.js";
import { bannedMembers, removeMembers } from "./remove.js";

/** Ends the stays of those who are here and whom another process has banned. */
export function enforceBan(context: RoomContext, ban: Ban): void {
  const { background, observe } = context;
  const members = bannedMembers(context, ban);
  if (members.length === 0) return;
  background.add(
    removeMembers(context, members, "BANNED", ban).catch((error: unknown) => {
      observe({ kind: "member_write_failed", step: "left", error });
    }),
  );
}

type MuteContext = Pick<RoomContext, "background" | "observe" | "order" | "registrations" | "roster">;

/** The mute of a guest ends with the stay. */
export function endMuteOf(context: MuteContext, { id }: Member): void {
  const { order, registrations } = context;
  if (!registrations.byId(id) && order.forgetMute(id)) deleteMutes(context, [id]);
}

/** Ends the mutes of guests whose stay ended while no process was there to see it. */
export function dropMutes(context: MuteContext): void {
  const { order, registrations, roster } = context;
  const gone = order.mutesWithout(
    (id) => roster.find(id) !== undefined || registrations.byId(id) !== undefined,
  );
  for (const id of gone) order.forgetMute(id);
  deleteMutes(context, gone);
}

/** Best effort: what remains expires. */
function deleteMutes({ background, observe, order }: MuteContext, ids: readonly string[]): void {
  if (ids.length === 0) return;
  background.add(
    order.stored.delete(...ids.map(muteKey)).catch((error: unknown) => {
      observe({ kind: "member_write_failed", step: "member_record", error });
    }),
  );
}
