import type { EndReason } from "../errors.js";
import { writeRecord } from "../log/record.js";
import type { Member } from "../members/member.js";
import { Fenced } from "../ports.js";
import type { RoomParts } from "./parts.js";
import { answered } from "./requests.js";

type Parts = Pick<RoomParts, "applied" | "leases" | "encode" | "observe" | "roster" | "sessions">;

/** The way out, by Logout or for lack of a sign of life: told once, and the name is free. */
export function createLeave({ applied, leases, encode, observe, roster, sessions }: Parts) {
  async function announce(member: Member): Promise<void> {
    const record = writeRecord({ kind: "left", user: member.person, online: roster.expected }, encode);
    const key = `left:${member.name.key}:${member.stay}`;
    try {
      await applied(await leases.append(member, record, { key, then: "release" }));
    } catch (error) {
      if (!(error instanceof Fenced)) throw error;
      // The store knows nothing of this stay any more: there is nobody whose leaving could be told.
      roster.remove(member);
    }
  }

  return async (member: Member, reason: EndReason): Promise<void> => {
    if (member.stage !== "present") return;
    member.stage = "leaving";
    roster.expected--;
    try {
      await answered(announce(member));
    } catch (error) {
      if (member.stage === "leaving") {
        member.stage = "present";
        roster.expected++;
      }
      throw error;
    }
    for (const end of [...member.feeds]) end(reason);
    // The session stands for nobody from here on; what stays of it in the store only expires later.
    await sessions.end(member.id).catch((error: unknown) => {
      observe({ kind: "member_write_failed", step: "session_end", error });
    });
  };
}
