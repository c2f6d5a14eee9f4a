import { type RoomContext, recordOf } from "../context.js";
import { writeEventId } from "../log/event-id.js";
import { keyOf, readTag, writeTag } from "../members/idempotency.js";
import type { Member } from "../members/member.js";
import { checkText } from "../rules/text.js";
import { chargeRateLimit, checkRequestId } from "../verbs/guards.js";
import { contentOf, type Sent } from "../verbs/message.js";
import { type Actions, KEY_TTL_MS } from "./acting/actions.js";
import { type Actor, requireRole } from "./acting/target.js";

export interface AnnounceRequest {
  readonly text: string;
  /** Empty: no retry is possible. */
  readonly requestId: string;
}

/** Announce: a message to everyone, also to those who ignore group messages. `member`: undefined for the operator. */
export async function announceText(
  context: RoomContext,
  actions: Actions,
  actor: Actor,
  member: Member | undefined,
  { text, requestId }: AnnounceRequest,
): Promise<Sent> {
  const { clock, ids, log, order, settings, tailer } = context;
  requireRole(actor, "MODERATOR");
  checkRequestId(requestId);
  checkText(text, settings);
  if (member) chargeRateLimit(member, clock.monotonic());
  if (member) order.refuseMuted(member);
  const content = contentOf(context, requestId, ["Announce", text]);
  const key = keyOf(actor.id, requestId) ?? `announce:${ids.random()}`;
  const { record, nonce } = recordOf(context, { kind: "announcement", text });
  return actions.inTurn(async () => {
    let sent: Sent | undefined;
    const begin = async () => {
      const tag = writeTag({ content, nonce, recipientId: "" });
      const appended = await log.append(record, { key, tag, keyTtlMs: KEY_TTL_MS });
      const { epoch, seq, at, duplicate } = appended;
      const first = duplicate ? readTag(appended.tag, content).nonce : nonce;
      sent = { id: writeEventId(seq, first), epoch, seq, at, duplicate, recipientId: "" };
      await tailer.until(appended);
      return !duplicate;
    };
    await actions.perform(actor, { action: "ANNOUNCE", announces: key }, begin);
    if (sent?.duplicate) member?.rateLimiter.refund();
    return sent!;
  });
}
