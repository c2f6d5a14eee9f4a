import { answered, checkRequestId } from "./answers.js";
import { Refusal } from "./errors.js";
import { createFlood } from "./flood.js";
import { Member } from "./member.js";
import { type Nickname, parseNickname } from "./nickname/nickname.js";
import { suggestFree } from "./nickname/suggest.js";
import { writeRecord } from "./record.js";
import type { RoomParts } from "./verbs.js";

/** A login secret is all that stands between a stranger and someone's name, so short ones are refused. */
const MIN_SECRET_LENGTH = 16;

export interface LoggedIn {
  readonly member: Member;
  readonly token: string;
}

type Login = (nickname: string, requestId: string) => Promise<LoggedIn>;

/** Takes a nickname and lets the room hear of it. */
export function createLogin(parts: RoomParts): Login {
  const { claims, clock, encode, ids, roster, sessions, settings } = parts;
  const reserved = new Set(settings.reservedNames);
  /** Logins on their way by secret: a retry may overtake the first try. */
  const underway = new Map<string, Promise<Member>>();

  async function admit(name: Nickname, secret: string | undefined): Promise<Member> {
    const member = new Member({
      id: ids.random(),
      name,
      joinTime: clock.now(),
      flood: createFlood({ perSecond: settings.messagesPerSecond, burst: settings.messageBurst }),
    });
    roster.reserve(member);
    let counted = false;
    try {
      if (!(await claims.take(member))) throw taken(name);
      if (secret !== undefined) await sessions.remember(secret, member.id);
      roster.expected++;
      counted = true;
      const record = writeRecord({ kind: "joined", user: member.person, online: roster.expected }, encode);
      const key = `joined:${name.key}:${member.visit}`;
      await parts.applied(await claims.append(member, record, { key, then: "announce" }));
      return member;
    } catch (error) {
      if (counted) roster.expected--;
      roster.remove(member);
      // Best effort: an unannounced claim that stays behind is released at the next start.
      if (member.token > 0) await claims.drop(member).catch(() => undefined);
      throw error;
    }
  }

  function taken(name: Nickname): Refusal {
    const suggestion = suggestFree(name, (key, skeleton) => roster.taken(key, skeleton), reserved);
    return new Refusal("NICKNAME_TAKEN", { field: "nickname", ...(suggestion && { suggestion }) });
  }

  async function member(name: Nickname, secret: string | undefined): Promise<Member> {
    const earlierId = secret !== undefined ? await sessions.earlier(secret) : undefined;
    const earlier = earlierId !== undefined ? roster.find(earlierId) : undefined;
    if (earlier?.stage === "here" && earlier.name.key === name.key) return earlier;
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
