import type { LoginResponse } from "../../gen/parlance/v1/chat_service_pb.js";
import type { ChatClient } from "./client.js";
import { CALL_TIMEOUT_MS } from "./client.js";
import { isTransient, unreachableCode } from "./errors.js";
import { backoffMs, Pause } from "./retry.js";

/** Attempts of one login. With a single one, a lost response would leave the nickname taken until the grace ends. */
const MAX_ATTEMPTS = 3;

/** A fresh idempotency key: 18 random bytes as 24 characters of base64url. For Login it is a secret. */
export function newRequestId(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(18));
  return btoa(String.fromCharCode(...bytes))
    .replaceAll("+", "-")
    .replaceAll("/", "_");
}

/**
 * Logs in under a nickname. Retries with the same request_id when the response may have been lost, but not when no
 * connection was made, and for CALL_TIMEOUT_MS at most. Throws the ConnectError of the last attempt.
 */
export async function login(
  client: Pick<ChatClient, "login">,
  nickname: string,
  signal: AbortSignal,
): Promise<LoginResponse> {
  const requestId = newRequestId();
  const pause = new Pause();
  const untilMs = Date.now() + CALL_TIMEOUT_MS;
  for (let attempt = 1; ; attempt++) {
    try {
      const timeoutMs = Math.max(1, untilMs - Date.now());
      return await client.login({ nickname, requestId }, { signal, timeoutMs });
    } catch (error) {
      signal.throwIfAborted();
      const delayMs = backoffMs(attempt, Math.random());
      const isLast = attempt === MAX_ATTEMPTS || Date.now() + delayMs >= untilMs;
      if (isLast || !isTransient(error) || unreachableCode(error)) throw error;
      await pause.wait(delayMs, signal);
    }
  }
}
