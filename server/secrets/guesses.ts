import { RateLimiterMemory } from "rate-limiter-flexible";
import type { Address } from "../room/identity.js";
import type { Guesses } from "../room/names/secrets.js";

/** Failures within ten minutes that cost nothing. */
const FREE = 10;
const WINDOW_S = 600;
/** The delay after the last free failure; each further one doubles it. */
const FIRST_DELAY_S = 1;
const MAX_DELAY_S = 900;
/** Addresses and nicknames that are counted. The library keeps a timer for each, so that there must be an end to them. */
const MAX_COUNTED = 20_000;
/** Pairs of a nickname and an address that was admitted to it. */
const MAX_ADMITTED = 20_000;

/** Counts failures in memory. */
export class CountedGuesses implements Guesses {
  private readonly failures = new RateLimiterMemory({ points: FREE, duration: WINDOW_S });
  private readonly delays = new RateLimiterMemory({ points: 1, duration: MAX_DELAY_S });
  /** What is counted, the longest unused first. */
  private readonly counted = new Set<string>();
  private readonly admitted = new Set<string>();

  async waitMs(subject: string, address: Address): Promise<number> {
    const keys = [addressKey(address), this.wasAdmitted(subject, address) ? "" : subjectKey(subject)];
    const waits = await Promise.all(keys.map((key) => this.delayOf(key)));
    return Math.max(...waits);
  }

  async failed(subject: string, address: Address): Promise<void> {
    await Promise.all([this.count(addressKey(address)), this.count(subjectKey(subject))]);
  }

  succeeded(subject: string, address: Address): void {
    if (address.budget === "" || subject === "") return;
    moveToEnd(this.admitted, pairOf(subject, address), MAX_ADMITTED);
  }

  /** How many addresses and nicknames are counted. */
  get size(): number {
    return this.counted.size;
  }

  private wasAdmitted(subject: string, address: Address): boolean {
    return this.admitted.has(pairOf(subject, address));
  }

  private async delayOf(key: string): Promise<number> {
    if (key === "") return 0;
    const delay = await this.delays.get(key);
    return delay === null ? 0 : Math.max(0, delay.msBeforeNext);
  }

  private async count(key: string): Promise<void> {
    if (key === "") return;
    const dropped = moveToEnd(this.counted, key, MAX_COUNTED);
    if (dropped !== undefined)
      await Promise.all([this.failures.delete(dropped), this.delays.delete(dropped)]);
    const { consumedPoints } = await this.failures.penalty(key);
    if (consumedPoints < FREE) return;
    const delayS = Math.min(FIRST_DELAY_S * 2 ** (consumedPoints - FREE), MAX_DELAY_S);
    // The count must outlive the delay that follows from it.
    await Promise.all([
      this.failures.set(key, consumedPoints, WINDOW_S + delayS),
      this.delays.set(key, 1, delayS),
    ]);
  }
}

/** Returns what had to go for it. */
function moveToEnd(set: Set<string>, key: string, max: number): string | undefined {
  set.delete(key);
  set.add(key);
  if (set.size <= max) return undefined;
  const [oldest] = set;
  if (oldest !== undefined) set.delete(oldest);
  return oldest;
}

/** An exempt address has no count of its own. */
const addressKey = ({ budget }: Address) => (budget === "" ? "" : `address ${budget}`);
const subjectKey = (subject: string) => (subject === "" ? "" : `subject ${subject}`);
const pairOf = (subject: string, { budget }: Address) => `${budget} ${subject}`;
