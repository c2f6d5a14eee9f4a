import type { RoomContext } from "../context.js";
import type { EndReason } from "../errors.js";
import { writeRecord } from "../log/record.js";
import type { Member } from "../members/member.js";
import { Fenced } from "../ports.js";
import { refuseStoreErrors } from "./guards.js";

/** The end of a stay, by Logout or for lack of any sign of life: announced once, and the name is free. */
export async function logout(context: RoomContext, member: Member, reason: EndReason): Promise<void> {
  if (member.stage !== "present") return;
  const { observe, roster, sessions } = context;
  member.stage = "leaving";
  roster.expected--;
  try {
    await refuseStoreErrors(announceLeft(context, member));
  } catch (error) {
    if (member.stage === "leaving") {
      member.stage = "present";
      roster.expected++;
    }
    throw error;
  }
  for (const feed of [...member.feeds]) feed.end(reason);
  // From here on the session authenticates no member; what remains of it in the store expires.
  await sessions.end(member.id).catch((error: unknown) => {
    observe({ kind: "member_write_failed", step: "session_end", error });
  });
}

async function announceLeft({ encode, leases, roster, tailer }: RoomContext, member: Member): Promise<void> {
  const record = writeRecord({ kind: "left", user: member.person, online: roster.expected }, encode);
  const key = `left:${member.name.key}:${member.stay}`;
  try {
    await tailer.until(await leases.append(member, record, { key, then: "release", notice: true }));
  } catch (error) {
    if (!(error instanceof Fenced)) throw error;
    // The store no longer has this stay, so there is no leaving to announce.
    roster.remove(member);
  }
}
