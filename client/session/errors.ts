import type { Duration } from "@bufbuild/protobuf/wkt";
import { durationMs } from "@bufbuild/protobuf/wkt";
import { Code, ConnectError } from "@connectrpc/connect";
import { ErrorDetailSchema, ErrorReason } from "../../gen/parlance/v1/error_pb.js";

export type Reason = Exclude<keyof typeof ErrorReason, "UNSPECIFIED">;

/** What the room answered instead of doing it; only the transport's own errors have none. */
export interface Refusal {
  readonly reason: Reason;
  /** The server's words, in the language that was asked for. */
  readonly message: string;
  /** The request's field at fault; "" if no single one is. */
  readonly field: string;
  /** After how many ms a retry can succeed; null if waiting does not help. */
  readonly retryMs: number | null;
  readonly suggestion: string | null;
  /** Whether a limit was exceeded. */
  readonly overLimit: boolean;
}

/** The session is over and cannot be taken up again, with the server's reason. */
export class SessionEnded extends Error {
  override readonly name = "SessionEnded";
  constructor(readonly reason: "LOGGED_OUT" | "SHUTTING_DOWN" | "SESSION_EXPIRED" | "TOO_SLOW" | "UNKNOWN") {
    super(`the server ended the session: ${reason}`);
  }
}

export function refusalOf(error: unknown): Refusal | undefined {
  if (!(error instanceof ConnectError)) return undefined;
  const detail = error.findDetails(ErrorDetailSchema)[0];
  const reason = detail && ErrorReason[detail.reason];
  if (!detail || !reason || reason === "UNSPECIFIED") return undefined;
  return {
    reason: reason as Reason,
    message: error.rawMessage,
    field: detail.field,
    retryMs: detail.retryDelay ? ms(detail.retryDelay) : null,
    suggestion: detail.suggestion || null,
    overLimit: detail.limit > 0n,
  };
}

/**
 * Whether the same call can succeed later, unchanged. One table for feeds and calls; the codes are those that breaks
 * were measured to end in, over all transports:
 *
 *     unavailable        unreachable, DNS, orderly shutdown, STORE_UNAVAILABLE
 *     aborted            server killed in the middle, proxy cut (HTTP/1.1)
 *     internal, unknown  proxy cut (HTTP/2), browsers
 *     deadline_exceeded  our own guard, or a black hole
 *     canceled           not by us: ask your own signal first
 *     invalid_argument   without an ErrorDetail: a stream cut inside a frame (connect-es#1751)
 *
 * and the refusal TOO_SLOW. RATE_LIMITED is not among them: waiting it out is the caller's choice.
 */
export function isTransient(error: unknown): boolean {
  if (!(error instanceof ConnectError)) return false;
  const reason = refusalOf(error)?.reason;
  switch (error.code) {
    case Code.Unavailable:
      return true;
    case Code.Aborted:
    case Code.Internal:
    case Code.Unknown:
    case Code.DeadlineExceeded:
    case Code.Canceled:
    case Code.InvalidArgument:
      return reason === undefined;
    default:
      return reason === "TOO_SLOW";
  }
}

/** Whether the token is unknown or its session over. */
export function isLoggedOut(error: unknown): boolean {
  return error instanceof ConnectError && error.code === Code.Unauthenticated;
}

/** Whether the server is older than the call. */
export function isUnimplemented(error: unknown): boolean {
  return error instanceof ConnectError && error.code === Code.Unimplemented;
}

/** The system's name of what kept us from connecting at all, such as ECONNREFUSED: surely nothing was done. */
export function unreachableCode(error: unknown): string | undefined {
  if (!(error instanceof ConnectError)) return undefined;
  const code = (error.cause as { code?: unknown } | undefined)?.code;
  return typeof code === "string" && NEVER_CONNECTED.has(code) ? code : undefined;
}

const NEVER_CONNECTED = new Set([
  "ECONNREFUSED",
  "ENOTFOUND",
  "EAI_AGAIN",
  "EHOSTUNREACH",
  "ENETUNREACH",
  "EHOSTDOWN",
  "ETIMEDOUT",
]);

/** Text of an error without the code in front that Connect adds. */
export function messageOf(error: unknown): string {
  if (error instanceof ConnectError) return error.rawMessage;
  return error instanceof Error ? error.message : String(error);
}

export function ms(duration: Duration): number {
  return durationMs(duration);
}
