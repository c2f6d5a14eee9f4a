import { type AddressBudget, Refusal } from "../errors.js";
import type { Clock } from "../ports.js";
import type { Member } from "./member.js";
import { type RateLimit, RateLimiter } from "./rate-limit.js";

/**
 * What one address may spend, regardless of its members: logins and messages are counted, reads cost about their bytes,
 * and a token that authenticates no member costs one of `wrong_tokens`.
 */
export type Budget = Exclude<AddressBudget, "members">;

/** Per second; 0: no limit. */
export interface AddressRates {
  readonly logins: number;
  readonly messages: number;
  /** Bytes. */
  readonly reads: number;
}

/**
 * What arrives at once, as seconds of the rate: a class behind one address logs in, lists and subscribes within a few
 * seconds, and again after a restart of the server.
 */
const BURST_SECONDS = { logins: 200, messages: 10, reads: 16 } as const;
/** After the loss of a store, each caller of a class tries its old token several times. */
const WRONG_TOKENS: RateLimit = { perSecond: 5, burst: 300 };

/**
 * Addresses with a bucket that is not full. Beyond, the oldest bucket is dropped, as if it were full: the peer with that
 * many addresses is no matter for a budget per address, and memory stays bounded.
 */
const MAX_ADDRESSES = 20_000;
const SWEEP_EVERY_MS = 1_000;

/** One address may hold a tenth of the room, or a class where that is less. */
const SHARE_OF_ROOM = 10;
const MIN_SHARE = 200;

/** So many members at once from one address are a class, or everyone behind a proxy. */
const MANY_MEMBERS = 50;
/** Addresses for which that was reported; further ones are not. */
const MAX_REPORTED = 100;

export interface AddressBudgetsOptions {
  readonly rates: AddressRates;
  readonly maxMembers: number;
  readonly clock: Pick<Clock, "monotonic">;
  /** Default: 20,000. */
  readonly maxAddresses?: number;
  /** Called once for an address from which many members are in the room. */
  readonly onShared?: (address: string, members: number) => void;
}

/** The budgets of all addresses. An address is any string; the empty one is free of budgets. */
export class AddressBudgets {
  private readonly limits: Readonly<Record<Budget, RateLimit>>;
  private readonly buckets: Readonly<Record<Budget, Map<string, RateLimiter>>> = {
    logins: new Map(),
    messages: new Map(),
    reads: new Map(),
    wrong_tokens: new Map(),
  };
  /** The members that logged in from each address since this process started, some of them gone. */
  private readonly members = new Map<string, Set<Pick<Member, "stage">>>();
  private readonly share: number;
  private readonly reported = new Set<string>();
  private readonly clock: Pick<Clock, "monotonic">;
  private readonly maxAddresses: number;
  private readonly onShared: NonNullable<AddressBudgetsOptions["onShared"]>;
  private sweptMs = -Infinity;

  constructor(options: AddressBudgetsOptions) {
    const { rates, maxMembers, clock, maxAddresses = MAX_ADDRESSES, onShared = () => undefined } = options;
    this.clock = clock;
    this.maxAddresses = maxAddresses;
    this.onShared = onShared;
    this.share = Math.max(Math.ceil(maxMembers / SHARE_OF_ROOM), MIN_SHARE);
    const limit = (budget: keyof AddressRates): RateLimit => ({
      perSecond: rates[budget],
      burst: Math.ceil(rates[budget] * BURST_SECONDS[budget]),
    });
    this.limits = {
      logins: limit("logins"),
      messages: limit("messages"),
      reads: limit("reads"),
      wrong_tokens: WRONG_TOKENS,
    };
  }

  /** Takes `cost` from a budget, or refuses with RATE_LIMITED and takes nothing. */
  spend(budget: Budget, address: string, cost = 1): void {
    if (address === "" || this.limits[budget].perSecond === 0) return;
    const nowMs = this.clock.monotonic();
    const waitMs = this.bucket(budget, address, nowMs).acquire(nowMs, cost);
    if (waitMs > 0)
      throw new Refusal("RATE_LIMITED", {
        rule: "address",
        retryDelayMs: waitMs,
        spent: { budget, address },
      });
  }

  /** Takes a cost that is known only afterwards: what is missing delays the next call. */
  charge(budget: Budget, address: string, cost = 1): void {
    if (address === "" || this.limits[budget].perSecond === 0) return;
    const nowMs = this.clock.monotonic();
    this.bucket(budget, address, nowMs).charge(nowMs, cost);
  }

  isSpent(budget: Budget, address: string): boolean {
    const bucket = this.buckets[budget].get(address);
    return bucket !== undefined && bucket.waitMs(this.clock.monotonic()) > 0;
  }

  /** Refuses with ROOM_FULL if the members that logged in from the address have its share of the room. */
  checkShare(address: string): void {
    if (address === "") return;
    const present = this.members.get(address);
    if (present) dropGone(present);
    if (present && present.size >= this.share) {
      const spent = { budget: "members", address } as const;
      throw new Refusal("ROOM_FULL", { rule: "address", limit: this.share, spent });
    }
  }

  /** `place`: the address, also where that is exempt; an empty one is not counted. */
  loggedIn(place: string, member: Pick<Member, "stage">): void {
    if (place === "") return;
    this.sweep(this.clock.monotonic());
    const present = this.members.get(place);
    if (present) present.add(member);
    else this.members.set(place, new Set([member]));
    if (present && present.size >= MANY_MEMBERS) this.reportShared(place, present);
  }

  /** How many addresses have spent of each budget, so that it is not full again; of `members`: have some. */
  tracked(): Readonly<Record<AddressBudget, number>> {
    this.sweep(this.clock.monotonic());
    const { logins, messages, reads, wrong_tokens } = this.buckets;
    return {
      logins: logins.size,
      messages: messages.size,
      reads: reads.size,
      wrong_tokens: wrong_tokens.size,
      members: this.members.size,
    };
  }

  private reportShared(place: string, present: Set<Pick<Member, "stage">>): void {
    if (this.reported.size >= MAX_REPORTED || this.reported.has(place)) return;
    dropGone(present);
    if (present.size < MANY_MEMBERS) return;
    this.reported.add(place);
    this.onShared(place, present.size);
  }

  private bucket(budget: Budget, address: string, nowMs: number): RateLimiter {
    const buckets = this.buckets[budget];
    const known = buckets.get(address);
    if (known) return known;
    this.sweep(nowMs);
    if (buckets.size >= this.maxAddresses)
      for (const oldest of buckets.keys()) {
        buckets.delete(oldest);
        break;
      }
    const fresh = new RateLimiter(this.limits[budget]);
    buckets.set(address, fresh);
    return fresh;
  }

  /** Drops full buckets: a new one is the same. */
  private sweep(nowMs: number): void {
    if (nowMs - this.sweptMs < SWEEP_EVERY_MS) return;
    this.sweptMs = nowMs;
    for (const buckets of Object.values(this.buckets))
      for (const [address, bucket] of buckets) if (bucket.isFull(nowMs)) buckets.delete(address);
    for (const [address, present] of this.members) {
      dropGone(present);
      if (present.size === 0) this.members.delete(address);
    }
  }
}

function dropGone(members: Set<Pick<Member, "stage">>): void {
  for (const member of members) if (member.stage === "gone") members.delete(member);
}
