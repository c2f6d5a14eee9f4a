/**
 * What the room requires of its surroundings. Engines implement Store. Its promises are numbered, so that a test can
 * name the one it checks (server/engines/contract.ts). All times are in milliseconds.
 *
 * The log
 *
 * L1 Order. Entries are numbered 1, 2, 3... without holes; all readers see the same order. Their times never decrease.
 * L2 Durable before visible. An append that resolved is as durable as the engine is configured to be, and its entry is
 *    shown to no reader earlier.
 * L3 Idempotency key. A second append with the same `key` within its lifetime (default 5 minutes, restarts included)
 *    returns the position, time and tag of the first, with `duplicate: true`: no second entry, no hint. Neither data nor
 *    tag is compared: that is the caller's, who reads the tag. Checked before the fence.
 * L4 Fence. Check and append are one atomic step. Without `then`: the token holds the name and its lease is live.
 *    `announce`: the same, and the claim, which must not be announced, becomes so. `renew`: as without, and the claim gets
 *    a new token, which is returned. `release`: the token holds the name, the lease may have ended, and the claim is removed. Otherwise the
 *    append throws Fenced and changes nothing.
 * L5 Read. Returns contiguous entries after the position or throws PositionLost; there is never a silent hole. The batch
 *    carries the current epoch, which is valid for all its entries. A damaged entry counts as trimmed, wherever it is: a
 *    batch ends before it, and a read that would begin with it is lost to the place after it.
 * L6 Trim. By count and by age, only at the old end. Notices do not count, so they evict no other event; they are kept
 *    with the events around them, up to a larger bound on all events. By age only while the wall clock agrees with the
 *    monotonic one.
 * L7 Epoch chain. A new random epoch (at least 64 bits) begins whenever the engine's instance changes. The last number
 *    of the old epoch is remembered (for the newest 1,000 epochs) and numbering continues: a position (old epoch, n)
 *    remains valid while n is at most that number.
 * L8 Watch. A hint may be lost, repeated, reordered or without an entry. After an interruption the watch resumes with a
 *    hint without an entry. Hints of a shared engine may arrive after the append returns, those of others do before.
 * L9 Clock. Event times, key lifetimes and leases follow the engine's clock; a jump of the wall clock ends none of them
 *    in an embedded engine. A shared engine has no other clock than its wall clock: a jump ends leases and values early.
 * L10 Outcome. Unavailable is `not-applied` only if that is certain; `unknown` is to be retried with the same key.
 * L11 Erase. In the step that appends, the data of the entries with the numbers in `erase` becomes empty; they keep their
 *    number, their time and their place in every count of L6. Such an entry is void, and no other has empty data. Numbers
 *    that are void already, trimmed or unknown are skipped. A fenced append and a duplicate erase nothing. When the append
 *    resolves, no read returns the data any more, and an embedded engine has it in no file; where another program keeps it
 *    from that, the outcome is `unknown`, and a retry with the same key tries again. A shared engine removes it from its
 *    files later, on its own.
 *
 * Names
 *
 * N1 Each `lease()` returns a new id. A lease that ended is never live again: `renew` returns false.
 * N2 A name has at most one claim, and so has a skeleton. Another holder of the name, or another name with the skeleton,
 *    is refused whether that claim is live or dead: only a release frees both. `held` is the claim that stands against it.
 * N3 The same holder may claim again at any time. The claim gets a new token, larger than all before, and the new value;
 *    `visit` and `announced` are kept. A first claim has visit = token and announced = false. With `again`, a name that
 *    is free is not claimed: Gone.
 * N4 `claim` with an ended lease throws Fenced; `release` compares the token, and releases no announced claim: that takes
 *    an append.
 * N5 Claims survive what the log survives. After a restart of an embedded engine all claims are dead, not gone.
 * N6 Tokens and versions of a durable engine grow beyond all that it ever returned whenever its instance changes, even if
 *    it lost its newest writes: max(old + 1,000,000, ms since 1970).
 * N7 `close` waits for calls in progress, then ends the leases that it began.
 * N8 `inspect` renews the lease and returns what has changed: the names that were claimed from it on another lease since
 *    the last call, and all dead claims. A shared engine's costs what changed, not what exists.
 *
 * Values
 *
 * V1 `put` with `ifVersion` (0: must not exist) is a compare-and-set. It returns a growing version above 0, or null on a
 *    conflict. Expired values read as absent. As durable as the log. `delete` of several keys is one step.
 * V2 `list` returns the values whose keys begin with `prefix` and come after `after`, in the order of the keys' UTF-8
 *    bytes; fewer than `limit` only at the end. Each is as it was at some moment of the call. What is put or deleted
 *    between two pages may be in neither, and no other key is left out or listed twice.
 */

/** A position in the log. `seq` 0 is before the first entry; always below 2^53. */
export interface Position {
  readonly epoch: string;
  readonly seq: number;
}

/** Entries that every reader of the log asks for at once, the `limit` of EventLog.read. */
export const LOG_PAGE = 256;

/** Entries that one append may erase (promise L11). */
export const MAX_ERASED = 100;

/**
 * A record with its place in the log. `at`: by the engine's clock, ms since 1970. `data`: opaque to engines; empty: void,
 * what it was has been erased (promise L11).
 */
export interface Entry {
  readonly seq: number;
  readonly at: number;
  readonly data: Uint8Array;
}

/** The log keeps first..last. Empty: first = last + 1. */
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
  /** The claim's new token, after `then: "renew"`; not of a duplicate. */
  readonly token?: number;
  /** Of a duplicate: the first append's tag; empty if that is of a store written before there were tags. */
  readonly tag: string;
}

export interface Fence {
  readonly name: string;
  readonly token: number;
  readonly then?: "announce" | "release" | "renew";
}

export interface AppendOptions {
  readonly key?: string;
  /** Kept beside the key, opaque to engines; default empty. */
  readonly tag?: string;
  /** Default 300,000 (5 minutes). */
  readonly keyTtlMs?: number;
  readonly fence?: Fence;
  /** The event does not count against the number of events kept (promise L6). */
  readonly notice?: boolean;
  /** Numbers of the entries to erase, at most MAX_ERASED (promise L11); more throw RangeError. */
  readonly erase?: readonly number[];
}

export type Hint = (entry?: Entry & Position) => void;

/** Promises L1 to L11. */
export interface EventLog {
  /** `data` must not be empty. */
  append(data: Uint8Array, options?: AppendOptions): Promise<Appended>;
  /** At most `limit` entries after `after`, oldest first. null: from the oldest kept. Throws PositionLost. */
  read(after: Position | null, limit: number): Promise<Batch>;
  head(): Promise<Head>;
  /** Calls `hint` when the log may have grown. Returns the function that ends the watch. */
  watch(hint: Hint): Promise<() => Promise<void>>;
}

/**
 * Who holds a name. `name`: folded. `holder`: a member's id. `value`: opaque. `token`: fencing token. `visit`: number of
 * the holder's stay. `live`: its lease has not ended.
 */
export interface Claim {
  readonly name: string;
  readonly holder: string;
  readonly value: string;
  /** What all names have in common that look like this one. */
  readonly skeleton?: string;
  readonly lease: string;
  readonly token: number;
  readonly visit: number;
  readonly announced: boolean;
  readonly live: boolean;
}

export type ClaimResult =
  | { readonly ok: true; readonly claim: Claim }
  | { readonly ok: false; readonly held: Claim };

export interface ClaimOptions {
  /** Default: that of the claim before. */
  readonly skeleton?: string;
  /** Only take over, from the same holder. */
  readonly again?: boolean;
}

export interface Inspection {
  /** Whether the lease still lived. */
  readonly renewed: boolean;
  readonly lost: readonly string[];
  readonly dead: readonly Claim[];
}

/** Promises N1 to N8. */
export interface NameRegistry {
  /** Returns the id of a new lease. `ttlMs` may be Infinity: it then ends when the engine is closed. */
  lease(ttlMs: number): Promise<string>;
  renew(lease: string, ttlMs: number): Promise<boolean>;
  endLease(lease: string): Promise<void>;
  claim(
    lease: string,
    name: string,
    holder: string,
    value: string,
    options?: ClaimOptions,
  ): Promise<ClaimResult>;
  release(name: string, token: number): Promise<boolean>;
  find(name: string): Promise<Claim | null>;
  claims(): Promise<readonly Claim[]>;
  inspect(lease: string, ttlMs: number): Promise<Inspection>;
}

export interface Versioned {
  readonly version: number;
  readonly value: Uint8Array;
}

export interface PutOptions {
  readonly ttlMs?: number;
  readonly ifVersion?: number;
}

export interface Listed extends Versioned {
  readonly key: string;
}

/** Promises V1 and V2. */
export interface KeyValue {
  get(key: string): Promise<Versioned | null>;
  put(key: string, value: Uint8Array, options?: PutOptions): Promise<number | null>;
  delete(...keys: string[]): Promise<void>;
  /** `after`: the last key of the page before; empty for the first page. */
  list(prefix: string, after: string, limit: number): Promise<readonly Listed[]>;
}

/** The storage of one room. */
export interface Store {
  /** Whether several processes may use it at the same time. */
  readonly shared: boolean;
  /** Whether one of these may reach it while another one cannot. */
  readonly partitionable: boolean;
  /** Whether what was written outlives the process. */
  readonly durable: boolean;
  readonly log: EventLog;
  readonly names: NameRegistry;
  readonly values: KeyValue;
  open(): Promise<void>;
  close(): Promise<void>;
}

/** The position is gone; reading can continue after `resume`. */
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

/** The caller no longer holds the name or its lease. Nothing was changed. */
export class Fenced extends Error {
  static {
    Fenced.prototype.name = "Fenced";
  }

  constructor(message = "the caller no longer holds the name or its lease", options?: ErrorOptions) {
    super(message, options);
  }
}

/** The name that was to be taken over is free: its holder has left. */
export class Gone extends Fenced {
  static {
    Gone.prototype.name = "Gone";
  }

  constructor() {
    super("the name is free");
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

export interface Clock {
  /** Wall clock, ms since 1970. */
  now(): number;
  /** Monotonic clock, ms since an arbitrary moment; may be fractional. */
  monotonic(): number;
  /** Calls once after `ms`; returns the function that cancels it. Never keeps a process alive. */
  after(ms: number, call: () => void): () => void;
}

/** Randomness and hashing. */
export interface Ids {
  /** A new id of `bytes` random bytes (default 12) in base64url. */
  random(bytes?: number): string;
  /** That many random bytes. */
  bytes(count: number): Uint8Array;
  /** SHA-256 of a UTF-8 string, in base64url. */
  hash(text: string): string;
}
