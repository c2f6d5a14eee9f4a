import type { BackgroundWrites } from "../background.js";
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

/** What a token stands for. `stay`: see Member.stay; undefined in older stores. */
export interface Session {
  /** Of the token, which is kept nowhere. */
  readonly hash: string;
  readonly memberId: string;
  readonly stay: number | undefined;
  /** When it ends however often it is used, in ms since 1970; undefined: when it is not used for long. */
  readonly until: number | undefined;
}

interface Cached extends StoredSession {
  readonly putMs: number;
}

/** What the store keeps of a member beside the claim of its name, and what leads to that. */
export interface MemberState {
  readonly nickname: string;
  /** ms since 1970. */
  readonly joinTime: number;
  readonly bot?: boolean;
  /** IP address of its latest Login that a ban may apply to; undefined: unknown, or exempt. */
  readonly address?: string;
  readonly hadFeed: boolean;
  readonly ignoring: boolean;
  readonly written: Written;
  /** See Member.stay; undefined: not known. */
  readonly stay?: number;
}

/** Stored as JSON under `session:HASH` and `login:HASH`; the latter has the first alone. */
interface StoredSession {
  readonly memberId: string;
  readonly stay?: number | undefined;
  /** See Session. */
  readonly until?: number | undefined;
}

/**
 * Stored as JSON under `member:ID`; `fed` is `hadFeed`. `sessions`: hashes, oldest first. `login`: hash of the secret of
 * its Login. Older files have `fed` and `ignoring` only.
 */
interface StoredMember {
  readonly nickname?: string;
  readonly joinTime?: number;
  readonly bot?: boolean;
  readonly address?: string;
  readonly login?: string;
  readonly fed: boolean;
  readonly ignoring: boolean;
  readonly written?: Written;
  readonly sessions?: readonly string[];
  readonly stay?: number;
}

/**
 * Tokens and the members they authenticate. The store keeps only hashes: a reader of the file cannot act as a member. A
 * session ends with its member's stay: a token whose member is gone resolves to an id that no member has, or to another
 * stay of a registered nickname, whose id remains. A member has at most eight, one for each Login of a device and one for
 * each retry of it, and the member's record lists them.
 */
export class Sessions {
  private readonly byHash = new Map<string, Cached>();
  /** Oldest first. */
  private readonly hashesOf = new Map<string, readonly string[]>();
  private readonly loginOf = new Map<string, string>();

  /** `shared`: whether other processes write records of the same members. */
  constructor(
    private readonly values: KeyValue,
    private readonly clock: Clock,
    private readonly ids: Ids,
    private readonly observe: Observer,
    private readonly background: BackgroundWrites,
    private readonly shared = false,
  ) {}

  /** A new token, valid until then if a time is given; `state` is that of the member now. Ends the member's oldest token if there are too many. */
  async issue(memberId: string, state: MemberState, until?: number): Promise<string> {
    const token = this.ids.random(TOKEN_BYTES);
    const hash = this.ids.hash(token);
    const ended = this.list(memberId, hash);
    // Calls made together are one write of the store.
    await Promise.all([
      this.put(hash, { memberId, stay: state.stay, until }),
      this.writeMember(memberId, state),
      ...(ended.length > 0 ? [this.values.delete(...ended.map(sessionKey))] : []),
    ]);
    return token;
  }

  /** What a token authenticates; undefined for an unknown token. Renews the session once a day. */
  async resolve(token: string): Promise<Session | undefined> {
    const hash = this.ids.hash(token);
    const cached = this.byHash.get(hash);
    const isRecent = cached !== undefined && this.clock.now() - cached.putMs <= RENEW_MS;
    const session = cached ?? (await this.stored(sessionKey(hash)));
    if (session === undefined) return undefined;
    const { memberId, stay, until } = session;
    if (until !== undefined && until <= this.clock.now()) {
      this.byHash.delete(hash);
      return undefined;
    }
    if (!isRecent) {
      this.adopt(memberId, hash);
      await this.renew(hash, { memberId, stay, until });
    }
    return { hash, memberId, stay, until };
  }

  /** When the session with this hash ends, which was resolved before; undefined: see Session. */
  untilOf(hash: string): number | undefined {
    return this.byHash.get(hash)?.until;
  }

  /** The hash that a session has for this token. */
  hashOf(token: string): string {
    return this.ids.hash(token);
  }

  isCached(token: string): boolean {
    return this.byHash.has(this.ids.hash(token));
  }

  /** The id that an earlier Login with the same secret settled on, whether it was admitted or not. */
  async admittedBefore(secret: string): Promise<string | undefined> {
    return (await this.stored(loginKey(this.ids.hash(secret))))?.memberId;
  }

  /**
   * Settles on the id of the member that a Login with this secret admits, wherever and however often it is tried:
   * `memberId`, unless another try was faster.
   */
  async settleLogin(secret: string, memberId: string): Promise<string> {
    const hash = this.ids.hash(secret);
    const session: StoredSession = { memberId };
    const isFirst = await this.values.put(loginKey(hash), encode(session), { ttlMs: RETRY_MS, ifVersion: 0 });
    const settled = isFirst === null ? (await this.stored(loginKey(hash)))?.memberId : memberId;
    // The record expired in between.
    if (settled === undefined) return this.settleLogin(secret, memberId);
    this.loginOf.set(settled, hash);
    return settled;
  }

  async readMember(memberId: string): Promise<MemberState | undefined> {
    const stored = await this.values.get(memberKey(memberId));
    if (!stored) return undefined;
    const { nickname = "", joinTime = 0, ...member } = decode<StoredMember>(stored.value);
    const { fed, ignoring, bot, address, written = NOTHING, sessions = [], login, stay } = member;
    this.hashesOf.set(memberId, sessions);
    if (login !== undefined) this.loginOf.set(memberId, login);
    const known = {
      ...(bot && { bot }),
      ...(address !== undefined && { address }),
      ...(stay !== undefined && { stay }),
    };
    return { nickname, joinTime, ...known, hadFeed: fed, ignoring, written };
  }

  async writeMember(memberId: string, state: MemberState): Promise<void> {
    if (this.shared) return this.mergeMember(memberId, state);
    await this.values.put(memberKey(memberId), this.recordOf(memberId, state), { ttlMs: SESSION_MS });
  }

  /** Keeps what other processes have recorded of the member's feeds and tokens. */
  private async mergeMember(memberId: string, state: MemberState): Promise<void> {
    for (;;) {
      const stored = await this.values.get(memberKey(memberId));
      const found = stored ? decode<StoredMember>(stored.value) : undefined;
      const isOther = found !== undefined && isOtherStay(found.stay, state.stay);
      // A later stay of the same registered nickname.
      if (isOther && (found.stay ?? 0) > (state.stay ?? 0)) return;
      const theirs = isOther ? undefined : found;
      const { written = NOTHING, sessions = [], login } = theirs ?? {};
      const ours = this.hashesOf.get(memberId) ?? [];
      const others = sessions.filter((hash) => !ours.includes(hash));
      this.hashesOf.set(memberId, [...others, ...ours].slice(-MAX_TOKENS));
      if (login !== undefined) this.loginOf.set(memberId, login);
      const merged: MemberState = {
        ...state,
        ...(state.address === undefined && theirs?.address !== undefined && { address: theirs.address }),
        hadFeed: state.hadFeed || (theirs?.fed ?? false),
        stay: state.stay || (theirs?.stay ?? 0),
        written: written.upTo > state.written.upTo ? written : state.written,
      };
      const options = { ttlMs: SESSION_MS, ifVersion: stored?.version ?? 0 };
      const version = await this.values.put(memberKey(memberId), this.recordOf(memberId, merged), options);
      if (version !== null) return;
    }
  }

  private recordOf(memberId: string, { hadFeed, stay = 0, ...state }: MemberState): Uint8Array {
    const login = this.loginOf.get(memberId);
    const sessions = this.hashesOf.get(memberId) ?? [];
    const known = { ...(login !== undefined && { login }), ...(stay !== 0 && { stay }) };
    const member: StoredMember = { ...state, fed: hadFeed, sessions, ...known };
    return encode(member);
  }

  /** The same in the background: a failure is only observed. */
  tryWriteMember(memberId: string, state: MemberState): void {
    const writing = this.writeMember(memberId, state).catch((error: unknown) => {
      this.observe({ kind: "member_write_failed", step: "member_record", error });
    });
    this.background.add(writing);
  }

  /**
   * Deletes the member's record and its tokens in one write. Those of older files that were not used since expire. `stay`:
   * the one that has ended; the owner of a registered nickname may have begun another one at another process.
   */
  async end(memberId: string, stay: number): Promise<void> {
    const before = this.hashesOf.get(memberId) ?? [];
    const state = this.shared ? await this.readMember(memberId) : undefined;
    if (state && isOtherStay(state.stay, stay)) {
      const present = this.hashesOf.get(memberId) ?? [];
      const ended = before.filter((hash) => !present.includes(hash));
      for (const hash of ended) this.byHash.delete(hash);
      if (ended.length > 0) await this.values.delete(...ended.map(sessionKey));
      return;
    }
    const login = this.loginOf.get(memberId);
    const logins = login === undefined ? [] : [loginKey(login)];
    const sessions = (this.hashesOf.get(memberId) ?? []).map(sessionKey);
    this.forget(memberId);
    await this.values.delete(memberKey(memberId), ...sessions, ...logins);
  }

  /** Ends all tokens of the member but the one with the hash `kept`, and with them what a retry of its Login returns. */
  async endOthers(memberId: string, state: MemberState, kept: string): Promise<void> {
    if (this.shared) await this.readMember(memberId);
    const login = this.loginOf.get(memberId);
    const ended = (this.hashesOf.get(memberId) ?? []).filter((hash) => hash !== kept);
    const logins = login === undefined ? [] : [loginKey(login)];
    for (const hash of ended) this.byHash.delete(hash);
    this.hashesOf.set(memberId, [kept]);
    this.loginOf.delete(memberId);
    // The tokens first: a record that names fewer than there are would leave them valid.
    await this.values.delete(...ended.map(sessionKey), ...logins);
    await this.values.put(memberKey(memberId), this.recordOf(memberId, state), { ttlMs: SESSION_MS });
  }

  /** Which of the member's tokens, and of `more`, another process has ended. By hash. */
  async endedElsewhere(memberId: string, more: Iterable<string>): Promise<ReadonlySet<string>> {
    const hashes = [...new Set([...(this.hashesOf.get(memberId) ?? []), ...more])];
    const found = await Promise.all(hashes.map((hash) => this.stored(sessionKey(hash))));
    const ended = new Set(hashes.filter((_, i) => found[i] === undefined));
    for (const hash of ended) this.byHash.delete(hash);
    const rest = (this.hashesOf.get(memberId) ?? []).filter((hash) => !ended.has(hash));
    this.hashesOf.set(memberId, rest);
    return ended;
  }

  /** The member's stay has ended, at another process. */
  forget(memberId: string): void {
    for (const hash of this.hashesOf.get(memberId) ?? []) this.byHash.delete(hash);
    this.hashesOf.delete(memberId);
    this.loginOf.delete(memberId);
  }

  private async stored(key: string): Promise<StoredSession | undefined> {
    const stored = await this.values.get(key);
    return stored ? decode<StoredSession>(stored.value) : undefined;
  }

  /** A full disk does not lock readers out: a session that cannot be renewed now is valid until it expires. */
  private async renew(hash: string, session: StoredSession): Promise<void> {
    try {
      await this.put(hash, session);
    } catch (error) {
      if (!(error instanceof Unavailable)) throw error;
      this.observe({ kind: "member_write_failed", step: "session_renewal", error });
      this.cache(hash, session, this.clock.now() - RENEW_MS + RENEW_RETRY_MS);
    }
  }

  private async put(hash: string, session: StoredSession): Promise<void> {
    const leftMs = session.until === undefined ? SESSION_MS : session.until - this.clock.now();
    await this.values.put(sessionKey(hash), encode(session), {
      ttlMs: Math.max(1, Math.min(SESSION_MS, leftMs)),
    });
    this.cache(hash, session, this.clock.now());
  }

  private cache(hash: string, { memberId, stay, until }: StoredSession, putMs: number): void {
    // It may have been ended while it was being written.
    if (this.hashesOf.get(memberId)?.includes(hash)) this.byHash.set(hash, { memberId, stay, until, putMs });
  }

  /** Lists a token that a file of an earlier version has, or whose end could not be written. */
  private adopt(memberId: string, hash: string): void {
    if (this.hashesOf.get(memberId)?.includes(hash)) return;
    const ended = this.list(memberId, hash);
    if (ended.length === 0) return;
    const deleting = this.values.delete(...ended.map(sessionKey)).catch((error: unknown) => {
      this.observe({ kind: "member_write_failed", step: "session_end", error });
    });
    this.background.add(deleting);
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

/** Whether two stays are known to differ; 0 and undefined: not known. */
export function isOtherStay(one: number | undefined, other: number | undefined): boolean {
  return one !== undefined && one !== 0 && other !== undefined && other !== 0 && one !== other;
}

const memberKey = (memberId: string) => `member:${memberId}`;
const loginKey = (hash: string) => `login:${hash}`;
const sessionKey = (hash: string) => `session:${hash}`;
const encode = (value: object) => new TextEncoder().encode(JSON.stringify(value));
const decode = <T>(bytes: Uint8Array) => JSON.parse(new TextDecoder().decode(bytes)) as T;
