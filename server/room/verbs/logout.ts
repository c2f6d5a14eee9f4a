import { type RoomContext, recordOf } from "../context.js";
import type { EndReason } from "../errors.js";
import type { Member } from "../members/member.js";
import { movesTooFast, type Write } from "../members/name-leases.js";
import { isRegistration } from "../names/registrations.js";
import { Fenced } from "../ports.js";
import { unsettledAnnouncement } from "./announce.js";
import { refuseStoreErrors } from "./guards.js";

/** Messages that one `undelivered` names at most. */
const MAX_MESSAGE_IDS = 100;
/** Attempts to release a name while other processes take it over. */
const MAX_ATTEMPTS = 4;

/**
 * The end of a stay, by Logout or for lack of any sign of life: announced once if its beginning was, and the name is free.
 * The senders of private messages that no feed of the member has been written learn of it. `regain`: also if another
 * process has served the member meanwhile; otherwise the stay goes on there. Only Logout regains on a shared store.
 */
export async function logout(
  context: RoomContext,
  member: Member,
  reason: EndReason,
  { regain = true } = {},
): Promise<void> {
  while (member.leaving) await Promise.allSettled([member.leaving]);
  if (member.stage === "gone") return;
  const leaving = end(context, member, reason, regain).finally(() => {
    member.leaving = undefined;
    if (context.ending.get(member.id) === leaving) context.ending.delete(member.id);
  });
  member.leaving = leaving;
  context.ending.set(member.id, leaving);
  await leaving;
}

async function end(context: RoomContext, member: Member, reason: EndReason, regain: boolean): Promise<void> {
  const { observe, sessions } = context;
  for (let unsettled = unsettledAnnouncement(context, member); unsettled; ) {
    await refuseStoreErrors(unsettled);
    unsettled = unsettledAnnouncement(context, member);
  }
  if (!member.isLoggedIn) return;
  member.stage = "leaving";
  try {
    await refuseStoreErrors((member.isAnnounced ? leave : release)(context, member, regain, reason));
  } finally {
    // The store failed, or another process has the member.
    if (member.stage === "leaving") member.stage = member.isAnnounced ? "present" : "silent";
  }
  if (member.isLoggedIn) return;
  for (const feed of [...member.feeds]) feed.end(reason);
  // From here on the session authenticates no member; what remains of it in the store expires.
  await sessions.end(member.id, member.stay).catch((error: unknown) => {
    observe({ kind: "member_write_failed", step: "session_end", error });
  });
}

/** The room never knew of the member. A release that is repeated changes nothing. */
async function release(
  context: RoomContext,
  member: Member,
  regain: boolean,
  reason: EndReason,
): Promise<void> {
  const { caughtUp, leases, presence, roster, shared } = context;
  await leases.locate(member);
  for (let attempts = 1; !(await leases.release(member)) && shared; attempts++) {
    // Another process has taken it over, or announced it.
    await caughtUp();
    if (member.isAnnounced) return leave(context, member, regain, reason);
    leases.moved(member);
    if (!regain) return;
    if (attempts === MAX_ATTEMPTS) throw movesTooFast();
    await leases.locate(member);
  }
  presence.forget(member);
  roster.remove(member);
}

async function leave(
  context: RoomContext,
  member: Member,
  regain: boolean,
  reason: EndReason,
): Promise<void> {
  const { caughtUp, leases, shared, roster } = context;
  const settled = member.settled();
  if (settled) await settled;
  // What other processes have sent the member by now is unwritten, too.
  const waiting = caughtUp();
  if (waiting) await waiting;
  try {
    await leases.locate(member);
    await announceLeft(context, member, regain, reason);
  } catch (error) {
    if (!(error instanceof Fenced)) throw error;
    // Another process has the member, or has announced that it left.
    if (shared && !regain) leases.moved(member);
    // The store no longer has this stay, so there is no leaving to announce.
    else roster.remove(member);
  }
}

async function announceLeft(
  context: RoomContext,
  member: Member,
  regain: boolean,
  reason: EndReason,
): Promise<void> {
  const { leases, sessions, shared, tailer } = context;
  const removed = reason === "REMOVED" || reason === "BANNED" ? { removed: reason } : {};
  const { record } = recordOf(context, { kind: "left", user: member.person, ...removed });
  // What an open feed is about to be written is no longer unwritten. A flush is for all feeds, so only then.
  if (member.unwritten.size > 0) for (const feed of member.feeds) feed.flush();
  if (member.unwritten.size > 0 && shared) {
    const state = await sessions.readMember(member.id);
    member.unwritten.writtenElsewhere(state?.written ?? { upTo: 0, except: [] });
  }
  const appendFenced = (write: () => Write) => leases.append(member, write, { regain });
  // The owner of a registered nickname receives them in the next stay.
  if (member.person.registered) await noteLeft(context, member);
  else if (member.unwritten.size > 0) await reportUndelivered(context, member, appendFenced);
  const write = () =>
    ({ data: record, key: `left:${member.id}:${member.stay}`, then: "release", notice: true }) as const;
  await tailer.until(await appendFenced(write));
  if (shared && !member.person.registered && member.unwritten.size > 0) await reportLate(context, member);
}

/** What another process has sent the member between the report and `left`. The name is free, so there is no fence. */
async function reportLate(context: RoomContext, member: Member): Promise<void> {
  const { log, observe } = context;
  const append = (write: () => Write) => {
    const { data, key, notice } = write();
    return log.append(data, { ...(key !== undefined && { key }), ...(notice && { notice }) });
  };
  await reportUndelivered(context, member, append).catch((error: unknown) => {
    observe({ kind: "member_write_failed", step: "left", error });
  });
}

/** Records up to where the owner of a registered nickname has received the log, before the stay ends. */
async function noteLeft({ clock, registrations, tailer }: RoomContext, member: Member): Promise<void> {
  const { epoch, seq } = tailer.position();
  const places = [member.readTo, ...[...member.feeds].map((feed) => feed.readTo())];
  const read = places.reduce((most, place) => Math.max(most, place?.seq ?? -1), -1);
  const oldest = member.unwritten.all()[0]?.seq ?? Number.POSITIVE_INFINITY;
  await registrations.update(member.name.key, (now) => {
    if (!now || !isRegistration(now) || now.id !== member.id) return undefined;
    // A stay without a feed, of a program that only sends, received nothing.
    const reached = read >= 0 ? read : member.hadFeed || !now.left ? seq : now.left.seq;
    const left = { epoch, seq: Math.min(reached, oldest - 1, seq) };
    return { ...now, left, lastSeenAt: clock.now(), ignoring: member.ignore.now };
  });
}

/**
 * Appends what the senders learn who are still in the room, before `left`: if that fails or the process ends between the
 * two, the stay goes on and all of it is repeated, with the same keys.
 */
async function reportUndelivered(
  context: RoomContext,
  member: Member,
  append: (write: () => Write) => Promise<unknown>,
): Promise<void> {
  const { roster } = context;
  const messages = member.unwritten.all();
  const appending: Promise<unknown>[] = [];
  for (const [senderId, ofSender] of Map.groupBy(messages, (message) => message.senderId)) {
    if (roster.find(senderId)?.stage !== "present") continue;
    for (let from = 0; from < ofSender.length; from += MAX_MESSAGE_IDS) {
      const messageIds = ofSender.slice(from, from + MAX_MESSAGE_IDS).map(({ id }) => id);
      const event = { kind: "undelivered", senderId, recipient: member.participant, messageIds } as const;
      const { record } = recordOf(context, event);
      const write = () => ({ data: record, key: `undelivered:${messageIds[0]}`, notice: true });
      appending.push(append(write));
    }
  }
  await Promise.all(appending);
  member.unwritten.reported(messages.map(({ seq }) => seq));
}
