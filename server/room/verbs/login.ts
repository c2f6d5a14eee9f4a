import { Refusal } from "../errors.js";
import { writeRecord } from "../log/record.js";
import { Member } from "../members/member.js";
import { Unavailable } from "../ports.js";
import { type Nickname, parseNickname } from "../rules/nickname/nickname.js";
import { suggestFree } from "../rules/nickname/suggest.js";
import type { RoomParts } from "./parts.js";
import { answered, checkRequestId } from "./requests.js";

/** A login secret is all that stands between a stranger and someone's name, so short ones are refused. */
const MIN_SECRET_LENGTH = 16;
const RETRY_MS = 1_000;

export interface LoggedIn {
  readonly member: Member;
  readonly token: string;
}

type Login = (nickname: string, requestId: string) => Promise<LoggedIn>;

/** Takes a nickname and lets the room hear of it. */
export function createLogin(parts: RoomParts): Login {
  const { clock, encode, ids, leases, observe, roster, sessions, settings } = parts;
  const reserved = new Set(settings.reservedNames);
  /** Logins on their way by secret: a retry may overtake the first try. */
  const underway = new Map<string, Promise<Member>>();

  async function admit(name: Nickname, secret: string | undefined): Promise<Member> {
    const member = new Member({
      id: ids.random(),
      name,
      joinTime: clock.now(),
      rateLimit: { perSecond: settings.messagesPerSecond, burst: settings.messageBurst },
    });
    roster.reserve(member);
    let counted = false;
    try {
      if (!(await leases.acquire(member))) throw taken(name);
      if (secret !== undefined) await sessions.rememberLogin(secret, member.id);
      roster.expected++;
      counted = true;
      await announce(member, roster.expected);
      return member;
    } catch (error) {
      if (counted && isUnknown(error)) announceLater(member, roster.expected);
      else await withdraw(member, counted);
      throw error;
    }
  }

  async function announce(member: Member, online: number): Promise<void> {
    const record = writeRecord({ kind: "joined", user: member.person, online }, encode);
    const key = `joined:${member.name.key}:${member.stay}`;
    await parts.applied(await leases.append(member, record, { key, then: "announce" }));
  }

  /**
   * The room may have heard of the member although nobody knows: the caller is told to try again, and meanwhile the same
   * append is repeated until its outcome is known (promise L10).
   */
  function announceLater(member: Member, online: number): void {
    clock.after(RETRY_MS, async () => {
      if (parts.closing()) return;
      try {
        await announce(member, online);
      } catch (error) {
        observe({ kind: "member_write_failed", step: "joined", error });
        if (error instanceof Unavailable) announceLater(member, online);
        else await withdraw(member, true);
      }
    });
  }

  async function withdraw(member: Member, counted: boolean): Promise<void> {
    if (counted) roster.expected--;
    roster.remove(member);
    // Best effort: what stays behind is released by the next who takes the name, or at the next start.
    if (member.token === 0) return;
    await leases.release(member).catch((error: unknown) => {
      observe({ kind: "member_write_failed", step: "name_release", error });
    });
  }

  function taken(name: Nickname): Refusal {
    const suggestion = suggestFree(name, (key, skeleton) => roster.taken(key, skeleton), reserved);
    return new Refusal("NICKNAME_TAKEN", { field: "nickname", ...(suggestion && { suggestion }) });
  }

  async function member(name: Nickname, secret: string | undefined): Promise<Member> {
    const earlierId = secret !== undefined ? await sessions.admittedBefore(secret) : undefined;
    const earlier = earlierId !== undefined ? roster.find(earlierId) : undefined;
    if (earlier?.name.key === name.key) {
      if (earlier.stage === "present") return earlier;
      if (earlier.stage === "joining") throw new Unavailable("unknown");
    }
    if (roster.taken(name.key, name.skeleton)) throw taken(name);
    if (roster.reserved >= settings.maxMembers)
      throw new Refusal("ROOM_FULL", { limit: settings.maxMembers });
    return admit(name, secret);
  }

  function memberOnce(name: Nickname, secret: string | undefined): Promise<Member> {
    if (secret === undefined) return member(name, secret);
    const pending = underway.get(secret);
    if (pending) return pending;
    const admitted = member(name, secret).finally(() => underway.delete(secret));
    underway.set(secret, admitted);
    return admitted;
  }

  return async (nickname, requestId) => {
    checkRequestId(requestId, MIN_SECRET_LENGTH);
    const name = parseNickname(nickname, reserved);
    const secret = requestId === "" ? undefined : `${name.key}\n${requestId}`;
    return answered(
      (async () => {
        const admitted = await memberOnce(name, secret);
        return { member: admitted, token: await sessions.issue(admitted.id) };
      })(),
    );
  };
}

function isUnknown(error: unknown): boolean {
  return error instanceof Unavailable && error.outcome === "unknown";
}
