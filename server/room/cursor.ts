import { Refusal } from "./errors.js";
import type { Position } from "./ports.js";

const VERSION = "1";

/** A place in the log as clients hold it: base64url of version, epoch and number; opaque to them. */
export function writeCursor({ epoch, seq }: Position): string {
  return Buffer.from(`${VERSION}.${epoch}.${seq}`).toString("base64url");
}
