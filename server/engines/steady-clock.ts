import type { Observer } from "../room/observer.js";
import type { Clock } from "../room/ports.js";

/** How far the wall clock may stray from the monotonic one between two looks (at most 10 s apart) without doubt. */
const jumpMs = 60_000;
/** How long the clocks must have agreed before the wall clock is believed again; less if events live shorter. */
const settleMs = 3_600_000;
/** At a start: the newest event may be so old, or so far ahead, without doubt; and without a word about it. */
const restMs = 3_600_000;
const unspokenRestMs = 24 * 3_600_000;
/** How much faster than time events age out at most: a day's worth in an hour. */
const catchUp = 24;

export interface SteadyClockOptions {
  readonly clock: Clock;
  readonly observe: Observer;
  readonly maxAgeMs: number;
  /** Times of the oldest and the newest event kept; without any Infinity and -Infinity. */
  readonly oldestAt: number;
  readonly newestAt: number;
}

/**
 * The wall clock, as far as it can be trusted with things that cannot be undone. No single reading deletes anything: a
 * wall clock that jumps against the monotonic one is in doubt until both have agreed for an hour, and meanwhile nothing
 * ages out. At a start it is in doubt for an hour if it is not near the newest event. Even when it is trusted, events
 * age out at no more than 24 times the speed of time, so that a wrong clock that stays costs the history slowly, with a
 * warning before it begins.
 */
export class SteadyClock {
  readonly #options: SteadyClockOptions;
  readonly #settleMs: number;
  /** Both clocks at the last look. */
  #wall: number;
  #monotonic: number;
  /** What the wall clock would show without its jumps. */
  #steady: number;
  /** Monotonic; in doubt until then. */
  #doubtUntil = Number.NEGATIVE_INFINITY;
  /** Events older than this have expired. */
  #horizon: number;

  constructor(options: SteadyClockOptions) {
    const { clock, maxAgeMs, oldestAt, newestAt } = options;
    this.#options = options;
    this.#settleMs = Math.min(settleMs, maxAgeMs);
    this.#wall = clock.now();
    this.#monotonic = clock.monotonic();
    this.#steady = this.#wall;
    this.#horizon = Math.min(this.#wall - maxAgeMs, oldestAt);
    const aheadMs = this.#wall - newestAt;
    if (Number.isFinite(newestAt) && Math.abs(aheadMs) > restMs)
      this.#doubt("start", aheadMs, Math.abs(aheadMs) > unspokenRestMs);
  }

  /** ms since 1970: the wall clock, and while that is in doubt, what it showed before and the time since. */
  now(): number {
    this.look();
    return this.#steady;
  }

  /** `now()` of the last look, for many uses in one moment. */
  get lastNow(): number {
    return this.#steady;
  }

  /** Events older than this have expired, ms since 1970; none while the wall clock is in doubt. */
  horizon(): number {
    this.look();
    return this.lastHorizon;
  }

  get lastHorizon(): number {
    return this.#monotonic >= this.#doubtUntil ? this.#horizon : Number.NEGATIVE_INFINITY;
  }

  /** Whether what has expired may be deleted. */
  isTrusted(): boolean {
    this.look();
    return this.#monotonic >= this.#doubtUntil;
  }

  /** Compares the clocks. */
  look(): void {
    const { clock, maxAgeMs } = this.#options;
    const [wall, monotonic] = [clock.now(), clock.monotonic()];
    const passedMs = monotonic - this.#monotonic;
    const strayedMs = wall - this.#wall - passedMs;
    this.#wall = wall;
    this.#monotonic = monotonic;
    if (Math.abs(strayedMs) > jumpMs) this.#doubt("jump", strayedMs, true);
    if (monotonic < this.#doubtUntil) {
      this.#steady += passedMs;
      return;
    }
    this.#steady = wall;
    this.#horizon = Math.max(this.#horizon, Math.min(wall - maxAgeMs, this.#horizon + catchUp * passedMs));
  }

  #doubt(since: "start" | "jump", offMs: number, observed: boolean): void {
    this.#doubtUntil = this.#monotonic + this.#settleMs;
    if (observed)
      this.#options.observe({ kind: "store_clock_doubted", since, offMs, waitMs: this.#settleMs });
  }
}
