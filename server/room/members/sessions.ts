import type { Observer } from "../observer.js";
import { type Clock, type Ids, type KeyValue, Unavailable } from "../ports.js";

const TOKEN_BYTES = 32; // 256 bits
const SESSION_MS = 30 * 86_400_000;
const RENEW_MS = 86_400_000;
const RENEW_RETRY_MS = 60_000;
const RETRY_MS = 5 * 60_000;

interface Cached {
  readonly memberId: string;
  readonly putMs: number;
}

/** What the store keeps of a member beside the claim of its name. */
export interface MemberState {
  readonly hadFeed: boolean;
  readonly ignoring: boolean;
}

/** Stored as JSON under `session:HASH` and `login:HASH`. */
interface StoredSession {
  readonly memberId: string;
}

/** Stored as JSON under `member:ID`; `fed` is `hadFeed`. */
interface StoredMember {
  readonly fed: boolean;
  readonly ignoring: boolean;
}

/**
 * Tokens and the members they authenticate. The store keeps only hashes: a reader of the file cannot act as a member. A
 * session ends with its member: a token whose member is gone resolves to an id that no member has.
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

  async issue(memberId: string): Promise<string> {
    const token = this.ids.random(TOKEN_BYTES);
    const hash = this.ids.hash(token);
    await this.put(hash, memberId);
    return token;
  }

  /** The id of the member that a token authenticates; undefined for an unknown token. Renews the session once a day. */
  async resolve(token: string): Promise<string | undefined> {
    const hash = this.ids.hash(token);
    const cached = this.byHash.get(hash);
    if (cached && this.clock.now() - cached.putMs <= RENEW_MS) return cached.memberId;
    const memberId = cached?.memberId ?? (await this.stored(`session:${hash}`));
    if (memberId !== undefined) await this.renew(hash, memberId);
    return memberId;
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
    const { fed, ignoring } = decode<StoredMember>(stored.value);
    return { hadFeed: fed, ignoring };
  }

  async writeMember(memberId: string, { hadFeed, ignoring }: MemberState): Promise<void> {
    const member: StoredMember = { fed: hadFeed, ignoring };
    await this.values.put(`member:${memberId}`, encode(member), { ttlMs: SESSION_MS });
  }

  /** The same in the background: a failure is only observed. */
  tryWriteMember(memberId: string, state: MemberState): void {
    this.writeMember(memberId, state).catch((error: unknown) => {
      this.observe({ kind: "member_write_failed", step: "member_record", error });
    });
  }

  /** Deletes the member's record and those of its tokens that this process knows; the others expire in the store. */
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
    await this.values.put(`session:${hash}`, encode(session), { ttlMs: SESSION_MS });
    this.cache(hash, memberId, this.clock.now());
  }

  private cache(hash: string, memberId: string, putMs: number): void {
    if (!this.byHash.has(hash)) this.hashesOf.set(memberId, [...(this.hashesOf.get(memberId) ?? []), hash]);
    this.byHash.set(hash, { memberId, putMs });
  }
}

const encode = (value: object) => new TextEncoder().encode(JSON.stringify(value));
const decode = <T>(bytes: Uint8Array) => JSON.parse(new TextDecoder().decode(bytes)) as T;
