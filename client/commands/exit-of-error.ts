import { refusalOf, SessionEnded } from "../session/errors.js";
import { EXIT } from "./exit.js";

/** The exit code of an error that ended a session. Apart from exit.ts, which loads no session. */
export function exitOfError(error: unknown): number {
  if (error instanceof SessionEnded) return error.reason === "REPLACED" ? EXIT.rejected : EXIT.login;
  switch (refusalOf(error)?.reason) {
    case undefined:
      return EXIT.unexpected;
    case "NOT_LOGGED_IN":
    case "NICKNAME_TAKEN":
    case "NICKNAME_INVALID":
    case "NICKNAME_RESERVED":
    case "NICKNAME_REGISTERED":
    case "SECRET_INVALID":
    case "INVITE_INVALID":
    case "ACCESS_TOKEN_INVALID":
    case "BANNED":
      return EXIT.login;
    case "USER_NOT_FOUND":
      return EXIT.noSuchUser;
    default:
      return EXIT.rejected;
  }
}
