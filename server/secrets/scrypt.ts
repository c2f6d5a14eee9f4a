import { hash, randomBytes, timingSafeEqual } from "node:crypto";
import { availableParallelism } from "node:os";
import { Refusal } from "../room/errors.js";
import { isGenerated, type Secrets } from "../room/names/secrets.js";
import { ScryptThread } from "./scrypt-thread.js";

/** A setting that OWASP recommends (Password Storage Cheat Sheet): 32 MiB and about 160 ms of one core. */
export const SCRYPT = { logN: 15, r: 8, p: 3 } as const;
const SALT_BYTES = 16;
const KEY_BYTES = 32;
/** Node's default of 32 MiB is just too little for the setting above. */
const MAX_MEMORY = 64 * 1024 * 1024;
/** At once. The event loop keeps a core for itself where there are several. */
const MAX_RUNNING = Math.max(1, Math.min(2, availableParallelism() - 1));
const threads = Array.from({ length: MAX_RUNNING }, () => new ScryptThread());
const MAX_WAITING = 32;
/** About what one takes, for callers who are to come back later. */
const COST_MS = 160;

export interface ScryptCost {
  readonly logN: number;
  readonly r: number;
  readonly p: number;
}

/** Parameters, salt and key, as `$scrypt$ln=15,r=8,p=3$SALT$KEY` in base64url. */
const STORED = /^\$scrypt\$ln=(\d{1,2}),r=(\d{1,2}),p=(\d{1,2})\$([\w-]+)\$([\w-]+)$/;
const FAST = "$sha256$";

/**
 * Generated secrets under SHA-256, chosen ones under scrypt in threads of low priority. What a verification costs depends on the
 * secret that is offered and not on what is stored.
 */
export class ScryptSecrets implements Secrets {
  private running = 0;
  private readonly waiting: (() => void)[] = [];

  constructor(private readonly cost: ScryptCost = SCRYPT) {}

  async hash(secret: string): Promise<string> {
    if (isGenerated(secret)) return `${FAST}${hash("sha256", secret, "base64url")}`;
    const salt = randomBytes(SALT_BYTES);
    const { logN, r, p } = this.cost;
    const key = await this.derive(secret, salt, this.cost);
    return `$scrypt$ln=${logN},r=${r},p=${p}$${salt.toString("base64url")}$${key.toString("base64url")}`;
  }

  async verify(secret: string, stored: string | undefined): Promise<boolean> {
    if (isGenerated(secret)) return isEqual(`${FAST}${hash("sha256", secret, "base64url")}`, stored ?? "");
    const [, logN, r, p, salt, key] = STORED.exec(stored ?? "") ?? [];
    const isKnown = salt !== undefined && key !== undefined;
    const cost = isKnown ? { logN: Number(logN), r: Number(r), p: Number(p) } : this.cost;
    const derived = await this.derive(secret, isKnown ? Buffer.from(salt, "base64url") : NO_SALT, cost);
    return isKnown && isEqual(derived.toString("base64url"), key);
  }

  private async derive(secret: string, salt: Buffer, { logN, r, p }: ScryptCost): Promise<Buffer> {
    await this.admit();
    try {
      const options = { N: 2 ** logN, r, p, maxmem: MAX_MEMORY };
      const [first, ...others] = threads;
      const idlest = others.reduce((one, other) => (other.pending < one.pending ? other : one), first!);
      return await idlest.derive({ secret: secret.normalize("NFC"), salt, bytes: KEY_BYTES, options });
    } finally {
      const next = this.waiting.shift();
      if (next) next();
      else this.running--;
    }
  }

  private async admit(): Promise<void> {
    if (this.running < MAX_RUNNING) {
      this.running++;
      return;
    }
    if (this.waiting.length >= MAX_WAITING)
      throw new Refusal("RATE_LIMITED", {
        rule: "secrets",
        retryDelayMs: Math.ceil((COST_MS * MAX_WAITING) / MAX_RUNNING),
      });
    await new Promise<void>((resolve) => this.waiting.push(resolve));
  }
}

const NO_SALT = Buffer.alloc(SALT_BYTES);

function isEqual(one: string, other: string): boolean {
  const [a, b] = [Buffer.from(one), Buffer.from(other)];
  return a.length === b.length && timingSafeEqual(a, b);
}
