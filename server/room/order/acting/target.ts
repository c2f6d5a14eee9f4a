import type { RoomContext } from "../../context.js";
import { Refusal } from "../../errors.js";
import { type Role, rankOf } from "../../identity.js";
import type { Participant } from "../../log/record.js";
import type { Member } from "../../members/member.js";
import { findMember } from "../../members/restore.js";
import type { Registration } from "../../names/registrations.js";
import { foldNickname } from "../../rules/nickname/fold.js";
import { checkText } from "../../rules/text.js";
import { refuseStoreErrors } from "../../verbs/guards.js";

/** Bytes of UTF-8. */
export const MAX_LINE_BYTES = 256;
export const MAX_DURATION_MS = 3_650 * 86_400_000;
const MAX_TARGET_BYTES = 64;

/** Who acts. Id and nickname of the operator are empty. */
export interface Actor {
  readonly id: string;
  readonly nickname: string;
  readonly role: Role | "OPERATOR" | undefined;
}

export const operator: Actor = { id: "", nickname: "", role: "OPERATOR" };

export function actorOf({ id, person }: Member): Actor {
  return { id, nickname: person.nickname, role: person.role };
}

/** Whom an action is for: a person, or who has a nickname now. Both empty: no one is named. */
export interface Target {
  readonly userId: string;
  readonly nickname: string;
}

/** A person as far as the room knows it. */
export interface Aim extends Participant {
  readonly role: Role | undefined;
  readonly member: Member | undefined;
  readonly registration: Registration | undefined;
}

/** Refuses with NOT_ALLOWED. */
export function requireRole(actor: Actor, role: Role): void {
  if (rankOf(actor.role) < rankOf(role)) throw new Refusal("NOT_ALLOWED");
}

/** Refuses with NOT_ALLOWED an equal, a superior, and the caller itself. */
export function requireHigher(actor: Actor, { id, role }: Pick<Aim, "id" | "role">): void {
  if (id !== "" && id === actor.id) throw new Refusal("NOT_ALLOWED", { rule: "oneself" });
  if (rankOf(actor.role) <= rankOf(role)) throw new Refusal("NOT_ALLOWED", { rule: "rank" });
}

/** What this process decides by is what all of them had done by now. */
export async function current(context: RoomContext): Promise<void> {
  const applied = context.caughtUp();
  if (applied) await refuseStoreErrors(applied);
  const fresh = context.registrations.fresh();
  if (fresh) await refuseStoreErrors(fresh);
}

/** Exactly one of the two has to be set. */
export function checkTarget({ userId, nickname }: Target): void {
  for (const [field, value] of [
    ["user_id", userId],
    ["nickname", nickname],
  ] as const)
    if (new TextEncoder().encode(value).length > MAX_TARGET_BYTES)
      throw new Refusal("REQUEST_INVALID", { field, rule: "too_long", limit: MAX_TARGET_BYTES });
  if (userId === "" && nickname === "")
    throw new Refusal("REQUEST_INVALID", { field: "target", rule: "missing" });
}

/** The person that is named; undefined if there is none. */
export async function find(context: RoomContext, target: Target): Promise<Aim | undefined> {
  checkTarget(target);
  const { registrations } = context;
  const key = foldNickname(target.nickname);
  const member = target.userId === "" ? byNickname(context, key) : await byId(context, target.userId);
  const registration =
    target.userId === "" && !member
      ? registrations.byKey(key)
      : registrations.byId(member?.id ?? target.userId);
  if (member) return { ...member.participant, role: member.person.role, member, registration };
  if (!registration) return undefined;
  const { id, name, role } = registration;
  return { id, nickname: name.shown, registered: true, role, member, registration };
}

export function userNotFound({ userId }: Target): Refusal {
  return new Refusal("USER_NOT_FOUND", { field: userId === "" ? "nickname" : "user_id" });
}

/** The person that is named. Refuses with USER_NOT_FOUND. */
export async function findOne(context: RoomContext, target: Target): Promise<Aim> {
  const aim = await find(context, target);
  if (!aim) throw userNotFound(target);
  return aim;
}

/** Refuses, with REQUEST_INVALID, what is not one line of at most 256 bytes; it may be empty. */
export function checkLine(field: string, text: string): void {
  if (text === "") return;
  try {
    checkText(text, { maxTextBytes: MAX_LINE_BYTES, maxTextLines: 1 });
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    const { rule, limit } = error.detail;
    const isLong = rule === "too_long";
    throw new Refusal("REQUEST_INVALID", {
      field,
      rule: isLong ? rule : "text",
      ...(isLong && { limit: limit! }),
    });
  }
}

/** Refuses, with REQUEST_INVALID, a time that is not from `minMs` (default: above 0) to `maxMs` (default: ten years). */
export function checkDuration(field: string, ms: number, minMs = 1, maxMs = MAX_DURATION_MS): void {
  if (!(ms >= minMs && ms <= maxMs)) throw new Refusal("REQUEST_INVALID", { field, rule: "range" });
}

function byNickname({ roster }: RoomContext, key: string): Member | undefined {
  const present = roster.findPresent(key);
  if (present) return present;
  // Who has logged in and is not announced yet.
  for (const member of roster.members()) if (member.name.key === key && member.isLoggedIn) return member;
  return undefined;
}

async function byId(context: RoomContext, id: string): Promise<Member | undefined> {
  const member = await refuseStoreErrors(findMember(context, id));
  return member?.isLoggedIn ? member : undefined;
}
