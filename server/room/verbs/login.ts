import type { RoomContext } from "../context.js";
import { provenOwner, refuseGuest, takeInvite } from "../entry/entry.js";
import { registerExternal } from "../entry/external.js";
import { Refusal } from "../errors.js";
import { type Address, type ExternalIdentity, type LoginRequest, unknownAddress } from "../identity.js";
import { IgnoreHistory } from "../members/ignore-history.js";
import { Member, type MemberFacts } from "../members/member.js";
import { factsOf, findMember, findOwner } from "../members/restore.js";
import type { Registration } from "../names/registrations.js";
import { MAX_SECRET_BYTES } from "../names/secrets.js";
import type { Entrant } from "../order/order.js";
import { Fenced, type Position } from "../ports.js";
import { foldNickname } from "../rules/nickname/fold.js";
import { type Nickname, parseNickname } from "../rules/nickname/nickname.js";
import { ReservedNames } from "../rules/nickname/reserved.js";
import { suggestFree, suggestValid } from "../rules/nickname/suggest.js";
import { checkLength, checkRequestId, decideAgain, refuseStoreErrors } from "./guards.js";

/** A request_id is all that protects a new member from a stranger, so short ones are refused. */
const MIN_REQUEST_ID_LENGTH = 16;
/** Messages that a new member may send at once, if the burst is larger: a new name is no new burst. */
const NEWCOMER_BURST = 10;

export interface LoggedIn {
  readonly member: Member;
  readonly token: string;
  /** Up to where the owner of a registered nickname has received the log, unless it is in the room on another device. */
  readonly left?: Position;
  /** When the session ends, ms since 1970; undefined: when it is not used for long. */
  readonly expiresAt?: number;
}

type NewFacts = Pick<MemberFacts, "id" | "name"> & Partial<MemberFacts>;

interface Claiming {
  /** When the session ends, ms since 1970. */
  readonly until?: number;
  /** Registers the nickname for the member, once it is claimed. */
  readonly register?: (member: Member) => Promise<void>;
}

/** `token`: undefined if the member was there before. */
type Admitted = Pick<LoggedIn, "member"> & Partial<LoggedIn>;

/** Login: admits a new member under a nickname. The room learns of it by the first call that shows it (announce.ts). */
export class Logins {
  private readonly reserved: ReservedNames;
  /** Calls in progress by who makes them: a retry may overtake the first call, and so may another device. */
  private readonly inProgress = new Map<string, Promise<Admitted>>();

  constructor(private readonly context: RoomContext) {
    this.reserved = new ReservedNames(context.settings.reservedNames);
  }

  async login(request: LoginRequest): Promise<LoggedIn> {
    const { requestId = "", secret = "", invite = "" } = request;
    checkRequestId(requestId, MIN_REQUEST_ID_LENGTH);
    checkLength("secret", secret, MAX_SECRET_BYTES);
    checkLength("invite", invite, MAX_SECRET_BYTES);
    const { identity } = request;
    if (identity) return refuseStoreErrors(this.loginExternal(request, identity));
    return refuseStoreErrors(secret === "" ? this.loginGuest(request) : this.loginOwner(request));
  }

  private async loginExternal(request: LoginRequest, identity: ExternalIdentity): Promise<LoggedIn> {
    const { registrations } = this.context;
    const waiting = registrations.fresh();
    if (waiting) await waiting;
    const before = registrations.byId(identity.id);
    const wanted = request.nickname || identity.nickname || before?.name.shown || "";
    const isBefore = before !== undefined && foldNickname(wanted) === before.name.key;
    const name = isBefore ? before.name : this.parseExternal(wanted);
    const { address = unknownAddress } = request;
    await this.refuseEntry({ name, address, registration: before, identity });
    const bot = request.bot === true || identity.bot === true;
    const admit = () => this.admitExternal(name, identity, bot, address);
    const admitted = await this.once(`owner ${identity.id}`, admit);
    const loggedIn = await this.withToken(admitted, address, identity.expiresAt);
    return loggedIn.member.isAnnounced || !before?.left ? loggedIn : { ...loggedIn, left: before.left };
  }

  /** Refuses a name that is no nickname with the nearest one that is. */
  private parseExternal(name: string): Nickname {
    try {
      return parseNickname(name, this.reserved);
    } catch (error) {
      const nearest = error instanceof Refusal ? suggestValid(name, this.reserved) : undefined;
      if (!(error instanceof Refusal) || !nearest) throw error;
      const isFree = !this.isTaken(nearest.key, nearest.skeleton);
      const suggestion = isFree ? { suggestion: nearest.shown } : this.suggestion(nearest);
      throw new Refusal(error.reason, { ...error.detail, ...suggestion }, { cause: error });
    }
  }

  /** The member that the person is on another device, or a new stay. */
  private async admitExternal(
    name: Nickname,
    identity: ExternalIdentity,
    bot: boolean,
    address: Address,
  ): Promise<Admitted> {
    const { ignoreHistories, registrations, sessions } = this.context;
    const { id, role, expiresAt } = identity;
    const present = await findOwner(this.context, id);
    if (present) {
      await registerExternal(this.context, present, identity);
      return { member: present };
    }
    if (registrations.isClosed(name, id))
      throw new Refusal("NICKNAME_REGISTERED", { field: "nickname", ...this.suggestion(name) });
    this.refuseFull();
    sessions.forget(id);
    const before = registrations.byId(id);
    const counts = role ?? before?.given;
    const ignore = ignoreHistories.get(id) ?? new IgnoreHistory(before?.ignoring);
    const facts = { id, name, registered: true, ...(counts && { role: counts }), bot, ignore };
    return this.claim(facts, address, {
      ...(expiresAt !== undefined && { until: expiresAt }),
      register: (member) => registerExternal(this.context, member, identity),
    });
  }

  private async loginOwner(request: LoginRequest): Promise<LoggedIn> {
    const { registrations } = this.context;
    const { nickname, secret = "", address = unknownAddress } = request;
    const owner = await provenOwner(this.context, { nickname, secret, address });
    const { id, name } = owner;
    await this.refuseEntry({ name, address, registration: owner, identity: undefined });
    const admit = () => this.admitOwner(owner, request.bot ?? false, address);
    const loggedIn = await this.withToken(await this.once(`owner ${id}`, admit), address);
    const { left } = registrations.byKey(name.key) ?? owner;
    return loggedIn.member.isAnnounced || !left ? loggedIn : { ...loggedIn, left };
  }

  private async loginGuest(request: LoginRequest): Promise<LoggedIn> {
    const { nickname, requestId = "" } = request;
    // Whatever it asks for: the operator decides that for good.
    if (this.context.order.state.entry === "EXTERNAL") refuseGuest(this.context);
    const name = parseNickname(nickname, this.reserved);
    const { address = unknownAddress } = request;
    await this.refuseEntry({ name, address, registration: undefined, identity: undefined });
    await this.refuseRegistered(name);
    const key = requestId === "" ? undefined : `${name.key}\n${requestId}`;
    const admit = () => this.admitGuest(name, key, request);
    return this.withToken(key === undefined ? await admit() : await this.once(key, admit), address);
  }

  /** `until`: when the session ends, ms since 1970. */
  private async withToken({ member, token }: Admitted, address: Address, until?: number): Promise<LoggedIn> {
    member.seenAt(address);
    return {
      member,
      token: token ?? (await this.context.sessions.issue(member.id, member.state, until)),
      ...(until !== undefined && { expiresAt: until }),
    };
  }

  private once(key: string, admit: () => Promise<Admitted>): Promise<Admitted> {
    const pending = this.inProgress.get(key);
    if (pending) return pending.then(({ member }) => ({ member }));
    const admitted = admit().finally(() => this.inProgress.delete(key));
    this.inProgress.set(key, admitted);
    return admitted;
  }

  /** The member that has the nickname now, on another device or as a ghost; or a new stay of it. */
  private async admitOwner(owner: Registration, bot: boolean, address: Address): Promise<Admitted> {
    const { ignoreHistories, sessions } = this.context;
    const { id, name, role } = owner;
    const present = await findOwner(this.context, id);
    if (present) return { member: present };
    this.refuseFull();
    sessions.forget(id);
    const ignore = ignoreHistories.get(id) ?? new IgnoreHistory(owner.ignoring);
    return this.claim({ id, name, registered: true, ...(role && { role }), bot, ignore }, address);
  }

  /** The member that an earlier Login with this key admitted, or a new one. */
  private async admitGuest(
    name: Nickname,
    key: string | undefined,
    request: LoginRequest,
  ): Promise<Admitted> {
    const { ids, roster, sessions, shared } = this.context;
    const earlierId = key !== undefined ? await sessions.admittedBefore(key) : undefined;
    const earlier = earlierId !== undefined ? await findMember(this.context, earlierId) : undefined;
    const isTheSame = earlier?.name.key === name.key && earlier.isLoggedIn;
    if (isTheSame && !earlier.person.registered && (await this.keeps(earlier))) return { member: earlier };
    // Where several processes admit members, the claim decides.
    if (!shared && roster.isTaken(name.key, name.skeleton)) throw this.taken(name);
    await this.decide(() => refuseGuest(this.context));
    this.refuseFull();
    // The id comes first: a try of this Login at another process then claims the name for the same member.
    const id = key === undefined ? ids.random() : await sessions.settleLogin(key, earlierId ?? ids.random());
    const invite = await takeInvite(this.context, name, request, id);
    try {
      const { bot = false, address = unknownAddress } = request;
      return await this.claim({ id, name, bot }, address);
    } catch (error) {
      await invite?.undo();
      throw error;
    }
  }

  /** Whether the member still has its name. If so, no other process can withdraw it any more where its try has failed. */
  private async keeps(member: Member): Promise<boolean> {
    const { leases, roster, shared } = this.context;
    if (!shared || member.isAnnounced) return true;
    try {
      await leases.takeOver(member);
      return true;
    } catch (error) {
      if (!(error instanceof Fenced)) throw error;
      roster.remove(member);
      return false;
    }
  }

  /** A new member with its first token. Where that cannot be written, nothing of it remains. */
  private async claim(
    facts: NewFacts,
    address: Address,
    { until, register }: Claiming = {},
  ): Promise<Admitted> {
    const { clock, leases, order, presence, registrations, roster, sessions, settings, shared } =
      this.context;
    const { id, name } = facts;
    const present = roster.find(id);
    if (present) return { member: present };
    // The store was asked meanwhile.
    if (!shared && roster.isTaken(name.key, name.skeleton)) throw this.taken(name);
    const member = new Member({ ...factsOf(this.context), ...facts, joinTime: clock.now() });
    member.seenAt(address);
    member.rateLimiter.charge(clock.monotonic(), Math.max(0, settings.messageBurst - NEWCOMER_BURST));
    roster.reserve(member);
    try {
      if (!(await leases.acquire(member))) throw this.taken(name);
      const issuing = sessions.issue(member.id, member.state, until);
      // Only who has a name can register it: what was registered before it was claimed is known when this resolves.
      const [token] = await Promise.all([issuing, shared ? registrations.fresh() : undefined]);
      // So is who was banned.
      order.refuseCall(member, address);
      if (register) await register(member);
      else if (!member.person.registered) await this.refuseRegistered(name);
      presence.seen(member);
      return { member, token };
    } catch (error) {
      await this.withdraw(member);
      throw error;
    }
  }

  private async withdraw(member: Member): Promise<void> {
    const { leases, observe, roster, sessions, shared } = this.context;
    // The same Login has been admitted at another process, and the member has joined.
    if (member.isAnnounced) return;
    roster.remove(member);
    // Best effort: a claim that remains is released by the next Login under this name, or at the next start.
    if (member.token === 0) return sessions.forget(member.id);
    await leases.release(member).catch((error: unknown) => {
      observe({ kind: "member_write_failed", step: "name_release", error });
    });
    // Another try of this Login may be admitted by another process, whose records these are then; else they expire.
    if (shared) return sessions.forget(member.id);
    await sessions.end(member.id, member.stay).catch((error: unknown) => {
      observe({ kind: "member_write_failed", step: "session_end", error });
    });
  }

  private refuseEntry(entrant: Entrant): Promise<void> {
    return this.decide(() => this.context.order.refuseEntry(entrant));
  }

  private async decide(refuse: () => void): Promise<void> {
    try {
      refuse();
    } catch (refusal) {
      await decideAgain(this.context, refusal, refuse);
    }
  }

  private refuseFull(): void {
    const { roster, settings } = this.context;
    if (roster.reserved >= settings.maxMembers)
      throw new Refusal("ROOM_FULL", { limit: settings.maxMembers });
  }

  /** Of a guest. */
  private async refuseRegistered(name: Nickname): Promise<void> {
    const { registrations } = this.context;
    if (!registrations.isClosed(name, undefined)) return;
    await registrations.fresh();
    if (!registrations.isClosed(name, undefined)) return;
    throw new Refusal("NICKNAME_REGISTERED", { field: "nickname", ...this.suggestion(name) });
  }

  private taken(name: Nickname): Refusal {
    return new Refusal("NICKNAME_TAKEN", { field: "nickname", ...this.suggestion(name) });
  }

  private isTaken(key: string, skeleton: string): boolean {
    const { registrations, roster } = this.context;
    return roster.isTaken(key, skeleton) || registrations.isClosed({ shown: key, key, skeleton }, undefined);
  }

  private suggestion(name: Nickname): { readonly suggestion?: string } {
    const suggestion = suggestFree(name, (key, skeleton) => this.isTaken(key, skeleton), this.reserved);
    return suggestion === undefined ? {} : { suggestion };
  }
}
