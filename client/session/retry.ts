/** How calls are retried, and the backoff that feeds and logins share. */
import type { CallOptions } from "@connectrpc/connect";
import { CALL_TIMEOUT_MS } from "./client.js";
import { isLoggedOut, isTransient, refusalOf, unreachableCode } from "./errors.js";

const BASE_MS = 500;
const MAX_MS = 15_000;

/**
 * Delay in ms before attempt `attempt` (from 1): 0.5 s, doubled each time, with jitter from half to one and a half
 * times, at most 15 s. `random`: 0 to below 1.
 */
export function backoffMs(attempt: number, random: number): number {
  const doubled = BASE_MS * 2 ** Math.min(attempt - 1, 10);
  return Math.min(MAX_MS, Math.round(Math.min(MAX_MS, doubled) * (0.5 + random)));
}

/** Sleep that ends early: one sleeper by its signal, all sleepers by `wake`. */
export class Pause {
  readonly #sleepers = new Set<() => void>();

  /**
   * Resolves after `ms` (undefined: never by itself), on `wake` or on abort; never rejects, so check the signal
   * afterwards.
   */
  wait(ms: number | undefined, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      if (signal?.aborted) return resolve();
      const end = () => {
        clearTimeout(timer);
        signal?.removeEventListener("abort", end);
        this.#sleepers.delete(end);
        resolve();
      };
      const timer = ms === undefined ? undefined : setTimeout(end, ms);
      signal?.addEventListener("abort", end, { once: true });
      this.#sleepers.add(end);
    });
  }

  wake(): void {
    for (const end of [...this.#sleepers]) end();
  }
}

/** The server keeps a request_id for 5 minutes; a later retry could be appended a second time. */
const RETRY_FOR_MS = 240_000;

export interface RetryOptions {
  readonly signal: AbortSignal;
  /** Sleeps between attempts, so that a restored connection can wake all waiting calls. */
  readonly pause: Pause;
  /** Logs in again. Called when the token is no longer valid and no attempt of this call can have been applied. */
  readonly login: () => Promise<void>;
  /** Whether RATE_LIMITED is waited out instead of thrown. */
  readonly waitOutRate: boolean;
  readonly random: () => number;
}

/**
 * Makes a call until it succeeds. The call must carry the same request_id each time. Transient errors are retried for
 * 4 minutes; after that, and on any other error, the last one is thrown.
 */
export async function retry<T>(
  call: (options: CallOptions) => Promise<T>,
  options: RetryOptions,
): Promise<T> {
  const { signal, pause } = options;
  const untilMs = Date.now() + RETRY_FOR_MS;
  let maybeApplied = false;
  let loggedInAgain = false;
  for (let attempt = 1; ; attempt++) {
    try {
      return await call({ signal, timeoutMs: CALL_TIMEOUT_MS });
    } catch (error) {
      signal.throwIfAborted();
      const refusal = refusalOf(error);
      if (isLoggedOut(error) && !loggedInAgain && !maybeApplied) {
        // The scope of a request_id is its session: under a new one, a message already appended would be sent twice.
        await options.login();
        loggedInAgain = true;
        continue;
      }
      const rateLimited = refusal?.reason === "RATE_LIMITED" && options.waitOutRate;
      if (!rateLimited && !isTransient(error)) throw error;
      const delayMs = Math.max(rateLimited ? 0 : backoffMs(attempt, options.random()), refusal?.retryMs ?? 0);
      // Waiting for the rate limit is no failure: only the caller's signal ends it.
      if (!rateLimited && Date.now() + delayMs > untilMs) throw error;
      maybeApplied ||= !rateLimited && unreachableCode(error) === undefined;
      await pause.wait(delayMs, signal);
      signal.throwIfAborted();
    }
  }
}
