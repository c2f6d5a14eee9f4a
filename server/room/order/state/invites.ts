import type { Invites, InviteUse } from "../../entry/invites.js";
import { Refusal } from "../../errors.js";
import type { Clock, Ids } from "../../ports.js";
import { foldNickname } from "../../rules/nickname/fold.js";
import type { Nickname } from "../../rules/nickname/nickname.js";
import type { StoredState } from "./stored.js";

/** Logins that are remembered, so that a retry of one is no other use. */
const MAX_LOGINS = 64;
/** Attempts to count a use while others are counted. */
const MAX_ATTEMPTS = 16;
const RETRY_MS = 1_000;

/** An invite, as it is stored. Times are ms since 1970. */
export interface Invite {
  readonly id: string;
  /** Hash of the code: a reader of the store cannot enter with it. */
  readonly codeHash: string;
  /** Logins that it is valid for; 0: any number. */
  readonly uses: number;
  readonly used: number;
  /** The nickname that it is valid for; empty: any. */
  readonly nickname: string;
  readonly note: string;
  readonly expires: number;
  /** Nickname; empty: the operator. */
  readonly moderator: string;
  readonly time: number;
  /** Member ids of its latest logins. */
  readonly logins: readonly string[];
}

/** The invites that can still be used. What is counted is decided in the store, where several processes share it. */
export class StoredInvites implements Invites {
  private readonly byId = new Map<string, Invite>();
  private readonly byCode = new Map<string, string>();

  constructor(
    private readonly stored: StoredState,
    private readonly ids: Pick<Ids, "hash">,
    private readonly clock: Pick<Clock, "now">,
  ) {}

  get(id: string): Invite | undefined {
    const invite = this.byId.get(id);
    return invite && canBeUsed(invite, this.clock.now()) ? invite : undefined;
  }

  /** Those that are over, and not swept, among them. */
  get size(): number {
    return this.byId.size;
  }

  isTaken(id: string): boolean {
    return this.byId.has(id);
  }

  all(): readonly Invite[] {
    const nowMs = this.clock.now();
    return [...this.byId.values()].filter((invite) => canBeUsed(invite, nowMs));
  }

  set(invite: Invite): void {
    this.byId.set(invite.id, invite);
    this.byCode.set(invite.codeHash, invite.id);
  }

  delete(id: string): void {
    const invite = this.byId.get(id);
    if (invite) this.byCode.delete(invite.codeHash);
    this.byId.delete(id);
  }

  clear(): void {
    this.byId.clear();
    this.byCode.clear();
  }

  /** Drops those that are over. */
  sweep(nowMs: number): void {
    for (const { id, expires } of [...this.byId.values()]) if (expires <= nowMs) this.delete(id);
  }

  async use(code: string, { key }: Nickname, login: string): Promise<InviteUse | undefined> {
    const id = this.byCode.get(this.ids.hash(code));
    if (id === undefined) return undefined;
    const isUsed = await this.change(id, (invite) => {
      if (!canBeUsed(invite, this.clock.now()) && !invite.logins.includes(login)) return undefined;
      if (invite.nickname !== "" && foldNickname(invite.nickname) !== key) return undefined;
      if (invite.logins.includes(login)) return invite;
      return { ...invite, used: invite.used + 1, logins: [...invite.logins, login].slice(-MAX_LOGINS) };
    });
    if (!isUsed) return undefined;
    return {
      undo: async () => {
        await this.change(id, (invite) => {
          if (!invite.logins.includes(login)) return undefined;
          const logins = invite.logins.filter((one) => one !== login);
          return { ...invite, used: invite.used - 1, logins };
        });
      },
    };
  }

  /** Returns whether the invite is there and `change` returned what it is to be. */
  private async change(id: string, change: (invite: Invite) => Invite | undefined): Promise<boolean> {
    const key = inviteKey(id);
    for (let attempt = 1; attempt <= MAX_ATTEMPTS; attempt++) {
      const { json, version } = await this.stored.read(key);
      const before = json as Invite | undefined;
      if (!before) this.delete(id);
      const after = before && change(before);
      if (!after) return false;
      if (after === before) return true;
      const write = { key, json: after, version, until: after.expires };
      if (!(await this.stored.write(write, this.clock.now()))) continue;
      this.set(after);
      return true;
    }
    throw new Refusal("STORE_UNAVAILABLE", { retryDelayMs: RETRY_MS });
  }
}

export const inviteKey = (id: string) => `invite:${id}`;

function canBeUsed({ uses, used, expires }: Invite, nowMs: number): boolean {
  return expires > nowMs && (uses === 0 || used < uses);
}
