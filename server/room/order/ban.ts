import type { RoomContext } from "../context.js";
import { Refusal } from "../errors.js";
import { describeNickname, type Nickname } from "../rules/nickname/nickname.js";
import { checkNickname } from "../rules/nickname/rules.js";
import type { Actions } from "./acting/actions.js";
import {
  type Actor,
  type Aim,
  checkDuration,
  checkLine,
  current,
  find,
  requireHigher,
  requireRole,
  type Target,
  userNotFound,
} from "./acting/target.js";
import { erases, participantOf } from "./kick.js";
import { banKey } from "./order.js";
import type { Ban } from "./state/bans.js";
import { type Network, networkOfHost, readNetwork, shorten, writeNetwork } from "./state/network.js";
import { MAX_SPOKEN_IDS, newSpokenId } from "./state/spoken-id.js";

/** A network with a shorter prefix is banned only on demand. */
const WIDEST = { 4: 16, 6: 32 } as const;
const LOOPBACK = ["127.0.0.0/8", "::1"].map((block) => readNetwork(block)!);

export interface BanRequest extends Target {
  readonly reason: string;
  /** Also erases what the person sent within this time; 0: nothing. */
  readonly eraseSinceMs: number;
  /** In CIDR notation; empty: that of a guest. */
  readonly network: string;
  /** Undefined: for ever. */
  readonly durationMs?: number;
  /** Whether the address of a guest is not to be banned. */
  readonly spareAddress: boolean;
  /** Whether the network may be as wide as it is. */
  readonly allowWide: boolean;
}

/** Ban: keeps a person, a nickname and its look-alikes, or a network out. */
export async function ban(
  context: RoomContext,
  actions: Actions,
  actor: Actor,
  request: BanRequest,
): Promise<Ban> {
  const { reason, eraseSinceMs, durationMs, userId, nickname } = request;
  requireRole(actor, "MODERATOR");
  checkLine("reason", reason);
  checkDuration("erase_since", eraseSinceMs, 0);
  if (durationMs !== undefined) checkDuration("duration", durationMs);
  const network = readWanted(request);
  const isNamed = userId !== "" || nickname !== "";
  if (!isNamed && !network) throw new Refusal("REQUEST_INVALID", { field: "target", rule: "missing" });
  return actions.inTurn(async () => {
    await current(context);
    const aim = isNamed ? await find(context, request) : undefined;
    if (userId !== "" && !aim) throw userNotFound(request);
    if (aim) requireHigher(actor, aim);
    const name = isNamed ? nameOf(aim, nickname) : undefined;
    if (name) requireHigherThanLookAlikes(context, actor, name);
    const made = await compose(context, actor, request, { aim, name, network });
    const { version } = await context.order.stored.read(banKey(made.id));
    const until = made.until === undefined ? {} : { until: made.until };
    await actions.perform(actor, {
      action: "BAN",
      ...(name && { person: aim ? participantOf(aim) : { id: "", nickname: name.shown } }),
      reason,
      ...until,
      reference: made.id,
      write: { key: banKey(made.id), json: made, version, ...until },
      removes: "BANNED",
      ...(aim && erases(context, aim, eraseSinceMs)),
    });
    return made;
  });
}

interface Banned {
  readonly aim: Aim | undefined;
  readonly name: Nickname | undefined;
  readonly network: Network | undefined;
}

async function compose(
  context: RoomContext,
  actor: Actor,
  { reason, durationMs, spareAddress }: BanRequest,
  { aim, name, network }: Banned,
): Promise<Ban> {
  const { clock, ids, order } = context;
  const nowMs = clock.now();
  const isGuest = aim?.member !== undefined && !aim.registered;
  const along = network ?? (isGuest && !spareAddress ? await networkOfGuest(context, aim.member) : undefined);
  const target = {
    nickname: name?.shown ?? "",
    userId: aim?.registered ? aim.id : "",
    network: along ? writeNetwork(along) : "",
  };
  const before = order.bans.ofTarget(target, nowMs);
  if (!before && order.bans.size >= MAX_SPOKEN_IDS) throw new Refusal("ROOM_FULL", { limit: MAX_SPOKEN_IDS });
  return {
    ...target,
    id: before?.id ?? newSpokenId(ids, (id) => order.bans.get(id) !== undefined),
    reason,
    ...(durationMs !== undefined && { until: nowMs + durationMs }),
    moderator: actor.nickname,
    time: nowMs,
  };
}

function readWanted({ network: text, allowWide }: BanRequest): Network | undefined {
  if (text === "") return undefined;
  const network = readNetwork(text);
  if (!network) throw new Refusal("REQUEST_INVALID", { field: "network", rule: "unreadable" });
  if (network.prefix < WIDEST[network.version] && !allowWide)
    throw new Refusal("REQUEST_INVALID", { field: "network", rule: "wide" });
  return network;
}

/** Of a person, or one that no one has. */
function nameOf(aim: Aim | undefined, nickname: string): Nickname {
  if (aim) return describeNickname(aim.nickname);
  try {
    checkNickname(nickname.normalize("NFC"));
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    throw new Refusal("REQUEST_INVALID", { field: "nickname", rule: "unreadable" });
  }
  return describeNickname(nickname);
}

/** A ban applies to look-alikes, so that it must not be a way around the roles. */
function requireHigherThanLookAlikes(
  { registrations, roster }: RoomContext,
  actor: Actor,
  { key, skeleton }: Nickname,
): void {
  for (const registration of [registrations.byKey(key), registrations.bySkeleton(skeleton)])
    if (registration?.role) requireHigher(actor, { id: registration.id, role: registration.role });
  for (const { id, name, person } of roster.members())
    if (person.role && (name.key === key || name.skeleton === skeleton))
      requireHigher(actor, { id, role: person.role });
}

/** The network of the address from which a guest called last; not an exempt one. */
async function networkOfGuest(
  { sessions }: RoomContext,
  { id, address, addresses }: NonNullable<Aim["member"]>,
): Promise<Network | undefined> {
  // It called at another process alone.
  const ip = addresses.size === 0 ? (await sessions.readMember(id))?.address : address;
  return ip === undefined || isLoopback(ip) ? undefined : networkOfHost(ip);
}

function isLoopback(ip: string): boolean {
  const address = readNetwork(ip);
  if (!address) return false;
  return LOOPBACK.some(
    ({ version, bits, prefix }) => version === address.version && shorten(address, prefix).bits === bits,
  );
}
