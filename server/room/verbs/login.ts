import type { RoomContext } from "../context.js";
import { Refusal } from "../errors.js";
import { Member } from "../members/member.js";
import { factsOf, findMember } from "../members/restore.js";
import { Fenced } from "../ports.js";
import { type Nickname, parseNickname } from "../rules/nickname/nickname.js";
import { ReservedNames } from "../rules/nickname/reserved.js";
import { suggestFree } from "../rules/nickname/suggest.js";
import { checkRequestId, refuseStoreErrors } from "./guards.js";

/** A login secret (request_id) is all that protects a new member from a stranger, so short ones are refused. */
const MIN_SECRET_LENGTH = 16;
/** Messages that a new member may send at once, if the burst is larger: a new name is no new burst. */
const NEWCOMER_BURST = 10;

export interface LoggedIn {
  readonly member: Member;
  readonly token: string;
}

/** `token`: undefined if the member was there before. */
type Admitted = Pick<LoggedIn, "member"> & Partial<LoggedIn>;

/** Login: admits a new member under a nickname. The room learns of it by the first call that shows it (announce.ts). */
export class Logins {
  private readonly reserved: ReservedNames;
  /** Calls in progress by secret: a retry may overtake the first call. */
  private readonly inProgress = new Map<string, Promise<Admitted>>();

  constructor(private readonly context: RoomContext) {
    this.reserved = new ReservedNames(context.settings.reservedNames);
  }

  async login(nickname: string, requestId: string): Promise<LoggedIn> {
    checkRequestId(requestId, MIN_SECRET_LENGTH);
    const name = parseNickname(nickname, this.reserved);
    const secret = requestId === "" ? undefined : `${name.key}\n${requestId}`;
    const work = async () => {
      const { member, token } = await this.admitOnce(name, secret);
      return { member, token: token ?? (await this.context.sessions.issue(member.id, member.state)) };
    };
    return refuseStoreErrors(work());
  }

  private admitOnce(name: Nickname, secret: string | undefined): Promise<Admitted> {
    if (secret === undefined) return this.admit(name, secret);
    const pending = this.inProgress.get(secret);
    if (pending) return pending.then(({ member }) => ({ member }));
    const admitted = this.admit(name, secret).finally(() => this.inProgress.delete(secret));
    this.inProgress.set(secret, admitted);
    return admitted;
  }

  /** The member that an earlier Login with this secret admitted, or a new one. */
  private async admit(name: Nickname, secret: string | undefined): Promise<Admitted> {
    const { ids, roster, sessions, settings, shared } = this.context;
    const earlierId = secret !== undefined ? await sessions.admittedBefore(secret) : undefined;
    const earlier = earlierId !== undefined ? await findMember(this.context, earlierId) : undefined;
    if (earlier?.name.key === name.key && earlier.isLoggedIn && (await this.keeps(earlier)))
      return { member: earlier };
    // Where several processes admit members, the claim decides.
    if (!shared && roster.isTaken(name.key, name.skeleton)) throw this.taken(name);
    if (roster.reserved >= settings.maxMembers)
      throw new Refusal("ROOM_FULL", { limit: settings.maxMembers });
    if (secret === undefined) return this.claim(name, ids.random());
    // The id comes first: a try of this Login at another process then claims the name for the same member.
    return this.claim(name, await sessions.settleLogin(secret, earlierId ?? ids.random()));
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
  private async claim(name: Nickname, id: string): Promise<Admitted> {
    const { clock, leases, presence, roster, sessions, settings, shared } = this.context;
    const present = roster.find(id);
    if (present) return { member: present };
    // The store was asked meanwhile.
    if (!shared && roster.isTaken(name.key, name.skeleton)) throw this.taken(name);
    const member = new Member({
      ...factsOf(this.context),
      id,
      name,
      joinTime: clock.now(),
    });
    member.rateLimiter.charge(clock.monotonic(), Math.max(0, settings.messageBurst - NEWCOMER_BURST));
    roster.reserve(member);
    try {
      if (!(await leases.acquire(member))) throw this.taken(name);
      const token = await sessions.issue(member.id, member.state);
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
    await sessions.end(member.id).catch((error: unknown) => {
      observe({ kind: "member_write_failed", step: "session_end", error });
    });
  }

  private taken(name: Nickname): Refusal {
    const { roster } = this.context;
    const suggestion = suggestFree(name, (key, skeleton) => roster.isTaken(key, skeleton), this.reserved);
    return new Refusal("NICKNAME_TAKEN", { field: "nickname", ...(suggestion && { suggestion }) });
  }
}
