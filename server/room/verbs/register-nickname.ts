import type { RoomContext } from "../context.js";
import { Refusal } from "../errors.js";
import type { Member } from "../members/member.js";
import { announceChange, newChange, newRegistration } from "../names/changes.js";
import { isRegistration, type Registration } from "../names/registrations.js";
import { checkChosen, generateSecret } from "../names/secrets.js";
import { chargeRateLimit, checkRequestId, refuseStoreErrors } from "./guards.js";
import { contentOf } from "./message.js";

export interface RegisterNicknameRequest {
  /** Empty: to be generated. */
  readonly secret: string;
  readonly requestId: string;
  /** Hash of the caller's token. */
  readonly session: string;
}

/**
 * RegisterNickname: the member's nickname becomes its own. By the owner: replaces the secret and ends all other sessions.
 * Resolves to the secret that was generated; empty if the caller chose one.
 */
export async function registerNickname(
  context: RoomContext,
  member: Member,
  { secret, requestId, session }: RegisterNicknameRequest,
): Promise<string> {
  checkRequestId(requestId);
  if (secret !== "") checkChosen(secret);
  const nowMs = context.clock.monotonic();
  const content = contentOf(context, requestId, ["RegisterNickname", secret]);
  const isRetry = member.requests.knows(requestId, content, nowMs);
  chargeRateLimit(member, nowMs);
  const given = secret === "" ? generateSecret(context.ids) : secret;
  const hash = await context.secrets.hash(given);
  await member.registering.take(() =>
    refuseStoreErrors(register(context, member, hash, { isRetry, session })),
  );
  // Not its result: a retry returns another secret, so that no secret is kept.
  member.requests.note(requestId, content, nowMs);
  return secret === "" ? given : "";
}

async function register(
  context: RoomContext,
  member: Member,
  secret: string,
  { isRetry, session }: { readonly isRetry: boolean; readonly session: string },
): Promise<void> {
  const { registrations } = context;
  const waiting = registrations.fresh();
  if (waiting) await waiting;
  if (!member.isLoggedIn) throw new Refusal("NOT_LOGGED_IN");
  const before = registrations.byKey(member.name.key);
  const isOwner = before?.id === member.id;
  if (isOwner && before.secret === undefined) throw new Refusal("NOT_ALLOWED", { rule: "external" });
  if (!isOwner) refuseNewcomer(context, member);
  const change = newChange(context);
  const stored = await registrations.update(member.name.key, (now) => {
    const own = now && isRegistration(now) && now.id === member.id ? now : undefined;
    if (now && now.id !== member.id) throw new Refusal("NICKNAME_REGISTERED", { field: "nickname" });
    return { ...(own ?? newRegistration(context, member)), secret, unannounced: change };
  });
  if (!stored || !isRegistration(stored)) throw new Error("a registration was not stored");
  if (!isOwner && !member.isLoggedIn) await withdraw(context, stored);
  else {
    if (isOwner && !isRetry) await endOtherSessions(context, member, session);
    await announceChange(context, stored);
    const done = isOwner ? "secret_replaced" : "registered";
    context.observe({ kind: "registration_changed", change: done, id: member.id });
  }
}

function refuseNewcomer({ clock, order, registrations }: RoomContext, { id, name }: Member): void {
  const { entry, registration, closedUntil } = order.state;
  const closedMs = (closedUntil ?? 0) - clock.now();
  if (entry === "EXTERNAL") throw new Refusal("NOT_ALLOWED", { rule: "external" });
  if (closedMs > 0) throw new Refusal("REGISTRATION_REQUIRED", { rule: "closed", retryDelayMs: closedMs });
  if (!registration) throw new Refusal("REGISTRATION_REQUIRED", { rule: "registering" });
  if (registrations.isClosed(name, id)) throw new Refusal("NICKNAME_REGISTERED", { field: "nickname" });
  registrations.requireSpaceFor(name);
}

/** The member left while its nickname was being registered, so that another may have it by now. */
async function withdraw({ registrations }: RoomContext, stored: Registration): Promise<never> {
  await registrations.update(stored.name.key, (now) =>
    now && now.id === stored.id ? registrations.givenUp(stored) : undefined,
  );
  throw new Refusal("NOT_LOGGED_IN");
}

/** Ends the sessions of the member but one, with their feeds. */
export async function endOtherSessions(
  { leases, sessions }: RoomContext,
  member: Member,
  session: string,
): Promise<void> {
  if (member.stay === 0) await leases.locate(member);
  await sessions.endOthers(member.id, member.state, session);
  for (const feed of [...member.feeds]) if (feed.session !== session) feed.end("SESSION_EXPIRED");
}
