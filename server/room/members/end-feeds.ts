import type { RoomContext } from "../context.js";
import type { EndReason } from "../errors.js";
import type { Clock } from "../ports.js";
import type { Member } from "./member.js";

/** Over this time, so that the readers of a large room do not arrive at another server in one moment. */
const SPREAD_MS = 2_000;
const STEP_MS = 50;

/** Ends the feeds that are open, the first at once and all of them within two seconds, as long as `goesOn`. */
export async function endFeeds(
  members: Iterable<Member>,
  reason: EndReason,
  clock: Clock,
  goesOn: () => boolean = () => true,
): Promise<void> {
  const open = [...members].flatMap(({ feeds }) => [...feeds]);
  const perStep = Math.ceil(open.length / (SPREAD_MS / STEP_MS));
  for (let ended = 0; ended < open.length; ended += perStep) {
    if (ended > 0) await new Promise<void>((resolve) => clock.after(STEP_MS, resolve));
    if (!goesOn()) return;
    for (const feed of open.slice(ended, ended + perStep)) feed.end(reason);
  }
}

/** Ends what a member has here whose stay was ended elsewhere. */
export function dismiss(
  { sessions }: Pick<RoomContext, "sessions">,
  member: Member,
  reason: EndReason,
): void {
  for (const feed of [...member.feeds]) feed.end(reason);
  sessions.forget(member.id);
}
