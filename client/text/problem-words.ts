import type { MeantMessage, Problem, TextLimits, TextSize } from "../chat/line.js";
import type { Words } from "../i18n/zh-CN.js";
import { cutToCells } from "./cells.js";
import { clockText } from "./clock-text.js";
import { sanitizeRow } from "./sanitize.js";

/** The wording of a problem, without the `!`; foreign parts are not sanitised yet. */
export function problemWords(found: Problem, words: Words): string {
  const { problem } = words;
  switch (found.what) {
    case "connection_lost":
      return problem.connectionLost;
    case "unknown_command":
      return problem.unknownCommand(found.typed, found.suggestion);
    case "looks_like":
      return problem.looksLike(found.like, found.meant);
    case "habit":
      return `${problem.noSuchHere(found.typed)}${words.habits[found.habit]}`;
    case "nothing_searched":
      return problem.nothingSearched;
    case "bad_form":
      return problem.badArguments(words.forms[found.form]);
    case "no_help":
      return problem.noHelp(found.topic);
    case "takes_nothing":
      return problem.takesNothing(found.command);
    case "no_such_user":
      return problem.noSuchUser(found.nickname, found.suggestion);
    case "another_person":
      return problem.anotherPerson(found.nickname, found.kept);
    case "joined_since":
      return problem.joinedSince(found.nickname, found.kept);
    case "space_missing":
      return problem.spaceMissing(found.nickname);
    case "nothing_to_send":
      return problem.nothingToSend(found.behind);
    case "nobody_to_reply_to":
      return problem.nobodyToReplyTo;
    case "bad_count":
      return problem.badCount(found.command, found.max);
    case "bad_arguments":
      return problem.badArguments(words.help[found.help].usage);
    case "confirm_quote":
      return problem.confirmQuote(meantWords(found.message, words), found.kept);
    case "confirm_redact":
      return problem.confirmRedact(meantWords(found.message, words), found.kept);
    case "confirm_ban":
      return problem.confirmBan(found.network, found.kept);
    case "confirm_unregister":
      return problem.confirmUnregister(found.nickname, found.kept);
    case "nothing_to_redact":
      return problem.nothingToRedact(found.nickname);
    case "nothing_to_edit":
      return problem.nothingToEdit;
    case "nothing_to_quote":
      return problem.nothingToQuote(found.nickname === null ? null : sanitizeRow(found.nickname));
    case "message_gone":
      return problem.messageGone;
    case "no_such_person":
      return problem.noSuchPerson(found.nickname);
    case "ignores_self":
      return problem.ignoresSelf;
    case "not_ignored":
      return problem.notIgnored(found.nickname);
    case "another_target":
      return problem.anotherTarget(found.nickname, found.kept);
    case "no_such_ban":
      return problem.noSuchBan(found.id);
    case "not_offered":
      return problem.notOffered(found.command);
    case "not_allowed":
      return problem.notAllowed(found.message, found.kept);
    case "muted":
      return problem.muted(found.retryMs, found.kept);
    case "registered_only":
      return problem.registeredOnly(found.message, found.kept);
    case "no_history":
      return problem.noHistory;
    case "rate_limited":
      return problem.rateLimited(found.retryMs, found.kept);
    case "text_too_long":
      return problem.textTooLong(words.users.facts(excessWords(found.size, found.limits, words)), found.kept);
    case "ignoring":
      return problem.ignoring(found.kept);
    case "not_sent":
      return problem.notSent(found.message, found.kept);
    case "not_confirmed":
      return problem.notConfirmed(found.kept);
    case "left_behind":
      return problem.leftBehind(found.text);
    case "left_unsent":
      return problem.leftUnsent(found.text);
    case "typed_at_login":
      return problem.typedAtLogin(found.kept);
    case "cancelled":
      return problem.cancelled(found.count);
    case "editor_failed":
      return problem.editorFailed(found.editor, found.why);
    case "not_utf8":
      return problem.notUtf8;
    case "input_full":
      return problem.inputFull(found.room);
    case "refused":
      return problem.refused(found.message, found.kept);
    case "cannot_reach":
      return problem.cannotReach(found.server, found.code, found.message);
    case "proxy":
      return problem.proxy(found);
    case "certificate":
      return certificateWords(found, problem.certificate);
    case "wrong_scheme":
      return problem.wrongScheme(found.server, found.isTls, found.use);
    case "not_parlance":
      return notParlanceWords(found, problem.notParlance);
    case "held_back":
      return problem.heldBack(found.server, found.waitedMs, found.software);
    case "bad_token":
      return problem.badToken;
    case "nickname_space":
      return problem.nicknameSpace;
    case "nickname_start":
      return problem.nicknameStart;
    case "nickname_taken":
      return problem.nicknameTaken(found.nickname, found.suggestion);
    case "nickname_reserved":
      return problem.nicknameReserved(found.nickname, found.suggestion);
    case "nickname_registered":
      return problem.nicknameRegistered(found.nickname, found.suggestion);
    case "secret_wrong":
      return problem.secretWrong(found.nickname);
    case "invite_needed":
      return problem.inviteNeeded(found.given);
    case "external_only":
      return problem.externalOnly;
    case "guests_refused":
      return problem.guestsRefused(found.retryMs);
    case "banned":
      return problem.banned(found.message, found.reference);
    case "nickname_invalid":
      return problem.nicknameInvalid(found.message);
    case "session_lost":
      return problem.sessionLost(found.nickname);
    case "bad_input":
      return problem.badInput(found.message);
  }
}

/** Cells of a message that is named by its text. */
const MEANT_CELLS = 60;

/** A message that is meant, in one row. */
export function meantWords({ nickname, text, at }: MeantMessage, { problem }: Words): string {
  const row = sanitizeRow(text.replace(/\s+/g, " "));
  const cut = cutToCells(row, MEANT_CELLS);
  const shown = cut === row ? row : `${cut}...`;
  return problem.meant(nickname === null ? null : sanitizeRow(nickname), clockText(at, "hm"), shown);
}

/** Which limits a text exceeds, and by how much. */
export function excessWords(size: TextSize, limits: TextLimits, { textExcess }: Words): readonly string[] {
  return [
    ...(size.bytes > limits.maxTextBytes ? [textExcess(size.bytes, limits.maxTextBytes, "bytes")] : []),
    ...(size.lines > limits.maxTextLines ? [textExcess(size.lines, limits.maxTextLines, "lines")] : []),
  ];
}

type Found<W extends Problem["what"]> = Extract<Problem, { readonly what: W }>;

function certificateWords(
  { server, fault, names }: Found<"certificate">,
  words: Words["problem"]["certificate"],
): string {
  const why = fault === "wrong_host" ? words.wrong_host(hostOf(server), names.join(", ")) : words[fault];
  return words.untrusted(server, why);
}

function notParlanceWords(
  { server, found }: Found<"not_parlance">,
  words: Words["problem"]["notParlance"],
): string {
  const { status, contentType, location, software } = found;
  if (status === 0) return words.noHttp(server);
  const details = [contentType, software].filter((one) => one !== "").join(", ");
  if (status >= 300 && status < 400 && location !== "") return words.redirect(server, status, location);
  return words.response(server, status, details);
}

/** The name or address in a base URL. */
const hostOf = (server: string) => new URL(server).hostname.replace(/^\[|\]$/g, "");
