/**
 * The domain: who is in the room, what they may say and see. Pure: time, randomness, encoding and storage are ports
 * (ports.ts), and nothing outside this folder is imported.
 *
 *     verbs/     one function per RPC, named as the RPC
 *     members/   the members present, their names, sessions, rate limits and idempotency keys
 *     log/       what the log keeps of an event, and reading it
 *     rules/     what a text and a nickname may be
 *
 * The main noun is a member's stay. Login claims the nickname, and the member is silent: the room does not learn of it.
 * Its first Subscribe, Broadcast or SendTo appends `joined`; the tailer reads it back and the member is present. It stays
 * while it has an open feed or calls within its grace period. Logout, or the end of that period, appends `left` and
 * releases the name in one step; of a silent member, it only releases the name. A restarted process restores the members
 * from their claims (members/restore.ts), so that a restart ends no stay.
 *
 * State changes in the order of the log and only when the tailer delivers an entry, also for this process's own
 * appends: what a verb appended, it waits for where its result depends on it.
 */
import type { RoomContext } from "./context.js";
import { Refusal } from "./errors.js";
import { writeEventId } from "./log/event-id.js";
import { tryRead } from "./log/read-back.js";
import { type EncodeEvent, type RoomRecord, readRecord } from "./log/record.js";
import { Tailer } from "./log/tailer.js";
import type { Member, Toggled } from "./members/member.js";
import { NameLeases } from "./members/name-leases.js";
import { Presence } from "./members/presence.js";
import { restoreMembers } from "./members/restore.js";
import { Roster } from "./members/roster.js";
import { Sessions } from "./members/sessions.js";
import { TrackedMessages } from "./members/unwritten.js";
import type { Observer } from "./observer.js";
import {
  type Batch,
  type Clock,
  type Entry,
  type Ids,
  LOG_PAGE,
  type Position,
  PositionLost,
  type Store,
} from "./ports.js";
import type { RoomSettings } from "./settings.js";
import { broadcast } from "./verbs/broadcast.js";
import { refuseStoreErrors } from "./verbs/guards.js";
import { type EventPage, type ListEventsRequest, listEvents } from "./verbs/list-events.js";
import { type ListUsersRequest, listUsers, type UserPage } from "./verbs/list-users.js";
import { type LoggedIn, Logins } from "./verbs/login.js";
import { logout } from "./verbs/logout.js";
import type { Sent } from "./verbs/message.js";
import { type SendToRequest, sendTo } from "./verbs/send-to.js";
import { type FeedTicket, subscribe } from "./verbs/subscribe.js";
import { toggleIgnore } from "./verbs/toggle-ignore.js";

/** A guess at how long a restart takes. */
const SHUTDOWN_RETRY_MS = 1_000;

export interface RoomOptions {
  readonly store: Store;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly observe: Observer;
  readonly encode: EncodeEvent;
  readonly settings: RoomSettings;
  /** How many of the newest entries are delivered again at the start, so that feeds have them at hand. */
  readonly recentEntries: number;
  /**
   * Each entry, in the log's order, after the room has applied it. `online`: members in the room from then on; undefined
   * for entries of before the start, except for the last.
   */
  readonly deliver: (entry: Entry, epoch: string, online: number | undefined) => void;
  /** The room's position in the log is gone; the next entry is the one after `resume`. `online`: members in the room. */
  readonly lost: (resume: Position, online: number) => void;
}

/** Opens the room on an open store: restores the members and tails the log. */
export async function openRoom(options: RoomOptions): Promise<Room> {
  const room = new Room(options);
  await room.open();
  return room;
}

/** Each verb refuses with a Refusal; any other error is a defect of the program. */
export class Room {
  private readonly context: RoomContext;
  private readonly logins: Logins;
  /** Group messages applied so far; what an ignoring member has skipped is the difference of two such counts. */
  private groupMessages = 0;
  /** The last entry applied. */
  private appliedSeq = 0;
  private closing = false;
  private readonly tracked = new TrackedMessages();

  constructor(private readonly options: RoomOptions) {
    const { store, clock, ids, observe, encode, settings, deliver, lost } = options;
    const roster = new Roster();
    this.context = {
      settings,
      clock,
      ids,
      observe,
      encode,
      log: store.log,
      roster,
      leases: new NameLeases(store, () => roster.members()),
      sessions: new Sessions(store.values, clock, ids, observe),
      tailer: new Tailer({
        log: store.log,
        clock,
        observe,
        deliver: (entry, epoch) => {
          this.apply(readRecord(entry.data), entry.seq, "live");
          deliver(entry, epoch, roster.size);
        },
        lost: (resume) => lost(resume, roster.size),
      }),
      presence: new Presence({
        clock,
        observe,
        graceMs: settings.graceMs,
        idleMs: settings.idleMs,
        isCrowded: (leaving) => roster.reserved - leaving > settings.maxMembers / 2,
        expire: (member) => logout(this.context, member, "SESSION_EXPIRED"),
      }),
      isClosing: () => this.closing,
    };
    this.logins = new Logins(this.context);
  }

  /** To be called once, before anything else. */
  async open(): Promise<void> {
    const { presence, sessions, tailer } = this.context;
    const members = await restoreMembers(this.context);
    const recorded = members.map((member) => ({ member, ignoring: member.ignore.now }));
    await this.replay();
    await tailer.start();
    for (const { member, ignoring } of recorded) {
      presence.seen(member);
      // The last process ended between a toggle and its record. Best effort: while the toggle is kept, the log has it.
      if (member.ignore.now !== ignoring) sessions.tryWriteMember(member.id, member.state);
    }
  }

  async login(nickname: string, requestId: string): Promise<LoggedIn> {
    this.refuseIfClosing();
    const loggedIn = await this.logins.login(nickname, requestId);
    this.context.presence.seen(loggedIn.member);
    return loggedIn;
  }

  /** The member that a token authenticates; counts as a sign of life. Refuses with NOT_LOGGED_IN. */
  async authenticate(token: string): Promise<Member> {
    this.refuseIfClosing();
    const { presence, roster, sessions } = this.context;
    const id = token === "" ? undefined : await refuseStoreErrors(sessions.resolve(token));
    const member = id === undefined ? undefined : roster.find(id);
    if (!member?.isLoggedIn) throw new Refusal("NOT_LOGGED_IN");
    presence.seen(member);
    return member;
  }

  /** Whether the store need not be asked for a token. */
  knows(token: string): boolean {
    return this.context.sessions.isCached(token);
  }

  /** Whether the member's own rate limit would refuse a message now. */
  isRateLimited(member: Member): boolean {
    return member.rateLimiter.waitMs(this.context.clock.monotonic()) > 0;
  }

  broadcast(member: Member, text: string, requestId: string): Promise<Sent> {
    return broadcast(this.context, member, text, requestId);
  }

  sendTo(member: Member, request: SendToRequest): ReturnType<typeof sendTo> {
    return sendTo(this.context, member, request);
  }

  toggleIgnore(member: Member, wanted: boolean | undefined, requestId: string): Promise<Toggled> {
    return toggleIgnore(this.context, member, wanted, requestId);
  }

  /** `members`: those that are announced; `silent`: the others. */
  counts(): { readonly members: number; readonly silent: number } {
    const { size, reserved } = this.context.roster;
    return { members: size, silent: reserved - size };
  }

  listUsers(request: ListUsersRequest): UserPage {
    return listUsers(this.context, request);
  }

  listEvents(member: Member, request: ListEventsRequest): Promise<EventPage> {
    return listEvents(this.context, member, request);
  }

  subscribe(member: Member): Promise<FeedTicket> {
    return subscribe(this.context, member);
  }

  logout(member: Member): Promise<void> {
    return logout(this.context, member, "LOGGED_OUT");
  }

  /** Refuses every Login and every token from here on; open feeds are ended by the feed. */
  beginShutdown(): void {
    this.closing = true;
    this.context.presence.close();
  }

  async close(): Promise<void> {
    this.beginShutdown();
    await this.context.tailer.stop();
  }

  private refuseIfClosing(): void {
    if (this.closing) throw new Refusal("SHUTTING_DOWN", { retryDelayMs: SHUTDOWN_RETRY_MS });
  }

  /** `phase`: whether an earlier process applied it before. */
  private apply(record: RoomRecord, seq: number, phase: "live" | "restoring"): void {
    if (seq <= this.appliedSeq) return;
    this.appliedSeq = seq;
    const { presence, roster } = this.context;
    const member = roster.find(record.ids[0] ?? "");
    switch (record.kind) {
      case "joined":
        if (!member) break;
        roster.announce(member);
        presence.seen(member);
        break;
      case "left":
        if (!member) break;
        presence.forget(member);
        roster.remove(member);
        break;
      case "group_message":
        this.groupMessages++;
        break;
      case "private_message": {
        const [senderId = "", recipientId = ""] = record.ids;
        const unwritten = roster.find(recipientId)?.unwritten;
        const { nonce, recipientWasAway: wasAway } = record;
        const message = unwritten && { seq, id: writeEventId(seq, nonce), senderId, wasAway };
        if (!message) break;
        if (phase === "live") unwritten.add(message);
        else unwritten.restore(message);
        this.tracked.track(seq, unwritten);
        break;
      }
      case "undelivered":
        break;
      case "ignore_on":
      case "ignore_off":
        member?.ignore.toggled({
          seq,
          ignoring: record.kind === "ignore_on",
          groupMessages: this.groupMessages,
        });
        break;
    }
  }

  /**
   * Restores ignore histories and unwritten messages from the log; the store's record of a member covers what was trimmed
   * or is damaged. Delivers the newest entries behind the last gap.
   */
  private async replay(): Promise<void> {
    let recent: Entry[] = [];
    for (let at: Position | null = null; ; ) {
      const batch: Batch | PositionLost = await tryRead(this.context.log, at, LOG_PAGE);
      if (batch instanceof PositionLost) {
        at = batch.resume;
        this.appliedSeq = at.seq;
        recent = [];
        continue;
      }
      for (const entry of batch.entries) {
        const record = readRecord(entry.data);
        // Who is present is known from the claims, which are those of the log's end.
        if (record.kind === "joined" || record.kind === "left") this.appliedSeq = entry.seq;
        else this.apply(record, entry.seq, "restoring");
      }
      recent = recent.concat(batch.entries);
      recent = recent.slice(Math.max(0, recent.length - this.options.recentEntries));
      const newest = batch.entries.at(-1);
      if (!newest) {
        this.deliverAgain(recent, batch.epoch);
        return;
      }
      at = { epoch: batch.epoch, seq: newest.seq };
    }
  }

  /** Only at the last of them is it known who is in the room. */
  private deliverAgain(entries: readonly Entry[], epoch: string): void {
    const { size } = this.context.roster;
    for (const entry of entries)
      this.options.deliver(entry, epoch, entry === entries.at(-1) ? size : undefined);
  }
}
