/**
 * What can go wrong in a session: a ConnectError, whose refusal by the room `refusalOf` returns, or SessionEnded. Both
 * state whether a retry helps.
 */
import { durationMs } from "@bufbuild/protobuf/wkt";
import { Code, ConnectError } from "@connectrpc/connect";
import { ErrorDetailSchema, ErrorReason } from "../../gen/parlance/v1/errors_pb.js";
import type { EndReason } from "./event.js";
import { causeCode, foreignResponse, isObstacle } from "./obstacle.js";

export type Reason = Exclude<keyof typeof ErrorReason, "UNSPECIFIED">;

/** A refusal by the room. Errors of the transport have none. */
export interface Refusal {
  readonly reason: Reason;
  /** The server's wording, in the session's language. */
  readonly message: string;
  /** The invalid field of the request; "" if it is not a single one. */
  readonly field: string;
  /** Delay in ms after which a retry can succeed; null if waiting does not help. */
  readonly retryMs: number | null;
  /** Whether the same call can succeed later, unchanged. */
  readonly retryable: boolean;
  readonly suggestion: string | null;
  /** What to quote to a moderator, such as the id of a ban; "" if there is none. */
  readonly reference: string;
  /** Whether a limit was exceeded. */
  readonly overLimit: boolean;
}

/** The server ended the session, or (REPLACED) its feed, and the feed does not start again by itself. */
export class SessionEnded extends Error {
  override readonly name = "SessionEnded";
  /**
   * Whether a program may start again by itself, with a new session under the same nickname. Not after a logout, not
   * after REPLACED, as it would end another feed of the member, and not when a moderator removed the member.
   */
  readonly retryable: boolean;

  constructor(
    readonly reason: EndReason,
    options?: ErrorOptions,
  ) {
    super(`the server ended the ${reason === "REPLACED" ? "feed" : "session"}: ${reason}`, options);
    this.retryable = !FINAL.has(reason);
  }
}

const FINAL: ReadonlySet<EndReason> = new Set(["LOGGED_OUT", "REPLACED", "REMOVED", "BANNED", "UNKNOWN"]);

export function refusalOf(error: unknown): Refusal | undefined {
  if (!(error instanceof ConnectError)) return undefined;
  const detail = error.findDetails(ErrorDetailSchema)[0];
  const reason = reasonOf(detail?.reason);
  if (!detail || !reason) return undefined;
  const retryMs = detail.retryDelay ? durationMs(detail.retryDelay) : null;
  return {
    reason,
    message: error.rawMessage,
    field: detail.field,
    retryMs,
    retryable: retryMs !== null || isTransientCode(error.code, reason),
    suggestion: detail.suggestion || null,
    reference: detail.reference,
    overLimit: detail.limit > 0,
  };
}

function reasonOf(reason: ErrorReason | undefined): Reason | undefined {
  const name =
    reason === undefined ? undefined : (ErrorReason[reason] as keyof typeof ErrorReason | undefined);
  return name === "UNSPECIFIED" ? undefined : name;
}

/**
 * Whether the same call can succeed later, unchanged. One table for feeds and calls; the codes are those in which
 * connection losses ended when measured over all transports:
 *
 *     unavailable        unreachable, DNS, orderly shutdown, STORE_UNAVAILABLE
 *     aborted            server killed in the middle, cut by a proxy (HTTP/1.1)
 *     internal, unknown  cut by a proxy (HTTP/2), browsers
 *     deadline_exceeded  our own deadline, or a black hole
 *     canceled           not by us: check your own signal first
 *     invalid_argument   without an ErrorDetail: a stream cut inside a frame (connect-es#1751)
 *
 * and the refusal TOO_SLOW. RATE_LIMITED is not among them: waiting it out is the caller's choice. Nor are obstacles,
 * which have the same codes: a certificate that is not trusted, a response of something else.
 */
export function isTransient(error: unknown): boolean {
  if (!(error instanceof ConnectError) || isObstacle(error)) return false;
  return isTransientCode(error.code, reasonOf(error.findDetails(ErrorDetailSchema)[0]?.reason));
}

function isTransientCode(code: Code, reason: Reason | undefined): boolean {
  switch (code) {
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

/** Whether the token is unknown or its session has ended. */
export function isLoggedOut(error: unknown): boolean {
  return error instanceof ConnectError && error.code === Code.Unauthenticated && !foreignResponse(error);
}

/** Whether the server does not know the RPC. */
export function isUnimplemented(error: unknown): boolean {
  return error instanceof ConnectError && error.code === Code.Unimplemented && !foreignResponse(error);
}

/** The system's code, such as ECONNREFUSED, when no connection was made at all: the request was not applied. */
export function unreachableCode(error: unknown): string | undefined {
  const code = causeCode(error);
  return NEVER_CONNECTED.has(code) ? code : undefined;
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

/** The message of an error in one line, without Connect's code in front, and of OpenSSL's the part for people. */
export function messageOf(error: unknown): string {
  const message =
    error instanceof ConnectError ? error.rawMessage : error instanceof Error ? error.message : String(error);
  return (/:SSL routines:[^:]*:([^:]+):/.exec(message)?.[1] ?? message).replace(/\s+/g, " ").trim();
}
