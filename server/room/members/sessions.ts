import type { Observer } from "../observer.js";
import { type Clock, type Ids, type KeyValue, Unavailable } from "../ports.js";
import type { Written } from "./unwritten.js";

const TOKEN_BYTES = 32; // 256 bits
const SESSION_MS = 30 * 86_400_000;
const RENEW_MS = 86_400_000;
const RENEW_RETRY_MS = 60_000;
const RETRY_MS = 5 * 60_000;
/** A member's tokens; one more ends the oldest. */
const MAX_TOKENS = 8;
const NOTHING: Written = { upTo: 0, except: [] };

interface Cached {
  readonly memberId: string;
  readonly putMs: number;
}

/** What the store keeps of a member beside the claim of its name. */
export interface MemberState {
  readonly hadFeed: boolean;
  readonly ignoring: boolean;
  readonly written: Written;
}

/** Stored as JSON under `session:HASH` and `login:HASH`. */
interface StoredSession {
  readonly memberId: string;
}

/**
 * Stored as JSON under `member:ID`; `fed` is `hadFeed`. `sessions`: hashes, oldest first. Both that and `written` are absent
 * in older files.
 */
interface StoredMember {
  readonly fed: boolean;
  readonly ignoring: boolean;
  readonly written?: Written;
  readonly sessions?: readonly string[];
}

/**
 * Tokens and the members they authenticate. The store keeps only hashes: a reader of the file cannot act as a member. A
 * session ends with its member: a token whose member is gone resolves to an id that no member has. A member has at most
 * eight, for a retried Login returns another token each time, and the member's record lists them.
 */
export class Sessions {
  private readonly byHash = new Map<string, Cached>();
  /** Oldest first. */
  private readonly hashesOf = new Map<string, readonly string[]>();

  constructor(
    private readonly values: KeyValue,
    private readonly clock: Clock,
    private readonly ids: Ids,
    private readonly observe: Observer,
  ) {}

  /** A new token; `state` is that of the member now. Ends the member's oldest token if there are too many. */
  async issue(memberId: string, state: MemberState): Promise<string> {
    const token = this.ids.random(TOKEN_BYTES);
    const hash = this.ids.hash(token);
    const ended = this.list(memberId, hash);
    // Calls made together are one write of the store.
    await Promise.all([
      this.put(hash, memberId),
      this.writeMember(memberId, state),
      ...(ended.length > 0 ? [this.values.delete(...ended.map(sessionKey))] : []),
    ]);
    return token;
  }

  /** The id of the member that a token authenticates; undefined for an unknown token. Renews the session once a day. */
  async resolve(token: string): Promise<string | undefined> {
    const hash = this.ids.hash(token);
    const cached = this.byHash.get(hash);
    if (cached && this.clock.now() - cached.putMs <= RENEW_MS) return cached.memberId;
    const memberId = cached?.memberId ?? (await this.stored(sessionKey(hash)));
    if (memberId === undefined) return undefined;
    this.adopt(memberId, hash);
    await this.renew(hash, memberId);
    return memberId;
  }

  isCached(token: string): boolean {
    return this.byHash.has(this.ids.hash(token));
  }

  /** The id of the member that an earlier Login with the same secret admitted. */
  async admittedBefore(secret: string): Promise<string | undefined> {
    return this.stored(`login:${this.ids.hash(secret)}`);
  }

  async rememberLogin(secret: string, memberId: string): Promise<void> {
    const session: StoredSession = { memberId };
    await this.values.put(`login:${this.ids.hash(secret)}`, encode(session), { ttlMs: RETRY_MS });
  }

  async readMember(memberId: string): Promise<MemberState | undefined> {
    const stored = await this.values.get(`member:${memberId}`);
    if (!stored) return undefined;
    const { fed, ignoring, written = NOTHING, sessions = [] } = decode<StoredMember>(stored.value);
    this.hashesOf.set(memberId, sessions);
    return { hadFeed: fed, ignoring, written };
  }

  async writeMember(memberId: string, { hadFeed, ignoring, written }: MemberState): Promise<void> {
    const sessions = this.hashesOf.get(memberId) ?? [];
    const member: StoredMember = { fed: hadFeed, ignoring, written, sessions };
    await this.values.put(`member:${memberId}`, encode(member), { ttlMs: SESSION_MS });
  }

  /** The same in the background: a failure is only observed. */
  tryWriteMember(memberId: string, state: MemberState): void {
    this.writeMember(memberId, state).catch((error: unknown) => {
      this.observe({ kind: "member_write_failed", step: "member_record", error });
    });
  }

  /** Deletes the member's record and its tokens in one write. Those of older files that were not used since expire. */
  async end(memberId: string): Promise<void> {
    const hashes = this.hashesOf.get(memberId) ?? [];
    this.hashesOf.delete(memberId);
    for (const hash of hashes) this.byHash.delete(hash);
    await this.values.delete(`member:${memberId}`, ...hashes.map(sessionKey));
  }

  private async stored(key: string): Promise<string | undefined> {
    const stored = await this.values.get(key);
    return stored ? decode<StoredSession>(stored.value).memberId : undefined;
  }

  /** A full disk does not lock readers out: a session that cannot be renewed now is valid until it expires. */
  private async renew(hash: string, memberId: string): Promise<void> {
    try {
      await this.put(hash, memberId);
    } catch (error) {
      if (!(error instanceof Unavailable)) throw error;
      this.observe({ kind: "member_write_failed", step: "session_renewal", error });
      this.cache(hash, memberId, this.clock.now() - RENEW_MS + RENEW_RETRY_MS);
    }
  }

  private async put(hash: string, memberId: string): Promise<void> {
    const session: StoredSession = { memberId };
    await this.values.put(sessionKey(hash), encode(session), { ttlMs: SESSION_MS });
    this.cache(hash, memberId, this.clock.now());
  }

  private cache(hash: string, memberId: string, putMs: number): void {
    // It may have been ended while it was being written.
    if (this.hashesOf.get(memberId)?.includes(hash)) this.byHash.set(hash, { memberId, putMs });
  }

  /** Lists a token that a file of an earlier version has, or whose end could not be written. */
  private adopt(memberId: string, hash: string): void {
    if (this.hashesOf.get(memberId)?.includes(hash)) return;
    const ended = this.list(memberId, hash);
    if (ended.length === 0) return;
    this.values.delete(...ended.map(sessionKey)).catch((error: unknown) => {
      this.observe({ kind: "member_write_failed", step: "session_end", error });
    });
  }

  /** Adds a token to those of the member; returns the oldest, which it replaces. */
  private list(memberId: string, hash: string): readonly string[] {
    const before = this.hashesOf.get(memberId) ?? [];
    const kept = before.slice(Math.max(0, before.length + 1 - MAX_TOKENS));
    const ended = before.slice(0, before.length - kept.length);
    this.hashesOf.set(memberId, [...kept, hash]);
    for (const old of ended) this.byHash.delete(old);
    return ended;
  }
}

const sessionKey = (hash: string) => `session:${hash}`;
const encode = (value: object) => new TextEncoder().encode(JSON.stringify(value));
const decode = <T>(bytes: Uint8Array) => JSON.parse(new TextDecoder().decode(bytes)) as T;
