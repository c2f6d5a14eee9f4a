import type { Observer } from "../observer.js";
import { type Clock, type Ids, type KeyValue, Unavailable } from "../ports.js";

const TOKEN_BYTES = 32; // 256 bits
const SESSION_MS = 30 * 86_400_000;
const RENEW_MS = 86_400_000;
const RENEW_RETRY_MS = 60_000;
const RETRY_MS = 5 * 60_000;

interface SessionRecord {
  readonly memberId: string;
}

interface Cached extends SessionRecord {
  putMs: number;
}

/** What outlives a process of a member, beside the claim of the name. */
export interface MemberRecord {
  readonly fed: boolean;
  readonly ignoring: boolean;
}

/**
 * Tokens and what they stand for. The store holds hashes alone: whoever reads the file cannot speak as anyone. A
 * session ends with its member: a token whose member is gone resolves to an id that nobody bears.
 */
export class Sessions {
  private readonly byHash = new Map<string, Cached>();
  private readonly hashesOf = new Map<string, string[]>();

  constructor(
    private readonly values: KeyValue,
    private readonly clock: Clock,
    private readonly ids: Ids,
    private readonly observe: Observer,
  ) {}

  /** A new token for a member. */
  async issue(memberId: string): Promise<string> {
    const token = this.ids.random(TOKEN_BYTES);
    const hash = this.ids.hash(token);
    await this.put(hash, memberId);
    return token;
  }

  /** The member a token speaks for, if it is one of ours. */
  async resolve(token: string): Promise<string | undefined> {
    const hash = this.ids.hash(token);
    const cached = this.byHash.get(hash);
    if (cached && this.clock.now() - cached.putMs <= RENEW_MS) return cached.memberId;
    const memberId = cached?.memberId ?? (await this.stored(`session:${hash}`));
    if (memberId !== undefined) await this.renew(hash, memberId);
    return memberId;
  }

  /** Whom an earlier Login with the same secret let in. */
  async earlier(secret: string): Promise<string | undefined> {
    return this.stored(`login:${this.ids.hash(secret)}`);
  }

  async remember(secret: string, memberId: string): Promise<void> {
    const record: SessionRecord = { memberId };
    await this.values.put(`login:${this.ids.hash(secret)}`, encode(record), { ttlMs: RETRY_MS });
  }

  async member(memberId: string): Promise<MemberRecord | undefined> {
    const stored = await this.values.get(`member:${memberId}`);
    return stored ? decode<MemberRecord>(stored.value) : undefined;
  }

  async keepMember(memberId: string, record: MemberRecord): Promise<void> {
    await this.values.put(`member:${memberId}`, encode(record), { ttlMs: SESSION_MS });
  }

  /** Ends what this process knows of a member's tokens; others resolve to nobody until they expire. */
  async end(memberId: string): Promise<void> {
    const hashes = this.hashesOf.get(memberId) ?? [];
    this.hashesOf.delete(memberId);
    for (const hash of hashes) this.byHash.delete(hash);
    await Promise.all([
      this.values.delete(`member:${memberId}`),
      ...hashes.map((hash) => this.values.delete(`session:${hash}`)),
    ]);
  }

  private async stored(key: string): Promise<string | undefined> {
    const stored = await this.values.get(key);
    return stored ? decode<SessionRecord>(stored.value).memberId : undefined;
  }

  /** A full disk keeps nobody from reading: a session that cannot be renewed now is good until it expires. */
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
    const record: SessionRecord = { memberId };
    await this.values.put(`session:${hash}`, encode(record), { ttlMs: SESSION_MS });
    this.cache(hash, memberId, this.clock.now());
  }

  private cache(hash: string, memberId: string, putMs: number): void {
    if (!this.byHash.has(hash)) this.hashesOf.set(memberId, [...(this.hashesOf.get(memberId) ?? []), hash]);
    this.byHash.set(hash, { memberId, putMs });
  }
}

const encode = (record: object) => new TextEncoder().encode(JSON.stringify(record));
const decode = <T>(bytes: Uint8Array) => JSON.parse(new TextDecoder().decode(bytes)) as T;
