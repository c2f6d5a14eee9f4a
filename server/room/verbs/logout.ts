import { type RoomContext, recordOf } from "../context.js";
import type { EndReason } from "../errors.js";
import type { Member } from "../members/member.js";
import { Fenced } from "../ports.js";
import { unsettledAnnouncement } from "./announce.js";
import { refuseStoreErrors } from "./guards.js";

/** Messages that one `undelivered` names at most. */
const MAX_MESSAGE_IDS = 100;

/**
 * The end of a stay, by Logout or for lack of any sign of life: announced once if its beginning was, and the name is free.
 * The senders of private messages that no feed of the member has been written learn of it.
 */
export async function logout(context: RoomContext, member: Member, reason: EndReason): Promise<void> {
  const { observe, sessions } = context;
  for (let unsettled = unsettledAnnouncement(context, member); unsettled; ) {
    await refuseStoreErrors(unsettled);
    unsettled = unsettledAnnouncement(context, member);
  }
  if (!member.isLoggedIn) return;
  const { stage } = member;
  member.stage = "leaving";
  try {
    await refuseStoreErrors(stage === "silent" ? release(context, member) : leave(context, member));
  } catch (error) {
    if (member.stage === "leaving") member.stage = stage;
    throw error;
  }
  for (const feed of [...member.feeds]) feed.end(reason);
  // From here on the session authenticates no member; what remains of it in the store expires.
  await sessions.end(member.id).catch((error: unknown) => {
    observe({ kind: "member_write_failed", step: "session_end", error });
  });
}

/** The room never knew of the member. A release that is repeated changes nothing. */
async function release({ leases, presence, roster }: RoomContext, member: Member): Promise<void> {
  await leases.release(member);
  presence.forget(member);
  roster.remove(member);
}

async function leave(context: RoomContext, member: Member): Promise<void> {
  const settled = member.settled();
  if (settled) await settled;
  await announceLeft(context, member);
}

async function announceLeft(context: RoomContext, member: Member): Promise<void> {
  const { leases, roster, tailer } = context;
  const { record } = recordOf(context, { kind: "left", user: member.person });
  const key = `left:${member.name.key}:${member.stay}`;
  try {
    // What an open feed is about to be written is no longer unwritten. A flush is for all feeds, so only then.
    if (member.unwritten.size > 0) for (const feed of member.feeds) feed.flush();
    if (member.unwritten.size > 0) await reportUndelivered(context, member);
    await tailer.until(await leases.append(member, record, { key, then: "release", notice: true }));
  } catch (error) {
    if (!(error instanceof Fenced)) throw error;
    // The store no longer has this stay, so there is no leaving to announce.
    roster.remove(member);
  }
}

/**
 * Appends what the senders learn who are still in the room, before `left`: if that fails or the process ends between the
 * two, the stay goes on and all of it is repeated, with the same keys.
 */
async function reportUndelivered(context: RoomContext, member: Member): Promise<void> {
  const { leases, roster } = context;
  const messages = member.unwritten.all();
  const appending: Promise<unknown>[] = [];
  for (const [senderId, ofSender] of Map.groupBy(messages, (message) => message.senderId)) {
    if (roster.find(senderId)?.stage !== "present") continue;
    for (let from = 0; from < ofSender.length; from += MAX_MESSAGE_IDS) {
      const messageIds = ofSender.slice(from, from + MAX_MESSAGE_IDS).map(({ id }) => id);
      const event = { kind: "undelivered", senderId, recipient: member.participant, messageIds } as const;
      const { record } = recordOf(context, event);
      appending.push(leases.append(member, record, { key: `undelivered:${messageIds[0]}`, notice: true }));
    }
  }
  await Promise.all(appending);
  member.unwritten.reported(messages.map(({ seq }) => seq));
}
