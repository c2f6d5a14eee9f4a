import { type RoomContext, recordOf } from "../context.js";
import { readRecord } from "../log/record.js";
import { keyOf, readTag, writeTag } from "../members/idempotency.js";
import type { Member, Toggled } from "../members/member.js";
import { type Appended, type EventLog, PositionLost } from "../ports.js";
import { chargeRateLimit, checkRequestId, refuseStoreErrors } from "./guards.js";
import { contentOf } from "./message.js";

/** ToggleIgnore: whether the member ignores group messages. `wanted` undefined: the opposite of now. */
export async function toggleIgnore(
  context: RoomContext,
  member: Member,
  wanted: boolean | undefined,
  requestId: string,
): Promise<Toggled> {
  checkRequestId(requestId);
  const content = contentOf(context, requestId, ["ToggleIgnore", `${wanted}`]);
  const work = () => refuseStoreErrors(toggle(context, member, wanted, { requestId, content }));
  return (await member.requests.once(requestId, content, context.clock.monotonic(), work)).result;
}

async function toggle(
  context: RoomContext,
  member: Member,
  wanted: boolean | undefined,
  { requestId, content }: { readonly requestId: string; readonly content: string },
): Promise<Toggled> {
  const { clock, leases, log, sessions, tailer } = context;
  chargeRateLimit(member, clock.monotonic());
  const waiting = context.caughtUp();
  if (waiting) await waiting;
  const ignoring = wanted ?? !member.ignore.now;
  const key = keyOf(member.id, requestId);
  if (ignoring === member.ignore.now) {
    const earlier = key === undefined ? undefined : await leases.appendedBefore(member, key);
    if (!earlier) return { ignoring, skipped: 0 };
    readTag(earlier.tag, content);
    return firstResult(log, member, earlier, ignoring);
  }
  const { record, nonce } = recordOf(context, { kind: "ignore_changed", memberId: member.id, ignoring });
  const tag = writeTag({ content, nonce, recipientId: "" });
  // Another process that has not seen this toggle yet is refused by the store, and looks again before it sends a message.
  const then = context.shared && ({ then: "renew" } as const);
  const write = () => ({ data: record, notice: true, ...(key && { key, tag }), ...then });
  const appended = await leases.append(member, write);
  if (appended.duplicate) {
    readTag(appended.tag, content);
    return firstResult(log, member, appended, wanted ?? member.ignore.now);
  }
  await tailer.until(appended);
  await sessions.writeMember(member.id, { ...member.state, ignoring });
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
