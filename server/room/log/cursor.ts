import { Refusal } from "../errors.js";
import type { Position } from "../ports.js";

const SHAPE = /^1\.([A-Za-z0-9_-]{8,24})\.(0|[1-9]\d{0,15})$/;
const MAX_LENGTH = 64;

/** A position as clients hold it: base64url of version, epoch and number, at most 64 characters. */
export function writeCursor({ epoch, seq }: Position): string {
  return btoa(`1.${epoch}.${seq}`).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}

/** Refuses with CURSOR_INVALID what `writeCursor` cannot have written. `field`: the request's field that carries it. */
export function readCursor(cursor: string, field: string): Position {
  const match = cursor.length <= MAX_LENGTH ? SHAPE.exec(decode(cursor)) : null;
  const seq = Number(match?.[2]);
  if (!match?.[1] || !Number.isSafeInteger(seq)) throw new Refusal("CURSOR_INVALID", { field });
  return { epoch: match[1], seq };
}

function decode(cursor: string): string {
  try {
    return atob(cursor.replaceAll("-", "+").replaceAll("_", "/"));
  } catch {
    return "";
  }
}
