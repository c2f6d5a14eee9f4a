import { ClientClosedError, ClientOfflineError, ErrorReply } from "@redis/client";
import { Unavailable } from "../../room/ports.js";

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

/** Promise L10. */
export function unavailable(error: unknown): Unavailable {
  if (error instanceof Unavailable) return error;
  const isUnsent = error instanceof ClientClosedError || error instanceof ClientOfflineError;
  return new Unavailable(isUnsent || NOT_APPLIED.has(codeOf(error)) ? "not-applied" : "unknown", error);
}
