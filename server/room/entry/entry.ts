/** What Login decides before it claims a nickname: who the caller is, and whether it may come in. */
import type { RoomContext } from "../context.js";
import { Refusal } from "../errors.js";
import { type Address, type LoginRequest, unknownAddress } from "../identity.js";
import type { Registration } from "../names/registrations.js";
import { isGenerated } from "../names/secrets.js";
import { foldNickname } from "../rules/nickname/fold.js";
import type { Nickname } from "../rules/nickname/nickname.js";
import type { InviteUse } from "./invites.js";

type EntryContext = Pick<
  RoomContext,
  "clock" | "ids" | "registrations" | "order" | "secrets" | "guesses" | "settings"
>;

export interface Proof {
  readonly nickname: string;
  readonly secret: string;
  readonly address: Address;
}

const NO_SUBJECT = "";

/**
 * The registration of a nickname, if the secret is its own. Refuses with SECRET_INVALID, in the same way and after the same
 * time for a nickname that is not registered, and with RATE_LIMITED.
 */
export async function provenOwner(
  context: EntryContext,
  { nickname, secret, address }: Proof,
): Promise<Registration> {
  const { guesses, registrations, secrets } = context;
  const key = foldNickname(nickname);
  await refuseGuessing(context, key, address);
  const waiting = registrations.fresh();
  if (waiting) await waiting;
  const registration = registrations.byKey(key);
  const isRight = await secrets.verify(secret, registration?.secret);
  // It may have been replaced while it was compared.
  const now = registrations.byKey(key);
  if (!isRight || !now || now.secret !== registration?.secret) {
    await guesses.failed(key, address);
    throw new Refusal("SECRET_INVALID", { field: "secret" });
  }
  guesses.succeeded(key, address);
  return now;
}

/** The same for a caller that proves it in every call: with a secret that a server generated, which costs next to nothing. */
export async function provenPoster(context: EntryContext, proof: Proof): Promise<Registration> {
  if (isGenerated(proof.secret)) return provenOwner(context, proof);
  const subject = foldNickname(proof.nickname);
  await refuseGuessing(context, subject, proof.address);
  await context.guesses.failed(subject, proof.address);
  throw new Refusal("SECRET_INVALID", { field: "secret", rule: "chosen" });
}

/** Whether guests may come in at present. Refuses with REGISTRATION_REQUIRED or ACCESS_TOKEN_INVALID. */
export function refuseGuest({ clock, order }: Pick<EntryContext, "clock" | "order">): void {
  const { entry, closedUntil } = order.state;
  const closedMs = (closedUntil ?? 0) - clock.now();
  if (closedMs > 0) throw new Refusal("REGISTRATION_REQUIRED", { rule: "closed", retryDelayMs: closedMs });
  if (entry === "REGISTERED") throw new Refusal("REGISTRATION_REQUIRED", { rule: "entry" });
  if (entry === "EXTERNAL")
    throw new Refusal("ACCESS_TOKEN_INVALID", { field: "access_token", rule: "missing" });
}

/**
 * Takes a guest's passphrase or invite, where the room asks for one. `login`: the member id that the Login settled on.
 * Refuses with INVITE_INVALID or RATE_LIMITED.
 */
export async function takeInvite(
  context: EntryContext,
  name: Nickname,
  { invite = "", address = unknownAddress }: Pick<LoginRequest, "invite" | "address">,
  login: string,
): Promise<InviteUse | undefined> {
  const { guesses, order, settings } = context;
  if (order.state.entry !== "INVITE") return undefined;
  if (invite === "") throw new Refusal("INVITE_INVALID", { field: "invite", rule: "missing" });
  await refuseGuessing(context, NO_SUBJECT, address);
  if (settings.passphrase !== "" && isEqual(context, invite, settings.passphrase)) return undefined;
  const use = await order.invites.use(invite, name, login);
  if (use) return use;
  await guesses.failed(NO_SUBJECT, address);
  throw new Refusal("INVITE_INVALID", { field: "invite" });
}

async function refuseGuessing({ guesses }: EntryContext, subject: string, address: Address): Promise<void> {
  const waitMs = await guesses.waitMs(subject, address);
  if (waitMs > 0) throw new Refusal("RATE_LIMITED", { rule: "guesses", retryDelayMs: waitMs });
}

/** By hashes: how long it takes to compare those says nothing about the texts. */
function isEqual({ ids }: EntryContext, one: string, other: string): boolean {
  return ids.hash(one) === ids.hash(other);
}
