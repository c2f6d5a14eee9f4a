/** Which lines a person wants to be told of while looking elsewhere. */
import type { Line } from "../chat/line.js";
import { findHighlights } from "./mention.js";

/** Each level includes those before it. */
export const NOTIFY_LEVELS = ["off", "private", "mention", "all"] as const;
export type NotifyLevel = (typeof NOTIFY_LEVELS)[number];

/** Title and body of a notification, or undefined: replayed lines and our own never notify. */
export function notable(
  line: Line,
  level: NotifyLevel,
  nickname: string,
  highlight: readonly string[] = [],
): { readonly title: string; readonly body: string } | undefined {
  if (level === "off" || (line.kind !== "message" && line.kind !== "private") || !line.live) return undefined;
  const notified = { title: line.sender, body: line.text };
  if (line.kind === "private") return line.direction === "in" ? notified : undefined;
  if (line.own || level === "private") return undefined;
  if (level === "all") return notified;
  const text = line.text.normalize("NFC");
  return findHighlights(text, [nickname, ...highlight]).length > 0 ? notified : undefined;
}

/** Messages that just arrived, other than those that were replayed. */
export function liveMessages(lines: readonly Line[]) {
  return lines.flatMap((line) =>
    (line.kind === "message" || line.kind === "private") && line.live ? [line] : [],
  );
}
