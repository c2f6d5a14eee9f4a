/**
 * The domain: who is in the room, what they may say and see. Pure: time, randomness, encoding and storage are ports
 * (ports.ts), and nothing outside this folder is imported.
 *
 *     verbs/     one function per RPC, named as the RPC
 *     entry/     who may log in: secrets, the passphrase, invites
 *     names/     registered nicknames, and their owners who post without a stay
 *     order/     what moderators and owners set and do
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
 * Several processes may serve one room on a shared store. Its members are then those that the log and the registry of
 * names know, not those that this process let in; members/homes.ts says which process decides that a stay is over.
 *
 * State changes in the order of the log and only when the tailer delivers an entry, also for this process's own
 * appends: what a verb appended, it waits for where its result depends on it.
 */
import { BackgroundWrites } from "./background.js";
import type { RoomContext } from "./context.js";
import type { Proof } from "./entry/entry.js";
import { type EndReason, Refusal } from "./errors.js";
import { type Address, type LoginRequest, unknownAddress } from "./identity.js";
import { Edits } from "./log/edits.js";
import { Erasures } from "./log/erasures.js";
import { writeEventId } from "./log/event-id.js";
import { LateEdits } from "./log/late-edits.js";
import { tryRead } from "./log/read-back.js";
import {
  concernedBy,
  type DecodeDetails,
  type DecodeUser,
  type EncodeEvent,
  type Person,
  type RoomRecord,
  readRecord,
} from "./log/record.js";
import { SearchBlocks } from "./log/search-blocks.js";
import { type Lag, Tailer } from "./log/tailer.js";
import { endFeeds } from "./members/end-feeds.js";
import { Homes } from "./members/homes.js";
import { IgnoreHistory } from "./members/ignore-history.js";
import type { Member, Toggled } from "./members/member.js";
import { NameLeases, type ReadClaim } from "./members/name-leases.js";
import { Presence } from "./members/presence.js";
import { addJoined, findMember, restoreMembers, standingOf } from "./members/restore.js";
import { Roster } from "./members/roster.js";
import { isOtherStay, type Session, Sessions } from "./members/sessions.js";
import { TrackedMessages } from "./members/unwritten.js";
import { announceChange } from "./names/changes.js";
import { Posters } from "./names/posters.js";
import { Registrations } from "./names/registrations.js";
import type { Guesses, Secrets } from "./names/secrets.js";
import type { Observer } from "./observer.js";
import { Actions } from "./order/acting/actions.js";
import { bannedMembers, removeMembers } from "./order/acting/remove.js";
import { Moderation } from "./order/moderation.js";
import { muteKey, Order, type RoomState } from "./order/order.js";
import type { Ban } from "./order/state/bans.js";
import {
  type Batch,
  type Clock,
  type Entry,
  type Ids,
  LOG_PAGE,
  type Position,
  PositionLost,
  type Store,
  Unavailable,
} from "./ports.js";
import { openRoomFacts } from "./room-facts.js";
import { foldNickname } from "./rules/nickname/fold.js";
import { ReservedNames } from "./rules/nickname/reserved.js";
import type { RoomSettings } from "./settings.js";
import { broadcast } from "./verbs/broadcast.js";
import { type EditMessageRequest, editMessage } from "./verbs/edit-message.js";
import { listEvents } from "./verbs/events/list-events.js";
import type { EventPage, ListEventsRequest } from "./verbs/events/pages.js";
import { type FoundPage, type SearchEventsRequest, searchEvents } from "./verbs/events/search-events.js";
import { decideAgain, refuseStoreErrors } from "./verbs/guards.js";
import { type ListUsersRequest, listUsers, type UserPage } from "./verbs/list-users.js";
import { type LoggedIn, Logins } from "./verbs/login.js";
import { logout } from "./verbs/logout.js";
import type { Sent } from "./verbs/message.js";
import { type RedactRequest, redact } from "./verbs/redact.js";
import { type RegisterNicknameRequest, registerNickname } from "./verbs/register-nickname.js";
import { type SendToRequest, sendTo } from "./verbs/send-to.js";
import { type FeedTicket, subscribe } from "./verbs/subscribe.js";
import { toggleIgnore } from "./verbs/toggle-ignore.js";
import { unregisterNickname } from "./verbs/unregister-nickname.js";

/** Members of whom a toggle is kept before they are known here. */
const MAX_TOGGLES = 10_000;
const REBUILD_RETRY_MS = 1_000;
/** How long the end waits for writes in the background. */
const CLOSE_LIMIT_MS = 1_000;
/** A guess at how long a restart takes. */
const SHUTDOWN_RETRY_MS = 1_000;

export interface RoomOptions {
  readonly store: Store;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly observe: Observer;
  readonly encode: EncodeEvent;
  readonly decodeUser: DecodeUser;
  readonly decodeDetails: DecodeDetails;
  readonly settings: RoomSettings;
  readonly secrets: Secrets;
  readonly guesses: Guesses;
  /** How many of the newest entries are delivered again at the start, so that feeds have them at hand. */
  readonly recentEntries: number;
  /**
   * Each entry, in the log's order, after the room has applied it. `online`: members in the room from then on; undefined
   * for entries of before the start, except for the last, and while it is not known.
   */
  readonly deliver: (entry: Entry, epoch: string, online: number | undefined) => void;
  /**
   * The room's position in the log is gone, or what it knew at that position; the next entry is the one after `resume`.
   * `online`: members in the room there, if that is known.
   */
  readonly lost: (resume: Position, online: number | undefined) => void;
}

/** Opens the room on an open store: restores the members and tails the log. */
export async function openRoom(options: RoomOptions): Promise<Room> {
  const room = new Room(options);
  await room.open();
  return room;
}

/** Each verb refuses with a Refusal; any other error is a defect of the program. */
export class Room {
  readonly moderation: Moderation;
  private readonly actions: Actions;
  private readonly context: RoomContext;
  private readonly logins: Logins;
  private readonly posters: Posters;
  private readonly lateEdits: LateEdits;
  /** Group messages applied so far; what an ignoring member has skipped is the difference of two such counts. */
  private groupMessages = 0;
  /** The last entry applied. */
  private appliedSeq = 0;
  private closing = false;
  private readonly tracked = new TrackedMessages();
  /** Of members of a shared store that are not known here yet, by id; the oldest first. */
  private readonly toggles = new Map<string, IgnoreHistory>();
  /** Ids that joined or left while the roster is made anew; undefined: it is right. */
  private rebuilding: Set<string> | undefined;
  private knowsAll = true;
  private readonly homes: Homes | undefined;

  constructor(private readonly options: RoomOptions) {
    const { store, clock, ids, observe, encode, decodeUser, decodeDetails, settings, deliver } = options;
    const { secrets, guesses } = options;
    const { shared } = store;
    const roster = new Roster();
    const background = new BackgroundWrites();
    const caughtUp = () => (shared ? this.catchUp() : undefined);
    this.context = {
      shared,
      caughtUp,
      decodeUser,
      decodeDetails,
      background,
      post: (poster, write) => this.posters.append(poster, write),
      secrets,
      guesses,
      ignoreHistoryOf: (id) => this.toggles.get(id),
      ending: new Map(),
      settings,
      clock,
      ids,
      observe,
      encode,
      log: store.log,
      roster,
      leases: new NameLeases({ store, members: () => roster.members(), caughtUp, observe }),
      registrations: new Registrations({
        values: store.values,
        clock,
        observe,
        keepMs: settings.keepMs,
        unusedMs: settings.unusedNamesMs,
        maxNames: settings.maxRegistrations,
        caughtUp,
      }),
      order: new Order({
        values: store.values,
        clock,
        ids,
        observe,
        defaults: { ...openRoomFacts, entry: settings.entry, motd: settings.motd },
        onBan: (ban) => this.enforce(ban),
      }),
      sessions: new Sessions(store.values, clock, ids, observe, background, shared),
      edits: new Edits(),
      searchBlocks: new SearchBlocks({ log: store.log, clock, decodeDetails }),
      tailer: new Tailer({
        log: store.log,
        clock,
        observe,
        deliver: (entry, epoch) => {
          const gone = this.apply(readRecord(entry.data), entry.seq, "live");
          deliver(entry, epoch, this.online());
          if (gone) this.dismiss(gone, readRecord(entry.data).removed ?? "LOGGED_OUT");
        },
        lost: (resume) => this.lost(resume),
      }),
      presence: new Presence({
        clock,
        observe,
        background,
        graceMs: settings.graceMs,
        idleMs: settings.idleMs,
        isCrowded: (leaving) => roster.reserved - leaving > settings.maxMembers / 2,
        isHome: (member) => this.context.leases.isHome(member),
        seenAway: (member) => this.homes?.seenAway(member),
        expire: (member) => this.homes?.expire(member) ?? logout(this.context, member, "SESSION_EXPIRED"),
      }),
      erasures: new Erasures(),
      isClosing: () => this.closing,
    };
    if (shared) this.homes = new Homes(this.context, store);
    this.logins = new Logins(this.context);
    this.posters = new Posters(this.context);
    this.lateEdits = new LateEdits(this.context);
    this.actions = new Actions(this.context);
    this.moderation = new Moderation(this.context, this.actions, new ReservedNames(settings.reservedNames));
  }

  /** To be called once, before anything else. */
  async open(): Promise<void> {
    const { caughtUp, leases, log, order, presence, registrations, roster, sessions, shared, tailer } =
      this.context;
    // The claims are those of this place in the log or a later one; what follows it is applied, be it for the second time.
    const { epoch, last } = await log.head();
    await registrations.load();
    const members = await restoreMembers(this.context);
    await order.load();
    // What an earlier process had applied, it had written to the feeds.
    if (!shared) for (const member of members) if (member.hadFeed) member.readTo = { epoch, seq: last };
    const recorded = members.map((member) => ({ member, ignoring: member.ignore.now }));
    await this.replay(last);
    await tailer.start({ epoch, seq: last });
    await caughtUp();
    await this.homes?.start();
    await this.actions.resume();
    this.lateEdits.open();
    await this.dropMutes();
    for (const { member, ignoring } of recorded) {
      if (!leases.isHome(member)) continue;
      presence.seen(member);
      // The last process ended between a toggle and its record. Best effort: while the toggle is kept, the log has it.
      if (member.ignore.now !== ignoring) sessions.tryWriteMember(member.id, member.state);
    }
    for (const what of registrations.unannounced()) await announceChange(this.context, what);
    registrations.startSweeping((id) => roster.find(id) !== undefined);
  }

  async login(request: LoginRequest): Promise<LoggedIn> {
    this.refuseIfClosing();
    const loggedIn = await this.logins.login(request);
    this.context.presence.seen(loggedIn.member);
    return loggedIn;
  }

  /** The member that a token authenticates; counts as a sign of life. Refuses with NOT_LOGGED_IN, and BANNED. */
  async authenticate(token: string, address: Address = unknownAddress): Promise<Member> {
    this.refuseIfClosing();
    const { order, presence, roster, sessions } = this.context;
    const session = token === "" ? undefined : await refuseStoreErrors(sessions.resolve(token));
    const id = session?.memberId;
    const known = id === undefined ? undefined : roster.find(id);
    const isCertain = !this.context.shared || (known !== undefined && known.stage !== "silent");
    const member = isCertain || id === undefined ? known : await this.find(id);
    // Until its outcome is certain, a Logout is neither a reason to refuse the call nor to let it pass.
    while (member?.leaving && member.stage === "leaving") await Promise.allSettled([member.leaving]);
    if (!member?.isLoggedIn) throw new Refusal("NOT_LOGGED_IN");
    if (member.person.registered) await this.refuseEarlierStay(member, session);
    const fresh = order.fresh();
    if (fresh) await refuseStoreErrors(fresh);
    const decide = () => order.refuseCall(member, address);
    try {
      decide();
    } catch (refusal) {
      await decideAgain(this.context, refusal, decide);
    }
    member.seenAt(address);
    presence.seen(member);
    return member;
  }

  /**
   * The owner of a registered nickname, who sends messages without logging in. Refuses with SECRET_INVALID, also a secret
   * that its owner chose.
   */
  authenticateOwner(proof: Proof): Promise<Member> {
    this.refuseIfClosing();
    return refuseStoreErrors(this.posters.authenticate(proof));
  }

  /** A registered nickname has the same id in every stay, but its tokens are of one. */
  private async refuseEarlierStay(member: Member, session: Session | undefined): Promise<void> {
    if (session?.stay === undefined) return;
    if (member.stay === 0) await refuseStoreErrors(this.context.leases.locate(member));
    if (isOtherStay(member.stay, session.stay)) throw new Refusal("NOT_LOGGED_IN");
  }

  /** Whether the store need not be asked for a token. */
  knows(token: string): boolean {
    return this.context.sessions.isCached(token);
  }

  /** Whether the member's own rate limit would refuse a message now. */
  isRateLimited(member: Member): boolean {
    return member.rateLimiter.waitMs(this.context.clock.monotonic()) > 0;
  }

  /** `replyToId`: see BroadcastRequest of the schema. */
  broadcast(member: Member, text: string, requestId: string, replyToId = ""): Promise<Sent> {
    return broadcast(this.context, member, text, requestId, replyToId);
  }

  sendTo(member: Member, request: SendToRequest): ReturnType<typeof sendTo> {
    return sendTo(this.context, member, request);
  }

  editMessage(member: Member, request: EditMessageRequest): Promise<Sent> {
    return editMessage(this.context, this.actions, member, request);
  }

  toggleIgnore(member: Member, wanted: boolean | undefined, requestId: string): Promise<Toggled> {
    return toggleIgnore(this.context, member, wanted, requestId);
  }

  redact(member: Member, request: RedactRequest): Promise<number> {
    return redact(this.context, this.actions, member, request);
  }

  /** `members`: those that are announced; `silent`: the others. */
  counts(): { readonly members: number; readonly silent: number } {
    const { size, reserved } = this.context.roster;
    return { members: size, silent: reserved - size };
  }

  /** Those that are known here, silent ones among them. */
  members(): Iterable<Member> {
    return this.context.roster.members();
  }

  get order(): Order {
    return this.context.order;
  }

  /** How many nicknames are registered, whether or not their owners are in the room. */
  get registered(): number {
    return this.context.registrations.size;
  }

  /** What callers may know of the room before they enter. */
  get state(): RoomState {
    return this.context.order.state;
  }

  /** Ids of the members who may see an entry that not everyone sees. */
  concernedBy(record: Pick<RoomRecord, "kind" | "ids">): Iterable<string> {
    return concernedBy(record, () => this.context.roster.moderators());
  }

  /**
   * How well this process keeps up with its store. `lag`: events in the log that it has not applied, and for how long there
   * have been any. `leaseAgeMs`: since the lease on a store that processes share was renewed; 0 for other stores.
   */
  sharing(): { readonly lag: Lag; readonly leaseAgeMs: number } {
    return { lag: this.context.tailer.lag(), leaseAgeMs: this.homes?.leaseAgeMs ?? 0 };
  }

  listUsers(request: ListUsersRequest): Promise<UserPage> {
    return listUsers(this.context, request);
  }

  listEvents(member: Member, request: ListEventsRequest): Promise<EventPage> {
    return listEvents(this.context, member, request);
  }

  searchEvents(
    member: Member,
    request: SearchEventsRequest,
    nextTurn: () => Promise<unknown>,
  ): Promise<FoundPage> {
    return searchEvents(this.context, member, request, nextTurn);
  }

  /** `token`: the caller's; undefined: not known. */
  subscribe(member: Member, token?: string): Promise<FeedTicket> {
    const session = token === undefined ? undefined : this.context.sessions.hashOf(token);
    return subscribe(this.context, member, session);
  }

  /** Resolves to the secret that was generated; empty if the caller chose one. `token`: the caller's. */
  registerNickname(
    member: Member,
    { token, ...request }: Omit<RegisterNicknameRequest, "session"> & { readonly token: string },
  ): Promise<string> {
    const session = this.context.sessions.hashOf(token);
    return registerNickname(this.context, member, { ...request, session });
  }

  /** `token`: the caller's. */
  unregisterNickname(member: Member, token: string): Promise<void> {
    return unregisterNickname(this.context, member, this.context.sessions.hashOf(token));
  }

  logout(member: Member): Promise<void> {
    return logout(this.context, member, "LOGGED_OUT");
  }

  /** Ends the feeds that are open, within two seconds, so that their readers go elsewhere. Calls are served as before. */
  endFeeds(): Promise<void> {
    const { clock, roster } = this.context;
    return endFeeds(roster.members(), "SHUTTING_DOWN", clock);
  }

  /** Refuses every Login and every token from here on; open feeds are ended by the feed. */
  beginShutdown(): void {
    this.closing = true;
    this.homes?.stop();
    this.context.registrations.stop();
    this.actions.stop();
    this.context.order.stop();
    this.context.presence.close();
    this.context.searchBlocks.clear();
  }

  async close(): Promise<void> {
    this.beginShutdown();
    const { background, clock, tailer } = this.context;
    await tailer.stop();
    await background.settled(clock, CLOSE_LIMIT_MS);
  }

  private async catchUp(): Promise<void> {
    const { order, tailer } = this.context;
    await tailer.catchUp();
    await order.fresh();
  }

  private refuseIfClosing(): void {
    if (this.closing) throw new Refusal("SHUTTING_DOWN", { retryDelayMs: SHUTDOWN_RETRY_MS });
  }

  /** Members in the room; undefined while that is not known. */
  private online(): number | undefined {
    return this.rebuilding && this.context.shared ? undefined : this.context.roster.size;
  }

  private async find(id: string): Promise<Member | undefined> {
    const member = await refuseStoreErrors(findMember(this.context, id));
    this.toggles.delete(id);
    return member;
  }

  /** `phase`: whether an earlier process applied it before. Returns the member whose stay another process has ended. */
  private apply(record: RoomRecord, seq: number, phase: "live" | "restoring"): Member | undefined {
    if (seq <= this.appliedSeq) return undefined;
    this.appliedSeq = seq;
    if (record.erases.length > 0) {
      this.context.erasures.add(record.erases);
      this.context.searchBlocks.forget(record.erases);
    }
    this.lateEdits.applied(record, seq);
    const { leases, observe, presence, roster } = this.context;
    const id = record.ids[0] ?? "";
    const member = roster.find(id);
    switch (record.kind) {
      case "joined":
        this.rebuilding?.add(id);
        if (!member) addJoined(this.context, this.context.decodeUser(record), this.toggles.get(id));
        else {
          roster.announce(member);
          if (leases.isHome(member)) presence.seen(member);
        }
        this.toggles.delete(id);
        break;
      case "left":
        this.rebuilding?.add(id);
        this.forgetToggles(id, member);
        if (!member) break;
        presence.forget(member);
        roster.remove(member);
        this.endMuteOf(member);
        return member.leaving ? undefined : member;
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
      case "user_changed":
      case "user_changed_unseen":
        // What is known at a start is newer than all that is replayed.
        if (phase === "live") this.userChanged(this.context.decodeUser(record), member);
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
        if (this.knowsAll) observe({ kind: "log_record_unknown", seq });
        this.knowsAll = false;
        break;
      case "ignore_on":
      case "ignore_off":
        (member?.ignore ?? this.togglesOf(id))?.toggled({
          seq,
          ignoring: record.kind === "ignore_on",
          groupMessages: this.groupMessages,
        });
        break;
    }
    return undefined;
  }

  private userChanged(person: Person, member: Member | undefined): void {
    const { background, observe, registrations, sessions, shared } = this.context;
    member?.change(person);
    if (!shared) return;
    registrations.changedElsewhere(foldNickname(person.nickname));
    if (!member) return;
    const open = [...member.feeds].flatMap(({ session }) => session ?? []);
    const refreshed = sessions.endedElsewhere(member.id, open).then(
      (ended) => {
        for (const feed of [...member.feeds]) if (ended.has(feed.session ?? "")) feed.end("SESSION_EXPIRED");
      },
      (error: unknown) => observe({ kind: "member_write_failed", step: "session_end", error }),
    );
    background.add(refreshed);
  }

  /** What the owner of a registered nickname ignored holds for what it receives of it in the next stay. */
  private forgetToggles(id: string, member: Member | undefined): void {
    if (!this.context.registrations.byId(id)) this.toggles.delete(id);
    else if (member) this.keepToggles(id, member.ignore);
  }

  /** Of a member that has not joined, which another process admitted; it may join, or call here. */
  private togglesOf(id: string): IgnoreHistory | undefined {
    const registration = this.context.registrations.byId(id);
    if (!this.context.shared && !registration) return undefined;
    return this.keepToggles(id, this.toggles.get(id) ?? new IgnoreHistory(registration?.ignoring));
  }

  private keepToggles(id: string, known: IgnoreHistory): IgnoreHistory {
    this.toggles.delete(id);
    this.toggles.set(id, known);
    for (const oldest of this.toggles.keys()) {
      if (this.toggles.size <= MAX_TOGGLES) break;
      this.toggles.delete(oldest);
    }
    return known;
  }

  /** Private messages that no one can receive any more are not undelivered. */
  private forgetErased({ ids, erases }: RoomRecord): void {
    const unwritten = this.context.roster.find(ids.at(-1) ?? "")?.unwritten;
    for (const seq of erases) unwritten?.forget(seq);
  }

  /** A ban that another process made ends the stays of those who are here. */
  private enforce(ban: Ban): void {
    const { background, observe } = this.context;
    const members = bannedMembers(this.context, ban);
    if (members.length === 0) return;
    background.add(
      removeMembers(this.context, members, "BANNED", ban).catch((error: unknown) => {
        observe({ kind: "member_write_failed", step: "left", error });
      }),
    );
  }

  /** That of a guest ends with the stay. */
  private endMuteOf({ id }: Member): void {
    const { order, registrations } = this.context;
    if (!registrations.byId(id) && order.forgetMute(id)) this.deleteMutes([id]);
  }

  /** Of guests whose stay ended while no process was there to see it. */
  private async dropMutes(): Promise<void> {
    const { order, registrations, roster } = this.context;
    const gone = order.mutesWithout(
      (id) => roster.find(id) !== undefined || registrations.byId(id) !== undefined,
    );
    for (const id of gone) order.forgetMute(id);
    this.deleteMutes(gone);
  }

  /** Best effort: what remains expires. */
  private deleteMutes(ids: readonly string[]): void {
    const { background, observe, order } = this.context;
    if (ids.length === 0) return;
    background.add(
      order.stored.delete(...ids.map(muteKey)).catch((error: unknown) => {
        observe({ kind: "member_write_failed", step: "member_record", error });
      }),
    );
  }

  /** Ends what a member has here whose stay was ended elsewhere. */
  private dismiss(member: Member, reason: EndReason): void {
    for (const feed of [...member.feeds]) feed.end(reason);
    this.context.sessions.forget(member.id);
  }

  /** Who joined and left in what is lost is known from the claims. */
  private lost(resume: Position): void {
    const isNew = !this.rebuilding;
    if (this.context.shared) this.context.registrations.lost();
    this.rebuilding = new Set();
    this.goBackTo(resume.seq);
    this.options.lost(resume, this.online());
    if (this.context.shared) this.context.order.changedUnseen();
    if (isNew) void this.rebuild();
  }

  /** A log that was emptied, or has lost its newest entries, gives their numbers to others. */
  private goBackTo(seq: number): void {
    this.context.searchBlocks.clear();
    if (seq < this.appliedSeq) {
      this.context.edits.forgetAfter(seq);
      for (const { ignore, unwritten } of this.context.roster.members()) {
        ignore.forgetAfter(seq);
        unwritten.forgetAfter(seq);
      }
      for (const ignore of this.toggles.values()) ignore.forgetAfter(seq);
    }
    this.appliedSeq = seq;
  }

  private async rebuild(): Promise<void> {
    const { clock, leases, observe, registrations } = this.context;
    for (;;) {
      const touched = this.rebuilding;
      if (!touched) return;
      try {
        await registrations.fresh();
        const claims = await leases.claims();
        // Lost again meanwhile: the claims may be older than that.
        if (touched !== this.rebuilding) continue;
        this.replaceRoster(claims, touched);
        return;
      } catch (error) {
        if (!(error instanceof Unavailable)) throw error;
        if (this.closing) return;
        observe({ kind: "member_write_failed", step: "lease", error });
        await new Promise<void>((resolve) => clock.after(REBUILD_RETRY_MS, resolve));
      }
    }
  }

  /** `touched`: members of whom the log says more than the claims. */
  private replaceRoster(claims: readonly ReadClaim[], touched: ReadonlySet<string>): void {
    const { leases, presence, roster, shared, tailer } = this.context;
    const before = roster.size;
    const held = new Map(claims.map((claim) => [claim.claim.holder, claim]));
    for (const member of [...roster.members()]) {
      if (!member.isAnnounced || touched.has(member.id) || held.get(member.id)?.claim.announced) continue;
      presence.forget(member);
      roster.remove(member);
      this.dismiss(member, "SESSION_EXPIRED");
    }
    for (const { claim, nickname, joinTime, bot } of held.values()) {
      const { holder: id, announced } = claim;
      if (!announced || touched.has(id)) continue;
      const known = roster.find(id);
      if (known) roster.announce(known);
      else {
        const person = { id, nickname, joinTime, ...(bot && { bot }), ...standingOf(this.context, id) };
        leases.adopt(addJoined(this.context, person, this.toggles.get(id)), claim);
      }
      this.toggles.delete(id);
    }
    this.rebuilding = undefined;
    if (shared || roster.size !== before) this.options.lost(tailer.position(), roster.size);
  }

  /**
   * Restores ignore histories and unwritten messages from the log up to `last`; the store's record of a member covers what
   * was trimmed or is damaged. Delivers the newest entries behind the last gap.
   */
  private async replay(last: number): Promise<void> {
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
        if (entry.seq > last) break;
        const record = readRecord(entry.data);
        // Who is present is known from the claims, which are those of the log's end.
        if (record.kind === "joined" || record.kind === "left") this.passOver(entry.seq, record.ids[0] ?? "");
        else this.apply(record, entry.seq, "restoring");
        recent.push(entry);
      }
      recent = recent.slice(Math.max(0, recent.length - this.options.recentEntries));
      const newest = batch.entries.at(-1);
      if (!newest || newest.seq >= last) {
        this.deliverAgain(recent, batch.epoch);
        return;
      }
      at = { epoch: batch.epoch, seq: newest.seq };
    }
  }

  private passOver(seq: number, memberId: string): void {
    this.appliedSeq = seq;
    this.forgetToggles(memberId, undefined);
  }

  /** Only at the last of them is it known who is in the room. */
  private deliverAgain(entries: readonly Entry[], epoch: string): void {
    const { size } = this.context.roster;
    for (const entry of entries)
      this.options.deliver(entry, epoch, entry === entries.at(-1) ? size : undefined);
  }
}
