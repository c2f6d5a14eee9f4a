import { type RoomContext, recordOf } from "../context.js";
import type { EndReason } from "../errors.js";
import type { Member } from "../members/member.js";
import { Fenced } from "../ports.js";
import { refuseStoreErrors } from "./guards.js";

/** The end of a stay, by Logout or for lack of any sign of life: announced once, and the name is free. */
export async function logout(context: RoomContext, member: Member, reason: EndReason): Promise<void> {
  if (member.stage !== "present") return;
  const { observe, sessions } = context;
  member.stage = "leaving";
  try {
    await refuseStoreErrors(announceLeft(context, member));
  } catch (error) {
    if (member.stage === "leaving") member.stage = "present";
    throw error;
  }
  for (const feed of [...member.feeds]) feed.end(reason);
  // From here on the session authenticates no member; what remains of it in the store expires.
  await sessions.end(member.id).catch((error: unknown) => {
    observe({ kind: "member_write_failed", step: "session_end", error });
  });
}

async function announceLeft(context: RoomContext, member: Member): Promise<void> {
  const { leases, roster, tailer } = context;
  const { record } = recordOf(context, { kind: "left", user: member.person });
  const key = `left:${member.name.key}:${member.stay}`;
  try {
    await tailer.until(await leases.append(member, record, { key, then: "release", notice: true }));
  } catch (error) {
    if (!(error instanceof Fenced)) throw error;
    // The store no longer has this stay, so there is no leaving to announce.
    roster.remove(member);
  }
}
