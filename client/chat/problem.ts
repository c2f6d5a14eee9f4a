/** Errors of calls as problems that are shown to the reader. */
import { Code, ConnectError } from "@connectrpc/connect";
import { isTransient, isUnimplemented, messageOf, refusalOf, unreachableCode } from "../session/errors.js";
import type { Limits } from "../session/limits.js";
import {
  causeCode,
  certificateFault,
  certificateNames,
  foreignResponse,
  isObstacle,
  redirectTarget,
  withoutOurService,
} from "../session/obstacle.js";
import { tooLong } from "./input/parse.js";
import type { Kept, Problem } from "./line.js";

/** Why the room cannot be reached; undefined for its refusals and for faults of the program. */
export function connectionProblem(error: unknown, server: string): Problem | undefined {
  const fault = certificateFault(error);
  if (fault) return { what: "certificate", server, fault, names: certificateNames(error) };
  const found = foreignResponse(error) ?? withoutOurService(error);
  if (found && (isObstacle(error) || isUnimplemented(error))) {
    const location = found.location && redirectTarget(server, found.location);
    return { what: "not_parlance", server, found: { ...found, location } };
  }
  if (refusalOf(error) || !(isTransient(error) || isObstacle(error))) return undefined;
  const code = unreachableCode(error) ?? codeOfLoss(error);
  const message = [messageOf(error), found?.software && `(${found.software})`].filter(Boolean).join(" ");
  return { what: "cannot_reach", server, code, message };
}

/** How a connection that was made ended without a response, as a code of the system; "" for any other way. */
function codeOfLoss(error: unknown): string {
  if (error instanceof ConnectError && error.code === Code.DeadlineExceeded) return "ETIMEDOUT";
  const code = causeCode(error);
  return code === "ECONNRESET" || code === "EPIPE" ? "ECONNRESET" : "";
}

/** What a login was tried with. */
export interface LoginAttempt {
  readonly server: string;
  readonly nickname: string;
  readonly hasInvite: boolean;
}

/** Why a login failed. */
export function loginProblem(error: unknown, { server, nickname, hasInvite }: LoginAttempt): Problem {
  const refusal = refusalOf(error);
  const suggestion = refusal?.suggestion ?? null;
  switch (refusal?.reason) {
    case "NICKNAME_TAKEN":
      return { what: "nickname_taken", nickname, suggestion };
    case "NICKNAME_RESERVED":
      return { what: "nickname_reserved", nickname, suggestion };
    case "NICKNAME_REGISTERED":
      return { what: "nickname_registered", nickname, suggestion };
    case "SECRET_INVALID":
      return { what: "secret_wrong", nickname };
    case "INVITE_INVALID":
      return { what: "invite_needed", given: hasInvite };
    case "ACCESS_TOKEN_INVALID":
      return { what: "external_only" };
    case "REGISTRATION_REQUIRED":
      return { what: "guests_refused", retryMs: refusal.retryMs };
    case "BANNED":
      return { what: "banned", message: refusal.message, reference: refusal.reference };
    case "NICKNAME_INVALID":
      return { what: "nickname_invalid", message: refusal.message };
  }
  return connectionProblem(error, server) ?? { what: "refused", message: messageOf(error), kept: "none" };
}

/** What a person is asked for after a refused login. */
export type LoginQuestion = "nickname" | "secret" | "invite";

export function questionAfter({ what }: Problem): LoginQuestion {
  if (what === "nickname_registered" || what === "secret_wrong") return "secret";
  return what === "invite_needed" ? "invite" : "nickname";
}

export interface SendContext {
  readonly limits: Limits;
  /** Recipient of a private message; null for everyone. */
  readonly nickname: string | null;
  /** What was sent. */
  readonly text: string;
  /** Where it is now. */
  readonly kept: Kept;
}

/** Why a message was not sent. */
export function sendProblem(error: unknown, { limits, nickname, text, kept }: SendContext): Problem {
  const refusal = refusalOf(error);
  switch (refusal?.reason) {
    case "USER_NOT_FOUND":
      return refusal.field === "recipient_id"
        ? { what: "another_person", nickname: nickname ?? "", kept }
        : { what: "no_such_user", nickname: nickname ?? "", suggestion: refusal.suggestion };
    case "RATE_LIMITED":
      return { what: "rate_limited", retryMs: refusal.retryMs ?? 1000, kept };
    case "IGNORING":
      return { what: "ignoring", kept };
    case "TEXT_INVALID": {
      // The wording for size is ours; which other rule a text violates, only the server knows.
      const size = refusal.overLimit ? tooLong(text, limits) : undefined;
      return size
        ? { what: "text_too_long", size, limits, kept }
        : { what: "refused", message: refusal.message, kept };
    }
  }
  if (refusal?.reason === "REGISTRATION_REQUIRED")
    return { what: "registered_only", message: refusal.message, kept };
  return permissionProblem(error, kept) ?? lastProblem(error, kept);
}

/** Why a command did nothing. `person`: whom it was for; "" for no one. */
export function actProblem(error: unknown, command: string, person: string): Problem {
  const kept: Kept = "none";
  if (isUnimplemented(error)) return { what: "not_offered", command };
  const refusal = refusalOf(error);
  switch (refusal?.reason) {
    case "USER_NOT_FOUND":
      return { what: "no_such_person", nickname: person };
    case "MESSAGE_NOT_FOUND":
      return { what: "message_gone" };
    case "RATE_LIMITED":
      return { what: "rate_limited", retryMs: refusal.retryMs ?? 1000, kept };
  }
  return permissionProblem(error, kept) ?? lastProblem(error, kept);
}

/** What the reader may not do at present. */
function permissionProblem(error: unknown, kept: Kept): Problem | undefined {
  const refusal = refusalOf(error);
  switch (refusal?.reason) {
    case "MUTED":
      return { what: "muted", retryMs: refusal.retryMs, kept };
    case "NOT_ALLOWED":
      return { what: "not_allowed", message: refusal.message, kept };
    default:
      return undefined;
  }
}

function lastProblem(error: unknown, kept: Kept): Problem {
  const isRefused = refusalOf(error) !== undefined || !(isTransient(error) || isObstacle(error));
  return { what: isRefused ? "refused" : "not_sent", message: messageOf(error), kept };
}
