import { ClientClosedError, ClientOfflineError, ErrorReply, ReconnectStrategyError } from "@redis/client";
import { Unavailable } from "../../room/ports.js";
import { StoreRefused } from "../store-refused.js";

/** Replies of an engine that has not carried out the command, by their first word. */
const NOT_APPLIED = new Set([
  "READONLY",
  "LOADING",
  "MASTERDOWN",
  "OOM",
  "MISCONF",
  "NOREPLICAS",
  "BUSY",
  "CLUSTERDOWN",
  "NOTOPEN",
  "NOSCRIPT",
  "NOPERM",
  "NOAUTH",
  "WRONGPASS",
]);
/** After these, the connection may be to another instance, or to one that lost its data. */
const CHANGED = new Set(["NOTOPEN", "READONLY", "LOADING", "MASTERDOWN"]);

/** The first word of an error that the engine replied with; empty for others. */
export function codeOf(error: unknown): string {
  return error instanceof ErrorReply ? (error.message.split(" ", 1)[0] ?? "") : "";
}

export function mayHaveChanged(error: unknown): boolean {
  return CHANGED.has(codeOf(error));
}

/** By Node's code, what is wrong with a certificate that a longer wait does not change. */
const CERTIFICATE = /^(CERT_|DEPTH_ZERO_|SELF_SIGNED_|UNABLE_TO_|ERR_TLS_CERT_)/;

/**
 * Why a store cannot be opened: StoreRefused, or Unavailable if waiting may help. `named`: the engine in messages.
 * `reported`: an error of the connection apart from that of the call, if there was one.
 */
export function openErrorOf(thrown: unknown, named: string, reported?: unknown): StoreRefused | Unavailable {
  const error = thrown instanceof ReconnectStrategyError ? thrown.originalError : thrown;
  if (error instanceof StoreRefused || error instanceof Unavailable) return error;
  const [text] = messageOf(error).split(";");
  const refuse = (why: string) => new StoreRefused(`${named} ${why}`, { cause: error });
  if (messageOf(reported).startsWith("Unknown RESP type"))
    return refuse("does not speak the protocol of Redis");
  if (error instanceof ErrorReply && !mayHaveChanged(error)) return refuse(`refuses: ${text}`);
  if (CERTIFICATE.test(systemCodeOf(error)))
    return refuse(
      `has no valid certificate: ${text} (NODE_EXTRA_CA_CERTS names a file with further authorities)`,
    );
  return new Unavailable("not-applied", new Error(`${named}: ${text}`, { cause: error }));
}

/** A refused connection to a name with several addresses is an AggregateError without a message. */
function messageOf(error: unknown): string {
  const message = error instanceof Error ? error.message : "";
  return message || systemCodeOf(error) || "it cannot be reached";
}

function systemCodeOf(error: unknown): string {
  return error instanceof Error && "code" in error ? `${error.code}` : "";
}

/** Promise L10. */
export function unavailable(error: unknown): Unavailable {
  if (error instanceof Unavailable) return error;
  const isUnsent = error instanceof ClientClosedError || error instanceof ClientOfflineError;
  return new Unavailable(isUnsent || NOT_APPLIED.has(codeOf(error)) ? "not-applied" : "unknown", error);
}
