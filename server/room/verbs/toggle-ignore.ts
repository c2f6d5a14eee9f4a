import { readRecord, writeRecord } from "../log/record.js";
import type { Member, Toggled } from "../members/member.js";
import { type Appended, type EventLog, PositionLost } from "../ports.js";
import type { RoomParts } from "./parts.js";
import { answered, charge, checkRequestId } from "./requests.js";

type Parts = Pick<RoomParts, "applied" | "leases" | "clock" | "encode" | "sessions"> & {
  readonly log: EventLog;
};

/** The member's switch for group messages. `wanted` undefined: the other state than now. */
export function createSetIgnoring(parts: Parts) {
  const { applied, leases, clock, encode, log, sessions } = parts;

  async function toggle(member: Member, wanted: boolean | undefined, requestId: string): Promise<Toggled> {
    charge(member, clock.monotonic());
    const ignoring = wanted ?? !member.ignore.now;
    const key = requestId === "" ? undefined : `ignore:${member.id}:${requestId}`;
    if (ignoring === member.ignore.now) {
      const earlier = key === undefined ? undefined : await leases.appendedBefore(member, key);
      return earlier ? firstAnswer(member, earlier, ignoring) : { ignoring, skipped: 0 };
    }
    const record = writeRecord({ kind: "ignore_changed", memberId: member.id, ignoring }, encode);
    const placed = await leases.append(member, record, key === undefined ? {} : { key });
    if (placed.duplicate) return firstAnswer(member, placed, wanted ?? member.ignore.now);
    await applied(placed);
    await sessions.writeMember(member.id, { hadFeed: member.hadFeed, ignoring });
    return { ignoring, skipped: member.ignore.skippedBefore(placed.seq) };
  }

  /** The first try was answered by an earlier process of this server. `likely`: the answer if it is no longer kept. */
  async function firstAnswer(member: Member, placed: Appended, likely: boolean): Promise<Toggled> {
    member.rateLimiter.refund();
    return {
      ignoring: (await stateAt(placed)) ?? likely,
      skipped: member.ignore.skippedBefore(placed.seq),
    };
  }

  /** What the toggle at this place brought about; undefined once it is trimmed. */
  async function stateAt({ epoch, seq }: Appended): Promise<boolean | undefined> {
    try {
      const [entry] = (await log.read({ epoch, seq: seq - 1 }, 1)).entries;
      return entry && readRecord(entry.data).kind === "ignore_on";
    } catch (error) {
      if (error instanceof PositionLost) return undefined;
      throw error;
    }
  }

  return async (member: Member, wanted: boolean | undefined, requestId: string): Promise<Toggled> => {
    checkRequestId(requestId);
    const work = () => answered(toggle(member, wanted, requestId));
    return (await member.toggles.once(requestId, clock.monotonic(), work)).result;
  };
}
