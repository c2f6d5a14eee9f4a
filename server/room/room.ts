import { Refusal } from "./errors.js";
import { type EncodeEvent, type RoomRecord, readRecord } from "./log/record.js";
import { Tailer } from "./log/tailer.js";
import type { Member, Toggled } from "./members/member.js";
import { NameLeases } from "./members/name-leases.js";
import { Presence } from "./members/presence.js";
import { restoreMembers } from "./members/restore.js";
import { Roster } from "./members/roster.js";
import { Sessions } from "./members/sessions.js";
import type { Observer } from "./observer.js";
import type { Appended, Clock, Entry, Ids, Position, Store } from "./ports.js";
import type { RoomSettings } from "./settings.js";
import { createSay, createWhisper } from "./verbs/broadcast.js";
import { createReadHistory, type HistoryPage, type HistoryRequest } from "./verbs/list-events.js";
import { createListUsers, type ListRequest, type UserPage } from "./verbs/list-users.js";
import { createLogin, type LoggedIn } from "./verbs/login.js";
import { createLeave } from "./verbs/logout.js";
import { answered } from "./verbs/requests.js";
import { createOpenFeed, type FeedTicket } from "./verbs/subscribe.js";
import { createSetIgnoring } from "./verbs/toggle-ignore.js";

export interface RoomOptions {
  readonly store: Store;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly observe: Observer;
  readonly encode: EncodeEvent;
  readonly settings: RoomSettings;
  /** Each event, in the log's order, after the room has applied it. */
  readonly deliver: (entry: Entry, epoch: string) => void;
  /** The room lost its place in the log and goes on from there. */
  readonly lost: (resume: Position) => void;
}

/** The room. Every verb refuses with a Refusal; anything else that is thrown is a fault of the program. */
export interface Room {
  login(nickname: string, requestId: string): Promise<LoggedIn>;
  /** Who calls with this token; a sign of life. Refuses with NOT_LOGGED_IN. */
  authenticate(token: string): Promise<Member>;
  say(member: Member, text: string, requestId: string): Promise<Appended>;
  whisper(member: Member, nickname: string, text: string, requestId: string): Promise<Appended>;
  setIgnoring(member: Member, wanted: boolean | undefined, requestId: string): Promise<Toggled>;
  listUsers(request: ListRequest): UserPage & { readonly position: Position };
  readHistory(member: Member, request: HistoryRequest): Promise<HistoryPage>;
  logout(member: Member): Promise<void>;
  openFeed(member: Member): FeedTicket;
  /** Refuses everything from here on; feeds are the feed's to end. */
  beginShutdown(): void;
  close(): Promise<void>;
}

/** Opens the room on an open store: takes in who was here and follows the log. */
export async function openRoom(options: RoomOptions): Promise<Room> {
  const { store, clock, ids, observe, encode, settings } = options;
  const roster = new Roster();
  const leases = new NameLeases(store, () => roster.members());
  const sessions = new Sessions(store.values, clock, ids, observe);
  /** Group messages so far: what a member who ignores them has skipped is a difference of two such numbers. */
  let groupMessages = 0;
  /** The last place that was applied: the tailer may begin before it, so that feeds have recent events at hand. */
  let appliedSeq = 0;
  let closing = false;

  function apply(record: RoomRecord, seq: number): void {
    if (seq <= appliedSeq) return;
    appliedSeq = seq;
    const member = roster.find(record.ids[0] ?? "");
    switch (record.kind) {
      case "joined":
        if (!member) break;
        roster.announce(member);
        presence.seen(member);
        break;
      case "left":
        if (!member) break;
        // A leaving that nobody was sure of: it was counted again.
        if (member.stage === "present") roster.expected--;
        presence.forget(member);
        roster.remove(member);
        break;
      case "message":
        groupMessages++;
        break;
      case "ignore_on":
      case "ignore_off":
        member?.ignore.toggled({ seq, ignoring: record.kind === "ignore_on", groupMessages });
        break;
    }
  }

  const tailer = new Tailer({
    log: store.log,
    clock,
    observe,
    deliver(entry, epoch) {
      apply(readRecord(entry.data), entry.seq);
      options.deliver(entry, epoch);
    },
    lost: options.lost,
  });
  const applied = (position: Position) => tailer.until(position);
  const parts = {
    settings,
    clock,
    ids,
    observe,
    encode,
    roster,
    leases,
    sessions,
    applied,
    closing: () => closing,
    log: store.log,
  };
  const leave = createLeave(parts);
  const presence = new Presence({
    clock,
    observe,
    graceMs: settings.graceMs,
    idleMs: settings.idleMs,
    expire: (member) => leave(member, "SESSION_EXPIRED"),
  });

  const restored = await restoreMembers(parts);
  const recorded = new Map(restored.map((member) => [member, member.ignore.now]));
  await replayToggles();
  await tailer.start();
  for (const [member, ignoring] of recorded) {
    presence.seen(member);
    if (member.ignore.now !== ignoring) keepIgnoring(member);
  }

  /** The last process ended between a toggle and its record. Best effort: while the toggle is kept, the log has it. */
  function keepIgnoring({ id, hadFeed, ignore }: Member): void {
    sessions.writeMember(id, { hadFeed, ignoring: ignore.now }).catch((error: unknown) => {
      observe({ kind: "member_write_failed", step: "member_record", error });
    });
  }

  /** Who ignored what is in the log; the store's own record of it covers what was trimmed. */
  async function replayToggles(): Promise<void> {
    let batch = await store.log.read(null, PAGE);
    while (batch.entries.length > 0) {
      for (const entry of batch.entries) {
        const record = readRecord(entry.data);
        // Who is here comes from the claims: they are true at the log's end.
        if (record.kind === "joined" || record.kind === "left") appliedSeq = entry.seq;
        else apply(record, entry.seq);
      }
      batch = await store.log.read({ epoch: batch.epoch, seq: batch.entries.at(-1)!.seq }, PAGE);
    }
  }

  function open(): void {
    if (closing) throw new Refusal("SHUTTING_DOWN", { retryDelayMs: SHUTDOWN_RETRY_MS });
  }

  const login = createLogin(parts);
  const say = createSay(parts);
  const whisper = createWhisper(parts);
  const setIgnoring = createSetIgnoring(parts);
  const listUsers = createListUsers(roster);
  const readHistory = createReadHistory({ log: store.log, position: () => tailer.position() });
  const openFeed = createOpenFeed({
    maxFeedsPerMember: settings.maxFeedsPerMember,
    observe,
    presence,
    roster,
    sessions,
    position: () => tailer.position(),
  });

  return {
    async login(nickname, requestId) {
      open();
      const loggedIn = await login(nickname, requestId);
      presence.seen(loggedIn.member);
      return loggedIn;
    },
    async authenticate(token) {
      open();
      const id = token === "" ? undefined : await answered(sessions.resolve(token));
      const member = id === undefined ? undefined : roster.find(id);
      if (member?.stage !== "present") throw new Refusal("NOT_LOGGED_IN");
      presence.seen(member);
      return member;
    },
    say,
    whisper,
    setIgnoring,
    listUsers: (request) => ({ ...listUsers(request), position: tailer.position() }),
    readHistory,
    logout: (member) => leave(member, "LOGGED_OUT"),
    openFeed,
    beginShutdown() {
      closing = true;
      presence.close();
    },
    async close() {
      closing = true;
      presence.close();
      await tailer.stop();
    },
  };
}

const PAGE = 256;
/** A guess at how long a restart takes. */
const SHUTDOWN_RETRY_MS = 1_000;
