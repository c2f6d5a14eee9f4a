import { Refusal } from "../../errors.js";
import type { Nickname } from "../../rules/nickname/nickname.js";
import { describeNickname } from "../../rules/nickname/nickname.js";
import { type Network, NetworkIndex, readNetwork } from "./network.js";

/** A ban, as it is stored. Times are ms since 1970. */
export interface Ban {
  readonly id: string;
  /** As it is shown; empty if only a network is banned. */
  readonly nickname: string;
  /** Of the person who has the nickname as its own; empty: a guest's, or one that no one has. */
  readonly userId: string;
  /** In CIDR notation; empty if there is none. */
  readonly network: string;
  readonly reason: string;
  /** Undefined: it has no end. */
  readonly until?: number;
  /** Nickname; empty: the operator. */
  readonly moderator: string;
  readonly time: number;
}

/** What a person receives to whom the ban applies. */
export function refusalOfBan({ id, reason, until }: Ban, nowMs: number): Refusal {
  return new Refusal("BANNED", {
    reference: id,
    because: reason,
    ...(until !== undefined && { retryDelayMs: until - nowMs }),
  });
}

/** What a ban may apply to. */
export interface Suspect {
  readonly name: Pick<Nickname, "key" | "skeleton">;
  readonly id: string;
}

/** What is looked up of a ban, made once. */
interface Indexed {
  readonly ban: Ban;
  readonly name: Pick<Nickname, "key" | "skeleton"> | undefined;
  readonly network: Network | undefined;
}

/** The bans in force, by all that they apply to. A look costs the same however many there are. */
export class Bans {
  private readonly byId = new Map<string, Indexed>();
  /** By key, by skeleton and by id of a person. */
  private readonly keys = new Map<string, Set<Ban>>();
  private readonly skeletons = new Map<string, Set<Ban>>();
  private readonly people = new Map<string, Set<Ban>>();
  private readonly networks = new NetworkIndex<Ban>();

  /** Those that are over, and not swept, among them. */
  get size(): number {
    return this.byId.size;
  }

  get(id: string): Ban | undefined {
    return this.byId.get(id)?.ban;
  }

  /** Adds a ban, or replaces the one with its id. */
  set(ban: Ban): void {
    this.delete(ban.id);
    const name = ban.nickname === "" ? undefined : describeNickname(ban.nickname);
    const network = readNetwork(ban.network);
    this.byId.set(ban.id, { ban, name, network });
    if (name) add(this.keys, name.key, ban);
    if (name) add(this.skeletons, name.skeleton, ban);
    if (ban.userId !== "") add(this.people, ban.userId, ban);
    if (network) this.networks.add(network, ban);
  }

  delete(id: string): void {
    const known = this.byId.get(id);
    if (!known) return;
    const { ban, name, network } = known;
    this.byId.delete(id);
    if (name) remove(this.keys, name.key, ban);
    if (name) remove(this.skeletons, name.skeleton, ban);
    if (ban.userId !== "") remove(this.people, ban.userId, ban);
    if (network) this.networks.delete(network, ban);
  }

  clear(): void {
    for (const id of [...this.byId.keys()]) this.delete(id);
  }

  /** Those in force. */
  inForce(nowMs: number): readonly Ban[] {
    return [...this.byId.values()].map(({ ban }) => ban).filter((ban) => isInForce(ban, nowMs));
  }

  /** The ban of the same target, to be replaced by another. */
  ofTarget({ nickname, userId, network }: Pick<Ban, "nickname" | "userId" | "network">, nowMs: number) {
    const found = this.candidates(nickname, userId, network);
    return [...found].find(
      (ban) => isInForce(ban, nowMs) && (nickname !== "" || (ban.nickname === "" && ban.userId === "")),
    );
  }

  /** The ban that keeps a person out, by its id, its nickname or a look-alike of that; the longest if there are several. */
  ofPerson({ name, id }: Suspect, nowMs: number): Ban | undefined {
    if (this.byId.size === 0) return undefined;
    return longest([this.people.get(id), this.keys.get(name.key), this.skeletons.get(name.skeleton)], nowMs);
  }

  /** The ban of a person, under whatever nickname. */
  ofUser(id: string, nowMs: number): Ban | undefined {
    return longest([this.people.get(id)], nowMs);
  }

  /** The ban that keeps everyone at an address out, moderators aside. */
  ofAddress(address: string, nowMs: number): Ban | undefined {
    if (this.byId.size === 0) return undefined;
    const network = readNetwork(address);
    return network && longest([this.networks.holding(network)], nowMs);
  }

  /** Drops those that are over. */
  sweep(nowMs: number): void {
    for (const { ban } of [...this.byId.values()]) if (!isInForce(ban, nowMs)) this.delete(ban.id);
  }

  private candidates(nickname: string, userId: string, network: string): Iterable<Ban> {
    if (userId !== "") return this.people.get(userId) ?? [];
    if (nickname !== "") return this.keys.get(describeNickname(nickname).key) ?? [];
    return [...this.byId.values()].map(({ ban }) => ban).filter((ban) => ban.network === network);
  }
}

const isInForce = ({ until }: Ban, nowMs: number) => until === undefined || until > nowMs;

function longest(found: readonly (Iterable<Ban> | undefined)[], nowMs: number): Ban | undefined {
  let best: Ban | undefined;
  for (const some of found)
    for (const ban of some ?? []) {
      if (!isInForce(ban, nowMs)) continue;
      if (!best || (best.until ?? Infinity) < (ban.until ?? Infinity)) best = ban;
    }
  return best;
}

function add(index: Map<string, Set<Ban>>, key: string, ban: Ban): void {
  const bans = index.get(key) ?? new Set();
  index.set(key, bans.add(ban));
}

function remove(index: Map<string, Set<Ban>>, key: string, ban: Ban): void {
  const bans = index.get(key);
  bans?.delete(ban);
  if (bans?.size === 0) index.delete(key);
}
