import type { RoomContext } from "../context.js";
import { readRecord, writeRecord } from "../log/record.js";
import type { Member, Toggled } from "../members/member.js";
import { type Appended, type EventLog, PositionLost } from "../ports.js";
import { chargeRateLimit, checkRequestId, refuseStoreErrors } from "./guards.js";

/** ToggleIgnore: whether the member ignores group messages. `wanted` undefined: the opposite of now. */
export async function toggleIgnore(
  context: RoomContext,
  member: Member,
  wanted: boolean | undefined,
  requestId: string,
): Promise<Toggled> {
  checkRequestId(requestId);
  const nowMs = context.clock.monotonic();
  const work = () => refuseStoreErrors(toggle(context, member, wanted, requestId));
  return (await member.toggles.once(requestId, nowMs, work)).result;
}

async function toggle(
  { clock, encode, leases, log, sessions, tailer }: RoomContext,
  member: Member,
  wanted: boolean | undefined,
  requestId: string,
): Promise<Toggled> {
  chargeRateLimit(member, clock.monotonic());
  const ignoring = wanted ?? !member.ignore.now;
  const key = requestId === "" ? undefined : `ignore:${member.id}:${requestId}`;
  if (ignoring === member.ignore.now) {
    const earlier = key === undefined ? undefined : await leases.appendedBefore(member, key);
    return earlier ? firstResult(log, member, earlier, ignoring) : { ignoring, skipped: 0 };
  }
  const record = writeRecord({ kind: "ignore_changed", memberId: member.id, ignoring }, encode);
  const appended = await leases.append(member, record, key === undefined ? {} : { key });
  if (appended.duplicate) return firstResult(log, member, appended, wanted ?? member.ignore.now);
  await tailer.until(appended);
  await sessions.writeMember(member.id, { hadFeed: member.hadFeed, ignoring });
  return { ignoring, skipped: member.ignore.skippedBefore(appended.seq) };
}

/** The result of a first call that an earlier process served. `likely`: the state if the toggle is no longer kept. */
async function firstResult(
  log: EventLog,
  member: Member,
  appended: Appended,
  likely: boolean,
): Promise<Toggled> {
  member.rateLimiter.refund();
  return {
    ignoring: (await stateAt(log, appended)) ?? likely,
    skipped: member.ignore.skippedBefore(appended.seq),
  };
}

/** The state that the toggle at this position set; undefined once it is trimmed. */
async function stateAt(log: EventLog, { epoch, seq }: Appended): Promise<boolean | undefined> {
  try {
    const [entry] = (await log.read({ epoch, seq: seq - 1 }, 1)).entries;
    return entry && readRecord(entry.data).kind === "ignore_on";
  } catch (error) {
    if (error instanceof PositionLost) return undefined;
    throw error;
  }
}
