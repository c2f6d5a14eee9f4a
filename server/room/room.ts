/**
 * The domain: who is in the room, what they may say and see. Pure: time, randomness, encoding and storage are ports
 * (ports.ts), and nothing outside this folder is imported.
 *
 *     verbs/     one function per RPC, named as the RPC
 *     entry/     who may log in: secrets, the passphrase, invites; and whom a token authenticates
 *     names/     registered nicknames, and their owners who post without a stay
 *     order/     what moderators and owners set and do
 *     members/   the members present, their names, sessions, rate limits and idempotency keys
 *     log/       what the log keeps of an event, and reading it
 *     state/     what each record of the log changes, at the start and after the place in it was lost
 *     rules/     what a text and a nickname may be
 *
 * This file connects them and is their only entry: each method is a verb, or a look at the state.
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
import { authenticate } from "./entry/authenticate.js";
import type { Proof } from "./entry/entry.js";
import { Refusal } from "./errors.js";
import { type Address, type LoginRequest, unknownAddress } from "./identity.js";
import { Edits } from "./log/edits.js";
import { Erasures } from "./log/erasures.js";
import { LateEdits } from "./log/late-edits.js";
import {
  concernedBy,
  type DecodeDetails,
  type DecodeUser,
  type EncodeEvent,
  type RoomRecord,
  readRecord,
} from "./log/record.js";
import { SearchBlocks } from "./log/search-blocks.js";
import { type Lag, Tailer } from "./log/tailer.js";
import { dismiss, endFeeds } from "./members/end-feeds.js";
import { Homes } from "./members/homes.js";
import { IgnoreHistories } from "./members/ignore-history.js";
import type { Member, Toggled } from "./members/member.js";
import { NameLeases } from "./members/name-leases.js";
import { Presence } from "./members/presence.js";
import { restoreMembers } from "./members/restore.js";
import { Roster } from "./members/roster.js";
import { Sessions } from "./members/sessions.js";
import { announceChange } from "./names/changes.js";
import { Posters } from "./names/posters.js";
import { Registrations } from "./names/registrations.js";
import type { Guesses, Secrets } from "./names/secrets.js";
import type { Observer } from "./observer.js";
import { Actions } from "./order/acting/actions.js";
import { dropMutes, enforceBan } from "./order/acting/enforce.js";
import { Moderation } from "./order/moderation.js";
import { Order, type RoomState } from "./order/order.js";
import type { Clock, Entry, Ids, Position, Store } from "./ports.js";
import { openRoomFacts } from "./room-facts.js";
import { ReservedNames } from "./rules/nickname/reserved.js";
import type { RoomSettings } from "./settings.js";
import { Recovery } from "./state/recovery.js";
import { type Replayed, replay } from "./state/replay.js";
import { StateMachine } from "./state/state-machine.js";
import { broadcast } from "./verbs/broadcast.js";
import { type EditMessageRequest, editMessage } from "./verbs/edit-message.js";
import { listEvents } from "./verbs/events/list-events.js";
import type { EventPage, ListEventsRequest } from "./verbs/events/pages.js";
import { type FoundPage, type SearchEventsRequest, searchEvents } from "./verbs/events/search-events.js";
import { refuseStoreErrors } from "./verbs/guards.js";
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
  private readonly machine: StateMachine;
  private readonly recovery: Recovery;
  private readonly homes: Homes | undefined;
  private closing = false;

  constructor(private readonly options: RoomOptions) {
    const { store, clock, ids, observe, encode, decodeUser, decodeDetails, settings } = options;
    const { secrets, guesses } = options;
    const { shared } = store;
    const roster = new Roster();
    const background = new BackgroundWrites();
    const caughtUp = () => (shared ? this.catchUp() : undefined);
    const registrations = new Registrations({
      values: store.values,
      clock,
      observe,
      keepMs: settings.keepMs,
      unusedMs: settings.unusedNamesMs,
      maxNames: settings.maxRegistrations,
      caughtUp,
    });
    this.context = {
      shared,
      caughtUp,
      decodeUser,
      decodeDetails,
      background,
      post: (poster, write) => this.posters.append(poster, write),
      secrets,
      guesses,
      ignoreHistories: new IgnoreHistories(shared, registrations),
      ending: new Map(),
      settings,
      clock,
      ids,
      observe,
      encode,
      log: store.log,
      roster,
      leases: new NameLeases({ store, members: () => roster.members(), caughtUp, observe }),
      registrations,
      order: new Order({
        values: store.values,
        clock,
        ids,
        observe,
        defaults: { ...openRoomFacts, entry: settings.entry, motd: settings.motd },
        onBan: (ban) => enforceBan(this.context, ban),
      }),
      sessions: new Sessions(store.values, clock, ids, observe, background, shared),
      edits: new Edits(),
      searchBlocks: new SearchBlocks({ log: store.log, clock, decodeDetails }),
      tailer: new Tailer({
        log: store.log,
        clock,
        observe,
        deliver: (entry, epoch) => this.deliver(entry, epoch),
        lost: (resume) => this.recovery.resumeAfter(resume),
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
    this.machine = new StateMachine(this.context, this.lateEdits);
    this.recovery = new Recovery(this.context, this.machine, options.lost);
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
    this.deliverAgain(await replay(this.context, this.machine, last, this.options.recentEntries));
    await tailer.start({ epoch, seq: last });
    await caughtUp();
    await this.homes?.start();
    await this.actions.resume();
    this.lateEdits.open();
    dropMutes(this.context);
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
    return authenticate(this.context, token, address);
  }

  /**
   * The owner of a registered nickname, who sends messages without logging in. Refuses with SECRET_INVALID, also a secret
   * that its owner chose.
   */
  authenticateOwner(proof: Proof): Promise<Member> {
    this.refuseIfClosing();
    return refuseStoreErrors(this.posters.authenticate(proof));
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

  /** How many nicknames were given up and are still closed to others; they take the same space. */
  get closed(): number {
    return this.context.registrations.closed;
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

  private deliver(entry: Entry, epoch: string): void {
    const record = readRecord(entry.data);
    const gone = this.machine.apply(record, entry.seq, "live");
    this.options.deliver(entry, epoch, this.recovery.online);
    if (gone) dismiss(this.context, gone, record.removed ?? "LOGGED_OUT");
  }

  /** Only at the last of them is it known who is in the room. */
  private deliverAgain({ recent, epoch }: Replayed): void {
    const { size } = this.context.roster;
    for (const entry of recent)
      this.options.deliver(entry, epoch, entry === recent.at(-1) ? size : undefined);
  }
}
