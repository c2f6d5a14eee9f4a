import type { EndReason, Refusal } from "../errors.js";
import type { Address } from "../identity.js";
import type { Participant, Person, Role, Viewer } from "../log/record.js";
import type { Position } from "../ports.js";
import type { Nickname } from "../rules/nickname/nickname.js";
import { IdempotencyCache } from "./idempotency.js";
import { IgnoreHistory } from "./ignore-history.js";
import { type RateLimit, RateLimiter } from "./rate-limit.js";
import type { MemberState } from "./sessions.js";
import { Turns } from "./turns.js";
import { Unwritten, type Written } from "./unwritten.js";

/** Addresses of a member that are known; it may move between networks. */
const MAX_ADDRESSES = 8;

export interface MemberFacts {
  readonly id: string;
  readonly name: Nickname;
  /** ms since 1970. */
  readonly joinTime: number;
  readonly registered?: boolean;
  readonly role?: Role;
  readonly bot?: boolean;
  /** IP address from which it called last, if it is known and not exempt. */
  readonly address?: string;
  readonly isPosting?: boolean;
  readonly rateLimit: RateLimit;
  readonly ignoring?: boolean;
  /** Instead of `ignoring`. */
  readonly ignore?: IgnoreHistory;
  /** Whether a feed was ever open. */
  readonly hadFeed?: boolean;
  readonly written?: Written;
  /** Called when `state` has changed by what was written to its feeds. */
  readonly onWritten: (member: Member) => void;
}

/** What is shown of a person beside its name. */
interface Standing {
  readonly registered?: boolean | undefined;
  readonly role?: Role | undefined;
  readonly bot?: boolean | undefined;
}

function shownAs(
  { id, nickname, joinTime }: Pick<Person, "id" | "nickname" | "joinTime">,
  { registered, role, bot }: Standing,
): Person {
  return {
    id,
    nickname,
    joinTime,
    ...(registered && { registered }),
    ...(role && { role }),
    ...(bot && { bot }),
  };
}

/** What ToggleIgnore returns. `skipped`: group messages skipped, when ignoring ends. */
export interface Toggled {
  readonly ignoring: boolean;
  readonly skipped: number;
}

/** An open feed, as the room sees it. */
export interface OpenFeed {
  /** `refusal`: the error of its call, where that says more than the reason. */
  end(reason: EndReason, refusal?: Refusal): void;
  /** Hash of the token that opened it. */
  readonly session?: string;
  /** Writes at once what the room has applied, if its reader takes it; to every other feed, too. */
  flush(): void;
  /** Whether its reader takes nothing at the moment. */
  isBlocked(): boolean;
  /** Up to where it has been written the log; undefined: nowhere yet. */
  readTo(): Position | undefined;
}

/** Whether a member is reading; `unspecified`: not known. The names are those of Presence in the schema. */
export type MemberPresence = "UNSPECIFIED" | "ONLINE" | "AWAY";

/**
 * One stay of one person, from Login on. A person who logs in again is another member, with another id unless the
 * nickname is registered.
 *
 * silent    the name is taken and, once Login has returned, the token accepted; joined is not applied yet: no other
 *           member sees this one, and its end is not announced either
 * present   joined is applied: listed, and can be addressed
 * leaving   left is being appended, or a silent member's name released, by Logout or for lack of any sign of life; what
 *           it was before if that fails
 * gone      left is applied or the name released: it is free, the token refused, every feed ended
 */
export class Member implements Viewer {
  readonly id: string;
  readonly name: Nickname;
  private shown: Person;
  readonly rateLimiter: RateLimiter;
  readonly ignore: IgnoreHistory;
  /** What its calls with a request_id returned. */
  readonly requests = new IdempotencyCache();
  /** Oldest first. */
  readonly feeds = new Set<OpenFeed>();
  readonly unwritten: Unwritten;
  private readonly expected = new Set<Promise<unknown>>();

  stage: "silent" | "present" | "leaving" | "gone" = "silent";
  /** Whether joined is applied. */
  isAnnounced = false;
  /** Whether it is not in the room, and only sends a message: see names/posters.ts. */
  readonly isPosting: boolean;
  /** Calls that register its nickname or give it up. */
  readonly registering = new Turns();
  /** Changes to its own messages. */
  readonly editing = new Turns();
  /** The announcement in progress. */
  announcing: Promise<void> | undefined;
  /** Whether an announcement had an unknown outcome. */
  mayBeAnnounced = false;
  /** The claim's fencing token; a new one after each takeover. 0: none yet, or not known here. */
  token = 0;
  /** The newest token with which it is certain that what was appended before it is applied here. */
  appliedToken = 0;
  /** Number of the stay: the token of its first claim. 0: not known here. */
  stay = 0;
  /** The lease that the claim is on; empty: that of another process. */
  lease = "";
  /** Monotonic ms up to which other processes know of a sign of life that this one noticed. */
  aliveUntilMs = -Infinity;
  /** The end of the stay that this process is bringing about. */
  leaving: Promise<void> | undefined;
  hadFeed: boolean;
  /** Up to where one of its feeds that are closed was written the log; undefined: not known, or none was. */
  readTo: Position | undefined;
  /** Monotonic ms of the last call or the last feed's end. */
  lastSeenMs = 0;
  /** Monotonic ms of the last message that it sent. */
  spokeAtMs = -Infinity;
  /** Where it called from in this stay, by IP address; the latest last. */
  readonly addresses = new Map<string, Address>();

  constructor(facts: MemberFacts) {
    this.id = facts.id;
    this.name = facts.name;
    this.shown = shownAs({ id: facts.id, nickname: facts.name.shown, joinTime: facts.joinTime }, facts);
    this.rateLimiter = new RateLimiter(facts.rateLimit);
    this.ignore = facts.ignore ?? new IgnoreHistory(facts.ignoring);
    this.hadFeed = facts.hadFeed ?? false;
    if (facts.address !== undefined) this.seenAt({ ip: facts.address, budget: facts.address });
    this.isPosting = facts.isPosting ?? false;
    const { written = { upTo: 0, except: [] }, onWritten } = facts;
    this.unwritten = new Unwritten(written, () => onWritten(this));
  }

  /** It calls from here. */
  seenAt(address: Address): void {
    const { ip } = address;
    if (ip === undefined) return;
    // Nearly always it is the address of the call before.
    if (this.addresses.has(ip) && this.addresses.size === 1) return;
    this.addresses.delete(ip);
    this.addresses.set(ip, address);
    for (const oldest of this.addresses.keys()) {
      if (this.addresses.size <= MAX_ADDRESSES) break;
      this.addresses.delete(oldest);
    }
  }

  /** Where it called from last, unless the operator exempts that. */
  get address(): string | undefined {
    return [...this.addresses.values()].findLast(({ budget }) => budget !== "")?.ip;
  }

  /** Whether its token is accepted. */
  get isLoggedIn(): boolean {
    return this.stage === "silent" || this.stage === "present";
  }

  /** A private message to it is being appended; `applied` settles when its outcome is known. */
  expect(applied: Promise<unknown>): void {
    this.expected.add(applied);
    const forget = () => this.expected.delete(applied);
    applied.then(forget, forget);
  }

  /** Resolves when all that is expected now is applied or has failed; undefined if nothing is. */
  settled(): Promise<unknown> | undefined {
    return this.expected.size === 0 ? undefined : Promise.allSettled(this.expected);
  }

  /** The same object until something of it changes: what is encoded of a person can be kept for it. */
  get person(): Person {
    return this.shown;
  }

  get participant(): Participant {
    const { registered } = this.person;
    return { id: this.id, nickname: this.name.shown, ...(registered && { registered }) };
  }

  /** Whether it is a moderator or an owner. */
  get isModerator(): boolean {
    return this.person.role !== undefined;
  }

  /** Its nickname has been registered or is no longer, or its role has changed: user_changed is applied. */
  change({ registered, role }: Pick<Person, "registered" | "role">): void {
    this.shown = shownAs(this.shown, { registered, role, bot: this.shown.bot });
  }

  /** Whether it ignored group messages at a position of the log. */
  ignoringAt(seq: number): boolean {
    return this.ignore.at(seq);
  }

  /** What the store keeps of it beside the claim of its name. */
  get state(): MemberState {
    return {
      nickname: this.name.shown,
      joinTime: this.person.joinTime,
      ...(this.person.bot && { bot: true }),
      ...(this.address !== undefined && { address: this.address }),
      hadFeed: this.hadFeed,
      stay: this.stay,
      ignoring: this.ignore.now,
      written: this.unwritten.state,
    };
  }
}
