/**
 * What the room needs from the outside. Engines implement the Store; the promises are numbered so that a test can
 * name the one it checks (`server/engines/contract.ts`). All times are milliseconds.
 *
 * L1 Order. Numbers 1, 2, 3... without holes; all readers see one order.
 * L2 Durable, then visible. A resolved append is as durable as the engine is set to be, and nobody is shown the event
 *    earlier.
 * L3 Key. The same `key` within its time (default 5 minutes, restarts included) answers the first position and time
 *    with `duplicate: true`: no second event, no hint, content not compared. Checked before the fence.
 * L4 Fence. Check and append are one step. Plain: the token holds the name and its lease lives. `announce`: the same,
 *    and the claim becomes announced. `release`: the token holds the name, the lease may have ended, and the claim is
 *    removed. Otherwise `Fenced`, and nothing changed.
 * L5 Read. Contiguous entries after the position, or `PositionLost`; never a silent hole. The batch bears the current
 *    epoch, which is valid for all its entries.
 * L6 Trim. By count and by age, only at the old end.
 * L7 Epoch chain. A new random epoch (at least 64 bits) begins whenever the engine's instance changes. The old
 *    epoch's last number is remembered (newest 1,000 epochs) and numbering goes on: a position (old epoch, n) stays
 *    valid while n is at most that number.
 * L8 Watch is a hint. It may be lost, doubled, reordered or bare; an interrupted watch returns with a bare hint.
 * L9 Clock. Event times, key lifetimes and leases follow the engine's clock.
 * L10 Outcome. `not-applied` only when surely so; `unknown` is retried with the same key.
 *
 * N1 Each `lease()` is a new id. An ended lease never lives again: `renew` answers false.
 * N2 A name has at most one claim. Another holder is refused whether that claim is live or dead: only a release frees
 *    a name.
 * N3 The same holder may take over at any time: a new token, larger than all before, and the new value; `visit` and
 *    `announced` stay. A first claim has visit = token and announced = false.
 * N4 `claim` on an ended lease is `Fenced`; `release` compares the token.
 * N5 Claims survive what the log survives. After a restart of an embedded engine all are dead, not gone.
 *
 * V1 `put` with `ifVersion` (0: must not exist) compares and sets. It answers a growing version above 0, or null on a
 *    conflict. Expired values read as absent. Durable like the log.
 */

/** A place in the log. `seq` 0 is before the first event; always below 2^53. */
export interface Position {
  readonly epoch: string;
  readonly seq: number;
}

/** Entries that every reader of the log asks for at once, the `limit` of EventLog.read. */
export const LOG_PAGE = 256;

/** One kept event. `at`: the engine's clock, ms since 1970. `data`: opaque to engines. */
export interface Entry {
  readonly seq: number;
  readonly at: number;
  readonly data: Uint8Array;
}

/** What is kept: first..last. Nothing kept: first = last + 1. */
export interface Head {
  readonly epoch: string;
  readonly first: number;
  readonly last: number;
}

export interface Batch extends Head {
  readonly entries: readonly Entry[];
}

export interface Appended extends Position {
  readonly at: number;
  readonly duplicate: boolean;
}

export interface Fence {
  readonly name: string;
  readonly token: number;
  readonly then?: "announce" | "release";
}

export interface AppendOptions {
  readonly key?: string;
  /** Default 300,000 (5 minutes). */
  readonly keyTtlMs?: number;
  readonly fence?: Fence;
}

export type Hint = (entry?: Entry & Position) => void;

/** Promises L1 to L10. */
export interface EventLog {
  append(data: Uint8Array, options?: AppendOptions): Promise<Appended>;
  /** After `after`, oldest first. null: from the oldest kept. Throws PositionLost. */
  read(after: Position | null, limit: number): Promise<Batch>;
  head(): Promise<Head>;
  /** Answers the function that ends the watch. */
  watch(hint: Hint): Promise<() => Promise<void>>;
}

/** Who holds a name. `name`: normalised. `holder`: a member's id. `value`: opaque. */
export interface Claim {
  readonly name: string;
  readonly holder: string;
  readonly value: string;
  readonly lease: string;
  readonly token: number;
  readonly visit: number;
  readonly announced: boolean;
  readonly live: boolean;
}

export type ClaimResult =
  | { readonly ok: true; readonly claim: Claim }
  | { readonly ok: false; readonly held: Claim };

/** Promises N1 to N5. */
export interface NameRegistry {
  /** `ttlMs` may be Infinity: the lease then lives as long as the engine is open. */
  lease(ttlMs: number): Promise<string>;
  renew(lease: string, ttlMs: number): Promise<boolean>;
  endLease(lease: string): Promise<void>;
  claim(lease: string, name: string, holder: string, value: string): Promise<ClaimResult>;
  release(name: string, token: number): Promise<boolean>;
  find(name: string): Promise<Claim | null>;
  claims(): Promise<readonly Claim[]>;
}

export interface Versioned {
  readonly version: number;
  readonly value: Uint8Array;
}

export interface PutOptions {
  readonly ttlMs?: number;
  readonly ifVersion?: number;
}

/** Promise V1. */
export interface KeyValue {
  get(key: string): Promise<Versioned | null>;
  put(key: string, value: Uint8Array, options?: PutOptions): Promise<number | null>;
  delete(key: string): Promise<void>;
}

/** One room's memory. */
export interface Store {
  /** Whether several processes may use it at once. */
  readonly shared: boolean;
  readonly log: EventLog;
  readonly names: NameRegistry;
  readonly values: KeyValue;
  open(): Promise<void>;
  close(): Promise<void>;
}

/** The place is gone; `resume` is where reading can go on. */
export class PositionLost extends Error {
  static {
    PositionLost.prototype.name = "PositionLost";
  }

  constructor(
    readonly reason: "epoch" | "trimmed" | "future",
    readonly resume: Position,
    options?: ErrorOptions,
  ) {
    super(`${reason}; reading can go on after ${resume.seq}`, options);
  }
}

/** The caller no longer holds the name or the lease. Nothing was done. */
export class Fenced extends Error {
  static {
    Fenced.prototype.name = "Fenced";
  }

  constructor(message = "the caller no longer holds the name or its lease", options?: ErrorOptions) {
    super(message, options);
  }
}

/** The store did not apply the call, or it is unknown whether it did. */
export class Unavailable extends Error {
  static {
    Unavailable.prototype.name = "Unavailable";
  }

  constructor(
    readonly outcome: "not-applied" | "unknown",
    cause?: unknown,
  ) {
    super(outcomeText(outcome, cause), cause === undefined ? undefined : { cause });
  }
}

function outcomeText(outcome: Unavailable["outcome"], cause: unknown): string {
  const text = outcome === "unknown" ? "outcome unknown" : "not applied";
  return cause === undefined ? text : `${text}: ${cause instanceof Error ? cause.message : cause}`;
}

/** Time, as the outside has it. */
export interface Clock {
  /** Wall clock, ms since 1970. */
  now(): number;
  /** Monotonic clock, ms since some moment; may be fractional. */
  monotonic(): number;
  /** Calls once after `ms`; answers the function that cancels it. Never keeps a process alive. */
  after(ms: number, call: () => void): () => void;
}

/** Randomness and hashing, as the outside has them. */
export interface Ids {
  /** A new name of `bytes` random bytes (default 12) in base64url. */
  random(bytes?: number): string;
  /** SHA-256 of a UTF-8 string, in base64url. */
  hash(text: string): string;
}
