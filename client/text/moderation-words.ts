/** The lines of moderation in words. All foreign text in them is sanitised. */
import type { NoticeLine } from "../chat/line.js";
import type { Catalog } from "../i18n/zh-CN.js";
import { sanitizeRow } from "./sanitize.js";

type Found<K extends NoticeLine["kind"]> = Extract<NoticeLine, { readonly kind: K }>;

/** The reader is never named. */
const named = (nickname: string, own: boolean) => (own ? null : sanitizeRow(nickname));

export function redactedWords(line: Found<"redacted">, { moderation }: Catalog): string {
  return withReason(moderation.redacted(named(line.nickname, line.own), line.count), line.reason, moderation);
}

export function moderatedWords(line: Found<"moderated">, { moderation, duration }: Catalog): string {
  const { action, own, moderator, nickname, forMs, reference, reason } = line;
  const { aModerator, theOperator, you, aNetwork } = moderation;
  const name = (text: string) => moderation.named(sanitizeRow(text));
  // The person concerned does not learn who it was.
  const who = own ? aModerator : moderator === "" ? theOperator : name(moderator);
  const whom = own ? you : nickname === "" ? aNetwork : name(nickname);
  const details = [
    ...(forMs === null ? [] : [moderation.forTime(duration(forMs))]),
    ...(reference === "" ? [] : [moderation.reference(sanitizeRow(reference))]),
  ];
  const text = moderation.withDetails(moderation.actions[action](who, whom).trim(), details);
  return withReason(text, reason, moderation);
}

function withReason(text: string, reason: string, words: Catalog["moderation"]): string {
  return reason === "" ? text : words.because(text, sanitizeRow(reason));
}

export function roomChangedWords({ at, room }: Found<"room_changed">, words: Catalog): string {
  const { moderation, duration } = words;
  const { title, entry, speaking, slowModeMs, closedUntilMs } = room;
  const closedMs = closedUntilMs === null ? 0 : closedUntilMs - at;
  return moderation.roomChanged([
    ...(title === "" ? [] : [moderation.title(sanitizeRow(title))]),
    moderation.entry[entry],
    moderation.speaking[speaking],
    ...(slowModeMs > 0 ? [moderation.slowMode(duration(slowModeMs))] : []),
    ...(closedMs > 0 ? [moderation.closed(duration(closedMs))] : []),
  ]);
}

export function userChangedWords(line: Found<"user_changed">, { moderation }: Catalog): string {
  const nickname = named(line.nickname, line.own);
  switch (line.role) {
    case "OWNER":
      return moderation.owner(nickname);
    case "MODERATOR":
      return moderation.moderator(nickname);
    case "MEMBER":
      return line.registered ? moderation.registered(nickname) : moderation.guest(nickname);
  }
}
