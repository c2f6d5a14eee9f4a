/**
 * The room's state as a function of its log.
 *
 *     state-machine.ts  what each record changes
 *     replay.ts         the records of before the start
 *     recovery.ts       going on after the place in the log was lost
 *
 * The tailer delivers each record once, in the log's order, to every process of the room, so all of them reach the same
 * state. A start applies again only what the store has nowhere else: who is present is known from the claims
 * (members/restore.ts), and what moderators did from what they have set (order/order.ts).
 */
import type { RoomContext } from "../context.js";
import { writeEventId } from "../log/event-id.js";
import type { LateEdits } from "../log/late-edits.js";
import type { Person, RoomRecord } from "../log/record.js";
import type { Member } from "../members/member.js";
import { addJoined } from "../members/restore.js";
import { TrackedMessages } from "../members/unwritten.js";
import { endMuteOf } from "../order/acting/enforce.js";
import { foldNickname } from "../rules/nickname/fold.js";

/** Whether an earlier process applied a record before. */
export type Phase = "live" | "restoring";

export class StateMachine {
  /** Ids that joined or left while recovery.ts rebuilds the roster; undefined: it is right. */
  touched: Set<string> | undefined;
  /** The last entry applied. */
  private appliedSeq = 0;
  /** Group messages applied so far; what an ignoring member has skipped is the difference of two such counts. */
  private groupMessages = 0;
  private readonly tracked = new TrackedMessages();
  private knowsAll = true;

  constructor(
    private readonly context: RoomContext,
    private readonly lateEdits: Pick<LateEdits, "applied">,
  ) {}

  /** Returns the member whose stay another process has ended. */
  apply(record: RoomRecord, seq: number, phase: Phase): Member | undefined {
    if (seq <= this.appliedSeq) return undefined;
    this.appliedSeq = seq;
    if (record.erases.length > 0) {
      this.context.erasures.add(record.erases);
      this.context.searchBlocks.forget(record.erases);
    }
    this.lateEdits.applied(record, seq);
    const id = record.ids[0] ?? "";
    switch (record.kind) {
      case "joined":
        this.joined(record, id);
        break;
      case "left":
        return this.left(id);
      case "group_message":
        this.groupMessages++;
        break;
      case "private_message":
        this.sentPrivately(record, seq, phase);
        break;
      case "ignore_on":
      case "ignore_off":
        this.toggled(id, seq, record.kind === "ignore_on");
        break;
      case "user_changed":
      case "user_changed_unseen":
        // What is known at a start is newer than all that is replayed.
        if (phase === "live") this.userChanged(this.context.decodeUser(record), id);
        break;
      case "redacted":
        this.forgetErased(record);
        break;
      case "moderated":
        // What this process did, it knows.
        if (phase === "live" && this.context.shared)
          this.context.order.changed(this.context.decodeDetails(record), id);
        break;
      case "undelivered":
      case "announcement":
      case "moderated_person":
      case "room_changed":
      case "group_edited":
      case "private_edited":
      case "void":
        break;
      case "unknown":
        if (this.knowsAll) this.context.observe({ kind: "log_record_unknown", seq });
        this.knowsAll = false;
        break;
    }
    return undefined;
  }

  /** A record of before the start by which a member joined or left: who is present is known from the claims. */
  passOver(seq: number, memberId: string): void {
    this.appliedSeq = seq;
    this.context.ignoreHistories.left(memberId, undefined);
  }

  /** What is between the last record applied and this number is no longer kept. */
  skipTo(seq: number): void {
    this.appliedSeq = seq;
  }

  /** A log that was emptied, or has lost its newest entries, gives their numbers to others. */
  goBackTo(seq: number): void {
    const { edits, ignoreHistories, roster, searchBlocks } = this.context;
    searchBlocks.clear();
    if (seq < this.appliedSeq) {
      edits.forgetAfter(seq);
      for (const { ignore, unwritten } of roster.members()) {
        ignore.forgetAfter(seq);
        unwritten.forgetAfter(seq);
      }
      ignoreHistories.forgetAfter(seq);
    }
    this.appliedSeq = seq;
  }

  private joined(record: RoomRecord, id: string): void {
    const { decodeUser, ignoreHistories, leases, presence, roster } = this.context;
    this.touched?.add(id);
    const member = roster.find(id);
    if (!member) addJoined(this.context, decodeUser(record), ignoreHistories.get(id));
    else {
      roster.announce(member);
      if (leases.isHome(member)) presence.seen(member);
    }
    ignoreHistories.delete(id);
  }

  private left(id: string): Member | undefined {
    const { ignoreHistories, presence, roster } = this.context;
    this.touched?.add(id);
    const member = roster.find(id);
    ignoreHistories.left(id, member?.ignore);
    if (!member) return undefined;
    presence.forget(member);
    roster.remove(member);
    endMuteOf(this.context, member);
    return member.leaving ? undefined : member;
  }

  private sentPrivately({ ids, nonce, recipientWasAway: wasAway }: RoomRecord, seq: number, phase: Phase) {
    const [senderId = "", recipientId = ""] = ids;
    const unwritten = this.context.roster.find(recipientId)?.unwritten;
    if (!unwritten) return;
    const message = { seq, id: writeEventId(seq, nonce), senderId, wasAway };
    if (phase === "live") unwritten.add(message);
    else unwritten.restore(message);
    this.tracked.track(seq, unwritten);
  }

  private toggled(id: string, seq: number, ignoring: boolean): void {
    const { ignoreHistories, roster } = this.context;
    const history = roster.find(id)?.ignore ?? ignoreHistories.open(id);
    history?.toggled({ seq, ignoring, groupMessages: this.groupMessages });
  }

  private userChanged(person: Person, id: string): void {
    const { registrations, roster, shared } = this.context;
    const member = roster.find(id);
    member?.change(person);
    if (!shared) return;
    registrations.changedElsewhere(foldNickname(person.nickname));
    if (member) this.endSessionsElsewhere(member);
  }

  /** With the change, another process may have ended sessions that have feeds here. */
  private endSessionsElsewhere(member: Member): void {
    const { background, observe, sessions } = this.context;
    const open = [...member.feeds].flatMap(({ session }) => session ?? []);
    const refreshed = sessions.endedElsewhere(member.id, open).then(
      (ended) => {
        for (const feed of [...member.feeds]) if (ended.has(feed.session ?? "")) feed.end("SESSION_EXPIRED");
      },
      (error: unknown) => observe({ kind: "member_write_failed", step: "session_end", error }),
    );
    background.add(refreshed);
  }

  /** Private messages that no one can receive any more are not undelivered. */
  private forgetErased({ ids, erases }: RoomRecord): void {
    const unwritten = this.context.roster.find(ids.at(-1) ?? "")?.unwritten;
    for (const seq of erases) unwritten?.forget(seq);
  }
}
