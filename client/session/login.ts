import type { MessageInitShape } from "@bufbuild/protobuf";
import type { LoginRequestSchema, LoginResponse } from "../../gen/parlance/v1/chat_service_pb.js";
import type { ChatClient } from "./client.js";
import { CALL_TIMEOUT_MS } from "./client.js";
import { isTransient, refusalOf, unreachableCode } from "./errors.js";
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

/** Who logs in, and what the room asks for. See LoginRequest in the schema. */
export interface Credentials {
  /**
   * May be empty with an access token: the token's is taken, or what the room suggests in its place; and where a proxy
   * names the person to the room.
   */
  readonly nickname: string;
  /** Secret of the registered nickname. */
  readonly secret?: string;
  /** Passphrase or invite of the room. */
  readonly invite?: string;
  /** Whether the caller is a program; visible to all. */
  readonly bot?: boolean;
  /**
   * Returns a token of the application that embeds the room; called before each Login, and once more if the room refuses
   * what it returned.
   */
  readonly accessToken?: () => Promise<string>;
}

/**
 * Logs in. Retries with the same request_id when the response may have been lost, but not when no
 * connection was made, and for CALL_TIMEOUT_MS at most. Throws the ConnectError of the last attempt.
 */
export async function login(
  client: Pick<ChatClient, "login">,
  { accessToken, ...credentials }: Credentials,
  signal: AbortSignal,
): Promise<LoginResponse> {
  if (!accessToken) return attemptLogin(client, credentials, signal);
  try {
    return await loginWithToken(client, { ...credentials, accessToken: await accessToken() }, signal);
  } catch (error) {
    if (refusalOf(error)?.reason !== "ACCESS_TOKEN_INVALID") throw error;
    // It may have expired where the application kept it.
    return loginWithToken(client, { ...credentials, accessToken: await accessToken() }, signal);
  }
}

async function loginWithToken(
  client: Pick<ChatClient, "login">,
  request: Omit<Credentials, "accessToken"> & { readonly accessToken: string },
  signal: AbortSignal,
): Promise<LoginResponse> {
  try {
    return await attemptLogin(client, request, signal);
  } catch (error) {
    const { reason, field, suggestion } = refusalOf(error) ?? {};
    const isOfToken = request.nickname === "" && field === "nickname";
    if (!isOfToken || reason === undefined || !suggestion) throw error;
    // The application's name for the person is no nickname here, or is taken: what the room suggests is.
    return attemptLogin(client, { ...request, nickname: suggestion }, signal);
  }
}

async function attemptLogin(
  client: Pick<ChatClient, "login">,
  request: MessageInitShape<typeof LoginRequestSchema>,
  signal: AbortSignal,
): Promise<LoginResponse> {
  const requestId = newRequestId();
  const pause = new Pause();
  const untilMs = Date.now() + CALL_TIMEOUT_MS;
  for (let attempt = 1; ; attempt++) {
    try {
      const timeoutMs = Math.max(1, untilMs - Date.now());
      return await client.login({ ...request, requestId }, { signal, timeoutMs });
    } catch (error) {
      signal.throwIfAborted();
      const delayMs = backoffMs(attempt, Math.random());
      const isLast = attempt === MAX_ATTEMPTS || Date.now() + delayMs >= untilMs;
      if (isLast || !isTransient(error) || unreachableCode(error)) throw error;
      await pause.wait(delayMs, signal);
    }
  }
}
