import type { LoginResponse } from "../../gen/parlance/v1/chat_service_pb.js";
import { backoffMs } from "./backoff.js";
import type { ChatClient } from "./connect.js";
import { CALL_TIMEOUT_MS } from "./connect.js";
import { isTransient, unreachableCode } from "./errors.js";
import { createPause } from "./pause.js";

/** Tries of one login, so that a lost answer does not leave a ghost on the nickname. */
const TRIES = 3;

/** A fresh request_id: 24 characters of randomness, for Login a secret. */
export function newRequestId(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(18));
  return btoa(String.fromCharCode(...bytes))
    .replaceAll("+", "-")
    .replaceAll("/", "_");
}

/**
 * Takes a nickname. Retries where an answer may have been lost, with the same request_id; a server that was never
 * reached is not tried again. Throws the ConnectError of the last try.
 */
export async function login(
  client: Pick<ChatClient, "login">,
  nickname: string,
  signal: AbortSignal,
): Promise<LoginResponse> {
  const requestId = newRequestId();
  const pause = createPause();
  for (let attempt = 1; ; attempt++) {
    try {
      return await client.login({ nickname, requestId }, { signal, timeoutMs: CALL_TIMEOUT_MS });
    } catch (error) {
      signal.throwIfAborted();
      if (attempt === TRIES || !isTransient(error) || unreachableCode(error)) throw error;
      await pause.wait(backoffMs(attempt, Math.random()), signal);
    }
  }
}
