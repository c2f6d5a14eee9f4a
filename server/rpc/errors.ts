import { durationFromMs } from "@bufbuild/protobuf/wkt";
import { Code, ConnectError } from "@connectrpc/connect";
import { ErrorDetailSchema, ErrorReason } from "../../gen/parlance/v1/errors_pb.js";
import type { Refusal, RefusalReason } from "../room/errors.js";
import type { Explain, Mistake } from "../wire/refusals/mistakes.js";
import { type Locale, localeOfHeader } from "./locale.js";
import { wording } from "./wording/index.js";

/** The codes of the room's refusals. */
const codes: Record<RefusalReason, Code> = {
  NICKNAME_INVALID: Code.InvalidArgument,
  NICKNAME_TAKEN: Code.AlreadyExists,
  NICKNAME_RESERVED: Code.AlreadyExists,
  NOT_LOGGED_IN: Code.Unauthenticated,
  USER_NOT_FOUND: Code.NotFound,
  IGNORING: Code.FailedPrecondition,
  TEXT_INVALID: Code.InvalidArgument,
  RATE_LIMITED: Code.ResourceExhausted,
  TOO_SLOW: Code.ResourceExhausted,
  SHUTTING_DOWN: Code.Unavailable,
  STORE_UNAVAILABLE: Code.Unavailable,
  ROOM_FULL: Code.ResourceExhausted,
  CURSOR_INVALID: Code.InvalidArgument,
  REQUEST_INVALID: Code.InvalidArgument,
  // Never UNAUTHENTICATED: clients would log in again, without end.
  NICKNAME_REGISTERED: Code.AlreadyExists,
  SECRET_INVALID: Code.PermissionDenied,
  INVITE_INVALID: Code.PermissionDenied,
  ACCESS_TOKEN_INVALID: Code.PermissionDenied,
  REGISTRATION_REQUIRED: Code.PermissionDenied,
  BANNED: Code.PermissionDenied,
  MUTED: Code.PermissionDenied,
  NOT_ALLOWED: Code.PermissionDenied,
  MESSAGE_NOT_FOUND: Code.NotFound,
};

/** The only place that makes the errors of refusals: a code, a message in the caller's language, one ErrorDetail. */
export function refusalToConnect(refusal: Refusal, locale: Locale): ConnectError {
  const { reason, detail } = refusal;
  const message = wording[locale].refusal[reason](detail);
  const headers = { "content-language": locale, vary: "accept-language" };
  return new ConnectError(message, codes[reason], headers, [
    {
      desc: ErrorDetailSchema,
      value: {
        reason: ErrorReason[reason],
        field: detail.field ?? "",
        limit: detail.limit ?? 0,
        suggestion: detail.suggestion ?? "",
        reference: detail.reference ?? "",
        ...(detail.retryDelayMs !== undefined && { retryDelay: durationFromMs(detail.retryDelayMs) }),
      },
    },
  ]);
}

/** As Connect's clients read the HTTP status where there is no body, for a body must not change the code. */
const mistakeCodes: Record<Mistake["kind"], Code> = {
  not_found: Code.Unimplemented,
  method: Code.Unknown,
  content_type: Code.Unknown,
  query: Code.Unknown,
  version: Code.InvalidArgument,
  envelope: Code.InvalidArgument,
};

/** The words for requests that reach no RPC. `fallback`: the language of those that name none. */
export function createExplain(fallback: Locale): Explain {
  return (mistake, acceptLanguage) => {
    const locale = localeOfHeader(acceptLanguage, fallback);
    const headers = { "content-language": locale, vary: "accept-language" };
    return new ConnectError(wording[locale].mistake(mistake), mistakeCodes[mistake.kind], headers);
  };
}
