import { Refusal } from "../errors.js";
import type { Role } from "../identity.js";
import type { Observer } from "../observer.js";
import { type Clock, type KeyValue, type Listed, type Position, Unavailable } from "../ports.js";
import { describeNickname, type Nickname } from "../rules/nickname/nickname.js";

/** A nickname that is one person's own, whether or not that person is in the room. */
export interface Registration {
  /** The member id of its owner in every stay. */
  readonly id: string;
  /** As it was typed when it was registered. */
  readonly name: Nickname;
  /** Undefined: a member. */
  readonly role?: Role;
  /** Of an identity from outside, which has a role of its own where it names one: the one that the room gave. */
  readonly given?: Role;
  /** What a secret is compared with (see Secrets); undefined: an identity from outside. */
  readonly secret?: string;
  /** ms since 1970. */
  readonly registeredAt: number;
  /** When its owner last left, or registered; ms since 1970. */
  readonly lastSeenAt: number;
  /** Up to where its owner has received the log; undefined: its first stay has not ended. */
  readonly left?: Position;
  /** Whether its owner ignored group messages on leaving. */
  readonly ignoring: boolean;
  /** Key of the event of the last change, while it is not known to be in the log. */
  readonly unannounced?: string | undefined;
}

/** A nickname that was given up: for this long others cannot have it. */
export interface GivenUp {
  readonly id: string;
  readonly name: Nickname;
  /** ms since 1970. */
  readonly closedUntil: number;
  readonly unannounced?: string | undefined;
}

/** Stored as JSON under `reg:KEY`, KEY being the folded nickname. `nickname`: as shown. */
type StoredRegistration = Omit<Registration, "name"> & { readonly nickname: string };
type StoredGivenUp = Omit<GivenUp, "name"> & { readonly nickname: string };
type Stored = StoredRegistration | StoredGivenUp;

/** What is known under one key. */
interface Known {
  readonly version: number;
  readonly what: Registration | GivenUp;
}

export interface RegistrationsOptions {
  readonly values: KeyValue;
  readonly clock: Clock;
  readonly observe: Observer;
  /** How long the log keeps messages, ms. */
  readonly keepMs: number;
  /** How long an unused registration is kept, ms; Infinity: for ever. */
  readonly unusedMs: number;
  /** Names that are kept at most: registered ones, and those that were given up and are not open again yet. */
  readonly maxNames: number;
  /** Resolves when the room has applied all that is in a shared log by now; undefined if it always has. */
  readonly caughtUp: () => Promise<void> | undefined;
}

/** Values read at once at the start. */
const PAGE = 1_000;
/** Those of the longest unused are looked for this often. */
const SWEEP_MS = 3_600_000;
/** A name that is freed with nothing of it left in the log: long enough for every process to have read it. */
const MIN_CLOSED_MS = 60_000;

/**
 * The registered nicknames, all of them in memory: Login costs one look into a map. The store has the truth, by which
 * several processes that change one of them at once are kept apart (compare-and-set). What another process changed, this
 * one reads again when it applies the event of it, and a decision that depends on it waits for `fresh`.
 */
export class Registrations {
  private readonly keys = new Map<string, Known>();
  /** Keys by skeleton; of look-alikes that were given up, the latest. */
  private readonly skeletons = new Map<string, string>();
  /** Keys by member id. */
  private readonly ids = new Map<string, string>();
  /** Keys whose values another process has changed. */
  private readonly stale = new Set<string>();
  private allStale = false;
  private readonly reading = new Reads();
  private count = 0;
  private cancelSweep = () => {};

  constructor(private readonly options: RegistrationsOptions) {}

  /** Reads all of them. */
  async load(): Promise<void> {
    for (let after = ""; ; ) {
      const page: readonly Listed[] = await this.options.values.list(PREFIX, after, PAGE);
      for (const { key, value, version } of page)
        this.adopt(key.slice(PREFIX.length), decode(value), version);
      if (page.length < PAGE) return;
      after = page.at(-1)!.key;
    }
  }

  /** From here on, frees those that are unused, and names whose time is over; `isPresent`: whether the owner is in the room. */
  startSweeping(isPresent: (id: string) => boolean): void {
    const next = () => {
      this.cancelSweep = this.options.clock.after(SWEEP_MS, () => void this.sweep(isPresent).finally(next));
    };
    void this.sweep(isPresent).finally(next);
  }

  stop(): void {
    this.cancelSweep();
  }

  /** Registered nicknames. */
  get size(): number {
    return this.count;
  }

  /** Nicknames that were given up and are not open again yet. */
  get closed(): number {
    return this.keys.size - this.count;
  }

  /** The registration of a nickname, by its folded form. */
  byKey(key: string): Registration | undefined {
    const what = this.keys.get(key)?.what;
    return what && isRegistration(what) ? what : undefined;
  }

  /** The registration of a nickname that looks so. */
  bySkeleton(skeleton: string): Registration | undefined {
    const key = this.skeletons.get(skeleton);
    return key === undefined ? undefined : this.byKey(key);
  }

  byId(id: string): Registration | undefined {
    const key = this.ids.get(id);
    return key === undefined ? undefined : this.byKey(key);
  }

  /**
   * Refuses with ROOM_FULL if there is no space for another nickname. Those that were given up count, so that registering
   * names and giving them up does not fill the memory.
   */
  requireSpaceFor({ key }: Nickname): void {
    const { maxNames } = this.options;
    if (!this.keys.has(key) && this.keys.size >= maxNames)
      throw new Refusal("ROOM_FULL", { rule: "registrations", limit: maxNames });
  }

  /** Sorted by key: at most `limit` of those that begin with `prefix`, after the key `after`. */
  list(prefix: string, after: string, limit: number): readonly Registration[] {
    const found = [...this.keys].filter(([key]) => key.startsWith(prefix) && key > after).sort(byKey);
    return found
      .map(([, { what }]) => what)
      .filter(isRegistration)
      .slice(0, limit);
  }

  /** Whether a nickname or a look-alike of it belongs to another person, or did lately. `id`: of the member who asks. */
  isClosed({ key, skeleton }: Nickname, id: string | undefined): boolean {
    if (this.keys.size === 0) return false;
    return this.isClosedBy(key, id) || this.isClosedBy(this.skeletons.get(skeleton) ?? key, id);
  }

  /**
   * Resolves when this process knows what any process had changed by now; undefined if it always does. Before a decision
   * that depends on a registration. Rejects with Unavailable.
   */
  fresh(): Promise<void> | undefined {
    const waiting = this.options.caughtUp();
    return waiting && this.readStale(waiting);
  }

  /** Another process may have changed the registration of this nickname. */
  changedElsewhere(key: string): void {
    this.stale.add(key);
  }

  /** Events were lost: another process may have changed any of them. */
  lost(): void {
    this.allStale = true;
  }

  /**
   * Replaces what is stored under a key. `change` is called with what is stored now, again if another process was faster;
   * it returns what to store, or undefined to leave it. Resolves to what is stored then. Rejects with Unavailable.
   */
  async update(
    key: string,
    change: (now: Registration | GivenUp | undefined) => Registration | GivenUp | undefined,
  ): Promise<Registration | GivenUp | undefined> {
    const { values, clock } = this.options;
    for (;;) {
      const stored = await values.get(PREFIX + key);
      const now = stored ? parse(decode(stored.value)) : undefined;
      const next = change(now);
      if (next === undefined) {
        if (stored) this.adopt(key, decode(stored.value), stored.version);
        else this.forget(key);
        return now;
      }
      const ttl = isRegistration(next) ? {} : { ttlMs: Math.max(next.closedUntil - clock.now(), 1) };
      const options = { ifVersion: stored?.version ?? 0, ...ttl };
      const value = serialize(next);
      const version = await values.put(PREFIX + key, encode(value), options);
      if (version === null) continue;
      this.adopt(key, value, version);
      return next;
    }
  }

  /** What remains of a registration that ends now, or whose owner was last seen at `lastSeenAt`. */
  givenUp({ id, name }: Pick<Registration, "id" | "name">, lastSeenAt = this.options.clock.now()): GivenUp {
    const now = this.options.clock.now();
    return { id, name, closedUntil: Math.max(lastSeenAt + this.options.keepMs, now + MIN_CLOSED_MS) };
  }

  /** Of which the event is not known to be in the log. */
  unannounced(): readonly (Registration | GivenUp)[] {
    return [...this.keys.values()].map(({ what }) => what).filter((what) => what.unannounced !== undefined);
  }

  private isClosedBy(key: string, id: string | undefined): boolean {
    const what = this.keys.get(key)?.what;
    if (!what || what.id === id) return false;
    return isRegistration(what) || what.closedUntil > this.options.clock.now();
  }

  private adopt(key: string, stored: Stored, version: number): void {
    const before = this.keys.get(key);
    // What was read earlier may arrive later.
    if (before && before.version >= version) return;
    this.forget(key);
    const what = parse(stored);
    this.keys.set(key, { version, what });
    this.skeletons.set(what.name.skeleton, key);
    if (!isRegistration(what)) return;
    this.ids.set(what.id, key);
    this.count++;
  }

  private forget(key: string): void {
    const what = this.keys.get(key)?.what;
    if (!what) return;
    this.keys.delete(key);
    if (this.skeletons.get(what.name.skeleton) === key) this.skeletons.delete(what.name.skeleton);
    if (this.ids.get(what.id) === key) this.ids.delete(what.id);
    if (isRegistration(what)) this.count--;
  }

  private async readStale(caughtUp: Promise<void>): Promise<void> {
    await caughtUp;
    if (this.allStale) {
      this.allStale = false;
      this.reading.add(this.load(), () => {
        this.allStale = true;
      });
    }
    for (const key of this.stale) {
      this.stale.delete(key);
      this.reading.add(this.read(key), () => this.stale.add(key));
    }
    await this.reading.all();
  }

  private async read(key: string): Promise<void> {
    const stored = await this.options.values.get(PREFIX + key);
    if (stored) this.adopt(key, decode(stored.value), stored.version);
    else this.forget(key);
  }

  /** Frees registrations that were not used for long, and forgets names that are open again. */
  private async sweep(isPresent: (id: string) => boolean): Promise<void> {
    const { clock, observe, unusedMs } = this.options;
    const now = clock.now();
    const isUnused = (what: Registration | GivenUp) =>
      isRegistration(what) && what.lastSeenAt + unusedMs < now && !isPresent(what.id);
    for (const [key, { what }] of [...this.keys]) {
      if (!isRegistration(what) && what.closedUntil <= now) this.forget(key);
      if (!isUnused(what)) continue;
      const free = (stored: Registration | GivenUp | undefined) =>
        stored && isRegistration(stored) && isUnused(stored)
          ? this.givenUp(stored, stored.lastSeenAt)
          : undefined;
      try {
        const freed = await this.update(key, free);
        if (freed && !isRegistration(freed))
          observe({ kind: "registration_changed", change: "unused", id: freed.id });
      } catch (error) {
        if (!(error instanceof Unavailable)) throw error;
        observe({ kind: "store_cleanup_failed", step: "sweep", error });
        return;
      }
    }
  }
}

/** Reads in progress: whoever needs what is being read waits for all of them, and not for its own alone. */
class Reads {
  private readonly pending = new Set<Promise<void>>();

  add(read: Promise<void>, failed: () => void): void {
    const ended = () => this.pending.delete(read);
    this.pending.add(read);
    read.then(ended, () => {
      ended();
      failed();
    });
  }

  async all(): Promise<void> {
    await Promise.all(this.pending);
  }
}

export function isRegistration(what: Registration | GivenUp): what is Registration {
  return !("closedUntil" in what);
}

const PREFIX = "reg:";
const byKey = ([one]: [string, Known], [other]: [string, Known]) => (one < other ? -1 : 1);
const encode = (value: Stored) => new TextEncoder().encode(JSON.stringify(value));
const decode = (bytes: Uint8Array) => JSON.parse(new TextDecoder().decode(bytes)) as Stored;

function parse({ nickname, ...rest }: Stored): Registration | GivenUp {
  return { ...rest, name: describeNickname(nickname) };
}

function serialize({ name, ...rest }: Registration | GivenUp): Stored {
  return { ...rest, nickname: name.shown };
}
