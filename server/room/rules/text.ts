import { Refusal } from "../errors.js";
import { showsSomething } from "./visible.js";

/** Which rule a text breaks. */
export type TextRule = "empty" | "too_long" | "too_many_lines" | "control" | "bidi" | "not_unicode";

/** Bytes of UTF-8, and lines. */
export interface TextLimits {
  readonly maxTextBytes: number;
  readonly maxTextLines: number;
}

/** C0 except tab and line feed, delete, C1. */
const CONTROL = /[\x00-\x08\x0b-\x1f\x7f-\x9f]/;
const BIDI_EMBEDDING_OR_OVERRIDE = /[\u202a-\u202e]/;
const BIDI_ISOLATE = /[\u2066-\u2069]/g;
const LONE_SURROGATE = /\p{Surrogate}/u;
/** All of these at once, so that a plain text is scanned once. */
const SUSPECT = /[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\p{Surrogate}]/u;

/**
 * Refuses an invalid text with TEXT_INVALID; repairs nothing.
 *
 * Of the bidirectional controls, overrides are refused because they display a text in another order than it has;
 * embeddings because UAX #9 recommends isolates instead; and isolates left open, because a client may display text of
 * its own on the same line. Directional marks and closed isolates are allowed: Arabic and Hebrew quote Latin with them.
 */
export function checkText(text: string, { maxTextBytes, maxTextLines }: TextLimits): void {
  if (!fits(text, maxTextBytes)) throw broken("too_long", maxTextBytes);
  if (hasMoreLines(text, maxTextLines)) throw broken("too_many_lines", maxTextLines);
  if (SUSPECT.test(text)) checkSuspect(text);
  if (!showsSomething(text)) throw broken("empty");
}

/**
 * A text as it is searched: without regard to case and width, each run of white space as one space. For a whole text and
 * for a part of it alike, so what lower case makes of a sigma at the end of a word is undone.
 */
export function foldText(text: string): string {
  return text.normalize("NFKC").toLowerCase().replaceAll("ς", "σ").replace(/\s+/g, " ");
}

function fits(text: string, maxBytes: number): boolean {
  // A UTF-16 unit is one to three bytes, so most texts need no counting.
  if (text.length * 3 <= maxBytes) return true;
  return text.length <= maxBytes && new TextEncoder().encode(text).length <= maxBytes;
}

function hasMoreLines(text: string, maxLines: number): boolean {
  let lines = 1;
  for (let at = text.indexOf("\n"); at >= 0 && lines <= maxLines; at = text.indexOf("\n", at + 1)) lines++;
  return lines > maxLines;
}

function checkSuspect(text: string): void {
  if (LONE_SURROGATE.test(text)) throw broken("not_unicode");
  if (CONTROL.test(text)) throw broken("control");
  if (BIDI_EMBEDDING_OR_OVERRIDE.test(text) || !text.split("\n").every(closesIsolates)) throw broken("bidi");
}

function closesIsolates(line: string): boolean {
  let open = 0;
  for (const [control] of line.matchAll(BIDI_ISOLATE)) {
    open += control === "\u2069" ? -1 : 1;
    if (open < 0) return false;
  }
  return open === 0;
}

function broken(rule: TextRule, limit?: number): Refusal {
  return new Refusal("TEXT_INVALID", { field: "text", rule, ...(limit !== undefined && { limit }) });
}
