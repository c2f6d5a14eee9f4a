import type { CallOptions } from "@connectrpc/connect";
import { backoffMs } from "./backoff.js";
import { CALL_TIMEOUT_MS } from "./connect.js";
import { isLoggedOut, isTransient, refusalOf, unreachableCode } from "./errors.js";
import type { Pause } from "./pause.js";

/** The server forgets a request_id after 5 minutes; a retry that comes later could be placed twice. */
const GIVE_UP_MS = 240_000;

export interface PersistOptions {
  readonly signal: AbortSignal;
  /** Sleeps here, so that a connection that came back can wake the callers. */
  readonly pause: Pause;
  /** Takes the session up anew; called when the token died and nothing of this call can have been done. */
  readonly login: () => Promise<void>;
  /** Whether RATE_LIMITED is waited out instead of thrown. */
  readonly waitOutRate: boolean;
  readonly random: () => number;
}

/**
 * Makes a call until it is answered. The call must bear the same request_id each time. Transient errors are retried
 * for 4 minutes; then, and on any other refusal, the last error is thrown.
 */
export async function persist<T>(
  call: (options: CallOptions) => Promise<T>,
  options: PersistOptions,
): Promise<T> {
  const { signal, pause } = options;
  const untilMs = Date.now() + GIVE_UP_MS;
  let uncertain = false;
  let renewed = false;
  for (let attempt = 1; ; attempt++) {
    try {
      return await call({ signal, timeoutMs: CALL_TIMEOUT_MS });
    } catch (error) {
      signal.throwIfAborted();
      const refusal = refusalOf(error);
      if (isLoggedOut(error) && !renewed && !uncertain) {
        // Under a new session the same request_id is another one: what may have been placed is not said again.
        await options.login();
        renewed = true;
        continue;
      }
      const rateLimited = refusal?.reason === "RATE_LIMITED" && options.waitOutRate;
      if (!rateLimited && !isTransient(error)) throw error;
      const delayMs = Math.max(rateLimited ? 0 : backoffMs(attempt, options.random()), refusal?.retryMs ?? 0);
      // Waiting for the own rate is no sign of trouble and has no end but the caller's patience.
      if (!rateLimited && Date.now() + delayMs > untilMs) throw error;
      uncertain ||= !rateLimited && unreachableCode(error) === undefined;
      await pause.wait(delayMs, signal);
      signal.throwIfAborted();
    }
  }
}
