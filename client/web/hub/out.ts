/** Why the person is not in the room: what the login, or the end of the stay, left behind. */
import { type LoginAttempt, loginProblem, questionAfter } from "../../chat/problem.js";
import { refusalOf, SessionEnded } from "../../session/errors.js";
import { SignedOut, TokenUnavailable } from "./host-token.js";
import { OUT, type Out } from "./messages.js";

/** After a login that failed. */
export function outAfterLogin(error: unknown, attempt: LoginAttempt): Out {
  const { server, nickname } = attempt;
  if (error instanceof SignedOut) return { ...OUT, isSignedOut: true };
  if (error instanceof TokenUnavailable) {
    const problem = { what: "cannot_reach", server, code: "", message: error.message } as const;
    return { ...OUT, problem, reason: "TOKEN_UNAVAILABLE" };
  }
  const problem = loginProblem(error, attempt);
  const question = questionAfter(problem);
  const { reason, suggestion } = refusalOf(error) ?? {};
  const other = problem.what === "cannot_reach" ? "UNREACHABLE" : "UNKNOWN";
  return { ...OUT, nickname, problem, question, reason: reason ?? other, suggestion: suggestion ?? null };
}

/** After a stay that ended without being left. */
export function outAfterStay(error: unknown, attempt: LoginAttempt): Out {
  const { nickname } = attempt;
  if (error instanceof SessionEnded) {
    const problem = { what: "refused", message: error.reason, kept: "none" } as const;
    return { ...OUT, nickname, problem, reason: error.reason };
  }
  const out = outAfterLogin(error, attempt);
  return out.reason === "NICKNAME_TAKEN"
    ? { ...out, problem: { what: "session_lost", nickname }, suggestion: null }
    : { ...out, suggestion: null };
}
