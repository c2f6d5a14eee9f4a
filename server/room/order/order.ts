/**
 * What moderators and owners do, and the rules that they set.
 *
 *     order.ts       the rules: who may enter, who may speak, and what is known of the room
 *     moderation.ts  all that a moderator can do
 *     state/         what the rules consist of: bans, invites, networks
 *     acting/        whom an action is for, and how it is carried out, once, whatever fails on the way
 *     the others     one file per RPC of ModerationService, named as the RPC
 *
 * The life of an action: it is checked against the caller's role, stored as a whole, and carried out step by step: the
 * state is written, its events are appended, stays end and messages are erased. Then it is deleted again. A process that
 * ends in between leaves it behind, and the next start carries it out: each step can be repeated, since writes name the
 * version that they replace and appends have idempotency keys.
 *
 * Where several processes serve the room, the others learn of an action from its `moderated` record: they read again what
 * it names, and decide nothing before they have (`fresh`).
 */
import type { Invites } from "../entry/invites.js";
import { Refusal } from "../errors.js";
import type { Address, ExternalIdentity, Role } from "../identity.js";
import type { RecordDetails } from "../log/record.js";
import type { Member } from "../members/member.js";
import type { Registration } from "../names/registrations.js";
import type { Observer } from "../observer.js";
import { type Clock, type Ids, type KeyValue, Unavailable } from "../ports.js";
import type { RoomFacts } from "../room-facts.js";
import type { Nickname } from "../rules/nickname/nickname.js";
import { type Ban, Bans, refusalOfBan, type Suspect } from "./state/bans.js";
import { type Invite, inviteKey, StoredInvites } from "./state/invites.js";
import { StoredState, type Write } from "./state/stored.js";

const RETRY_MS = 1_000;

/** What of the room can be changed while it runs. */
export interface RoomState extends RoomFacts {
  /** Message of the day; empty if there is none. */
  readonly motd: string;
}

/** A mute, as it is stored. */
export interface Mute {
  readonly userId: string;
  readonly reason: string;
  /** ms since 1970. */
  readonly until: number;
}

/** Who wants to log in, as far as that is proven. */
export interface Entrant {
  readonly name: Nickname;
  readonly address: Address;
  /** The registration whose secret was right; undefined for a guest. */
  readonly registration: Registration | undefined;
  readonly identity: ExternalIdentity | undefined;
}

/** Whom a message is for, where that is one person, who need not be in the room. */
export interface Addressee {
  readonly id: string;
  readonly role: Role | undefined;
}

export interface OrderOptions {
  readonly values: KeyValue;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly observe: Observer;
  /** By the operator's settings. */
  readonly defaults: RoomState;
  /** A ban that another process made is known here from now on. */
  readonly onBan: (ban: Ban) => void;
}

export const ROOM_KEY = "room";
export const banKey = (id: string) => `ban:${id}`;
export const muteKey = (memberId: string) => `mute:${memberId}`;

export class Order {
  readonly bans = new Bans();
  readonly invites: Invites & StoredInvites;
  readonly stored: StoredState;
  private readonly mutes = new Map<string, Mute>();
  private current: RoomState;
  /** What owners and moderators have changed of the defaults. */
  changes: Partial<RoomState> = {};
  /** Keys of what another process has changed and this one has not read. */
  private readonly stale = new Set<string>();
  private isUnknown = false;
  private reading: Promise<void> | undefined;
  private cancelRetry = () => {};

  constructor(private readonly options: OrderOptions) {
    const { values, ids, clock, defaults } = options;
    this.stored = new StoredState(values);
    this.invites = new StoredInvites(this.stored, ids, clock);
    this.current = defaults;
  }

  get state(): RoomState {
    return this.open(this.current);
  }

  get isEntryExternal(): boolean {
    return this.options.defaults.entry === "EXTERNAL";
  }

  /** Reads all that is stored. */
  async load(): Promise<void> {
    const [bans, mutes, invites, room] = await Promise.all([
      this.stored.readAll(banKey("")),
      this.stored.readAll(muteKey("")),
      this.stored.readAll(inviteKey("")),
      this.stored.read(ROOM_KEY),
    ]);
    this.bans.clear();
    this.mutes.clear();
    this.invites.clear();
    for (const some of [bans, mutes, invites]) for (const [key, json] of some) this.accept(key, json);
    this.accept(ROOM_KEY, room.json);
  }

  /** Reads what the invites were used for at other processes. */
  async readInvites(): Promise<void> {
    for (const [key, json] of await this.stored.readAll(inviteKey(""))) this.accept(key, json);
  }

  /** The room with these changes of its defaults. */
  preview(changes: Partial<RoomState>): RoomState {
    return this.open({ ...this.options.defaults, ...changes });
  }

  /** Ends what waits for the store. */
  stop(): void {
    this.cancelRetry();
  }

  /** Writes what an action changes. Returns false if another process has changed it meanwhile. */
  async write(write: Write): Promise<boolean> {
    this.bans.sweep(this.nowMs);
    this.invites.sweep(this.nowMs);
    const isWritten = await this.stored.write(write, this.nowMs);
    if (isWritten) this.accept(write.key, write.json);
    else this.stale.add(write.key);
    return isWritten;
  }

  /** Another process has acted; `id`: of the person concerned, or empty. */
  changed({ action, reference }: Pick<RecordDetails, "action" | "reference">, id: string): void {
    if (action === "BAN" || action === "UNBAN") this.stale.add(banKey(reference));
    else if (action === "MUTE" || action === "UNMUTE") this.stale.add(muteKey(id));
    else if (action === "CREATE_INVITE" || action === "REVOKE_INVITE") this.stale.add(inviteKey(reference));
    else if (action === "UPDATE_ROOM") this.stale.add(ROOM_KEY);
    else return;
    this.readAgain();
  }

  /** The records of what other processes have changed may be lost: all of it is read again. */
  changedUnseen(): void {
    this.isUnknown = true;
    this.readAgain();
  }

  /** Resolves when what other processes have changed is known here; undefined if it is. Rejects with Unavailable. */
  fresh(): Promise<void> | undefined {
    if (this.stale.size === 0 && !this.isUnknown) return undefined;
    this.reading ??= this.readStale().finally(() => {
      this.reading = undefined;
    });
    return this.reading;
  }

  /** The mute of a person; undefined if it may speak. */
  muteOf(id: string): Mute | undefined {
    const mute = this.mutes.get(id);
    return mute && mute.until > this.nowMs ? mute : undefined;
  }

  /** The mutes of those who are gone for good, to be deleted. */
  mutesWithout(isKnown: (id: string) => boolean): readonly string[] {
    return [...this.mutes.keys()].filter((id) => !isKnown(id));
  }

  /** A guest has left, and its mute ends. Returns whether there was one. */
  forgetMute(id: string): boolean {
    return this.mutes.delete(id);
  }

  /** Refuses a Login with BANNED. */
  refuseEntry({ name, address, registration, identity }: Entrant): void {
    if (this.bans.size === 0) return;
    const id = identity?.id ?? registration?.id ?? "";
    this.refuseBanned({ name, id }, identity?.role ?? registration?.role, address);
  }

  /** Refuses a call with BANNED. */
  refuseCall({ name, id, person }: Member, address: Address): void {
    if (this.bans.size > 0) this.refuseBanned({ name, id }, person.role, address);
  }

  /** Refuses a message with MUTED, RATE_LIMITED (slow mode), REGISTRATION_REQUIRED or NOT_ALLOWED. */
  refuseSpeaking(sender: Member, addressee: Addressee | undefined): void {
    const { speaking, slowModeMs } = this.current;
    if (this.mutes.size === 0 && speaking === "EVERYONE" && slowModeMs === 0) return;
    if (addressee?.role !== undefined) return;
    this.refuseMuted(sender);
    if (sender.isModerator) return;
    if (speaking === "MODERATORS") throw new Refusal("NOT_ALLOWED", { rule: "speaking" });
    if (speaking === "REGISTERED" && !sender.person.registered)
      throw new Refusal("REGISTRATION_REQUIRED", { rule: "speaking" });
    const waitMs = sender.spokeAtMs + slowModeMs - this.options.clock.monotonic();
    if (waitMs > 0) throw new Refusal("RATE_LIMITED", { rule: "slow_mode", retryDelayMs: Math.ceil(waitMs) });
  }

  /** Refuses with MUTED. */
  refuseMuted({ id }: Pick<Member, "id">): void {
    const mute = this.muteOf(id);
    if (!mute) return;
    throw new Refusal("MUTED", { retryDelayMs: mute.until - this.nowMs, because: mute.reason });
  }

  private refuseBanned(suspect: Suspect, role: Role | undefined, { ip }: Address): void {
    // Bans of networks, and of nicknames that look alike, do not stop moderators; a ban of the person does.
    const ban =
      role === undefined
        ? (this.bans.ofPerson(suspect, this.nowMs) ?? (ip && this.bans.ofAddress(ip, this.nowMs)))
        : this.bans.ofUser(suspect.id, this.nowMs);
    if (ban) throw refusalOfBan(ban, this.nowMs);
  }

  /** Without a door that is closed no longer. */
  private open(room: RoomState): RoomState {
    const { closedUntil, ...state } = room;
    return closedUntil !== undefined && closedUntil > this.nowMs ? room : state;
  }

  private get nowMs(): number {
    return this.options.clock.now();
  }

  private readAgain(): void {
    this.cancelRetry();
    this.fresh()?.catch((error: unknown) => {
      if (!(error instanceof Unavailable)) throw error;
      this.options.observe({ kind: "order_read_failed", error });
      this.cancelRetry = this.options.clock.after(RETRY_MS, () => this.readAgain());
    });
  }

  private async readStale(): Promise<void> {
    if (this.isUnknown) {
      this.isUnknown = false;
      try {
        await this.load();
      } catch (error) {
        this.isUnknown = true;
        throw error;
      }
      for (const ban of this.bans.inForce(this.nowMs)) this.options.onBan(ban);
    }
    while (this.stale.size > 0)
      for (const key of [...this.stale]) {
        // Changed again while it is read: it is read again.
        this.stale.delete(key);
        try {
          const { json } = await this.stored.read(key);
          this.accept(key, json);
          if (key.startsWith(banKey("")) && json !== undefined) this.options.onBan(json as Ban);
        } catch (error) {
          this.stale.add(key);
          throw error;
        }
      }
  }

  /** What is stored under a key is this; undefined: nothing. */
  private accept(key: string, json: unknown): void {
    const [kind, id = ""] = splitKey(key);
    if (kind === "ban") {
      if (json) this.bans.set(json as Ban);
      else this.bans.delete(id);
    } else if (kind === "mute") {
      if (json) this.mutes.set(id, json as Mute);
      else this.mutes.delete(id);
    } else if (kind === "invite") {
      if (json) this.invites.set(json as Invite);
      else this.invites.delete(id);
    } else {
      this.changes = (json ?? {}) as Partial<RoomState>;
      this.current = { ...this.options.defaults, ...this.changes };
    }
  }
}

function splitKey(key: string): [kind: string, id?: string] {
  const at = key.indexOf(":");
  return at < 0 ? [key] : [key.slice(0, at), key.slice(at + 1)];
}
