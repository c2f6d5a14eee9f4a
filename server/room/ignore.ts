import { answered, charge, checkRequestId } from "./answers.js";
import type { Member, Toggled } from "./member.js";
import type { EventLog } from "./ports.js";
import { readRecord, writeRecord } from "./record.js";
import type { RoomParts } from "./verbs.js";

type Parts = Pick<RoomParts, "applied" | "claims" | "clock" | "encode" | "sessions"> & {
  readonly log: EventLog;
};

/** The member's switch for group messages. `wanted` undefined: the other state than now. */
export function createSetIgnoring(parts: Parts) {
  const { applied, claims, clock, encode, log, sessions } = parts;

  async function toggle(member: Member, wanted: boolean | undefined, requestId: string): Promise<Toggled> {
    const ignoring = wanted ?? !member.ignore.now;
    if (ignoring === member.ignore.now) return { ignoring, skipped: 0 };
    charge(member, clock.monotonic());
    const record = writeRecord({ kind: "ignore_changed", memberId: member.id, ignoring }, encode);
    const key = requestId === "" ? {} : { key: `ignore:${member.id}:${requestId}` };
    const placed = await claims.append(member, record, key);
    if (placed.duplicate) {
      member.flood.giveBack();
      // The first try was answered by an earlier process of this server: its answer is in the log.
      const before = { epoch: placed.epoch, seq: placed.seq - 1 };
      const [entry] = (await log.read(before, 1)).entries;
      const was = entry ? readRecord(entry.data).kind === "ignore_on" : member.ignore.now;
      return { ignoring: was, skipped: member.ignore.skippedBefore(placed.seq) };
    }
    await applied(placed);
    await sessions.keepMember(member.id, { fed: member.fed, ignoring });
    return { ignoring, skipped: member.ignore.skippedBefore(placed.seq) };
  }

  return async (member: Member, wanted: boolean | undefined, requestId: string): Promise<Toggled> => {
    checkRequestId(requestId);
    const work = () => answered(toggle(member, wanted, requestId));
    return (await member.toggled.once(requestId, clock.monotonic(), work)).answer;
  };
}
