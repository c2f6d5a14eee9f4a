import type { RoomContext } from "../context.js";
import { Refusal } from "../errors.js";
import { writeRecord } from "../log/record.js";
import { Member } from "../members/member.js";
import { Unavailable } from "../ports.js";
import { type Nickname, parseNickname } from "../rules/nickname/nickname.js";
import { ReservedNames } from "../rules/nickname/reserved.js";
import { suggestFree } from "../rules/nickname/suggest.js";
import { checkRequestId, refuseStoreErrors } from "./guards.js";

/** A login secret (request_id) is all that protects a new member from a stranger, so short ones are refused. */
const MIN_SECRET_LENGTH = 16;
const RETRY_MS = 1_000;
/** Messages that a new member may send at once, if the burst is larger: a new name is no new burst. */
const NEWCOMER_BURST = 10;

export interface LoggedIn {
  readonly member: Member;
  readonly token: string;
}

/** Login: admits a new member under a nickname and announces it to the room. */
export class Logins {
  private readonly reserved: ReservedNames;
  /** Calls in progress by secret: a retry may overtake the first call. */
  private readonly inProgress = new Map<string, Promise<Member>>();

  constructor(private readonly context: RoomContext) {
    this.reserved = new ReservedNames(context.settings.reservedNames);
  }

  async login(nickname: string, requestId: string): Promise<LoggedIn> {
    checkRequestId(requestId, MIN_SECRET_LENGTH);
    const name = parseNickname(nickname, this.reserved);
    const secret = requestId === "" ? undefined : `${name.key}\n${requestId}`;
    const work = async () => {
      const member = await this.admitOnce(name, secret);
      const state = { hadFeed: member.hadFeed, ignoring: member.ignore.now };
      return { member, token: await this.context.sessions.issue(member.id, state) };
    };
    return refuseStoreErrors(work());
  }

  private admitOnce(name: Nickname, secret: string | undefined): Promise<Member> {
    if (secret === undefined) return this.admit(name, secret);
    const pending = this.inProgress.get(secret);
    if (pending) return pending;
    const admitted = this.admit(name, secret).finally(() => this.inProgress.delete(secret));
    this.inProgress.set(secret, admitted);
    return admitted;
  }

  /** The member that an earlier Login with this secret admitted, or a new one. */
  private async admit(name: Nickname, secret: string | undefined): Promise<Member> {
    const { roster, sessions, settings } = this.context;
    const earlierId = secret !== undefined ? await sessions.admittedBefore(secret) : undefined;
    const earlier = earlierId !== undefined ? roster.find(earlierId) : undefined;
    if (earlier?.name.key === name.key) {
      if (earlier.stage === "present") return earlier;
      if (earlier.stage === "joining") throw new Unavailable("unknown");
    }
    if (roster.isTaken(name.key, name.skeleton)) throw this.taken(name);
    if (roster.reserved >= settings.maxMembers)
      throw new Refusal("ROOM_FULL", { limit: settings.maxMembers });
    return this.join(name, secret);
  }

  private async join(name: Nickname, secret: string | undefined): Promise<Member> {
    const { clock, ids, leases, roster, sessions, settings } = this.context;
    const member = new Member({
      id: ids.random(),
      name,
      joinTime: clock.now(),
      rateLimit: { perSecond: settings.messagesPerSecond, burst: settings.messageBurst },
    });
    member.rateLimiter.charge(clock.monotonic(), Math.max(0, settings.messageBurst - NEWCOMER_BURST));
    roster.reserve(member);
    let counted = false;
    try {
      if (!(await leases.acquire(member))) throw this.taken(name);
      if (secret !== undefined) await sessions.rememberLogin(secret, member.id);
      roster.expected++;
      counted = true;
      await this.announce(member, roster.expected);
      return member;
    } catch (error) {
      if (counted && isUnknown(error)) this.announceLater(member, roster.expected);
      else await this.withdraw(member, counted);
      throw error;
    }
  }

  private async announce(member: Member, online: number): Promise<void> {
    const { encode, leases, tailer } = this.context;
    const record = writeRecord({ kind: "joined", user: member.person, online }, encode);
    const key = `joined:${member.name.key}:${member.stay}`;
    await tailer.until(await leases.append(member, record, { key, then: "announce", notice: true }));
  }

  /**
   * It is unknown whether the joined event was appended: the caller is asked to retry, and meanwhile the same append is
   * repeated until its outcome is known (promise L10).
   */
  private announceLater(member: Member, online: number): void {
    const { clock, isClosing, observe } = this.context;
    clock.after(RETRY_MS, async () => {
      if (isClosing()) return;
      try {
        await this.announce(member, online);
      } catch (error) {
        observe({ kind: "member_write_failed", step: "joined", error });
        if (error instanceof Unavailable) this.announceLater(member, online);
        else await this.withdraw(member, true);
      }
    });
  }

  private async withdraw(member: Member, counted: boolean): Promise<void> {
    const { leases, observe, roster } = this.context;
    if (counted) roster.expected--;
    roster.remove(member);
    // Best effort: a claim that remains is released by the next Login under this name, or at the next start.
    if (member.token === 0) return;
    await leases.release(member).catch((error: unknown) => {
      observe({ kind: "member_write_failed", step: "name_release", error });
    });
  }

  private taken(name: Nickname): Refusal {
    const { roster } = this.context;
    const suggestion = suggestFree(name, (key, skeleton) => roster.isTaken(key, skeleton), this.reserved);
    return new Refusal("NICKNAME_TAKEN", { field: "nickname", ...(suggestion && { suggestion }) });
  }
}

function isUnknown(error: unknown): boolean {
  return error instanceof Unavailable && error.outcome === "unknown";
}
