/**
 * A Line as text, the same for screens and pipes. This folder turns chat data into text that is safe to show and knows
 * neither terminal nor page: wording, sanitising, mentions, graphemes and their widths, times.
 */

import type {
  BansLine,
  HelpLine,
  Line,
  NoticeLine,
  ProblemLine,
  QuoteLine,
  RuleLine,
  SpokenLine,
  UsersLine,
} from "../chat/line.js";
import type { Words } from "../i18n/zh-CN.js";
import { cellWidth, cutToCells } from "./cells.js";
import { clockText, localDay, type TimeFormat } from "./clock-text.js";
import { type CoreNoticeStyle, coreNoticeWords, coreRuleWords, factsOf, isDated } from "./core-text.js";
import { findLinks } from "./links.js";
import { findHighlights, type Range } from "./mention.js";
import { moderatedWords, redactedWords, roomChangedWords, userChangedWords } from "./moderation-words.js";
import { meantWords, problemWords } from "./problem-words.js";
import { sanitizeRow, sanitizeText } from "./sanitize.js";

/** Styles one row of plain text each. Results must not be nested, but for links. */
export interface Theme {
  readonly time: (text: string) => string;
  readonly notice: (text: string) => string;
  readonly problem: (text: string) => string;
  readonly rule: (text: string) => string;
  readonly privateTag: (text: string) => string;
  readonly nickname: (nickname: string, own: boolean) => string;
  /** A mention of the reader. */
  readonly mention: (text: string) => string;
  /** A web address; `shown` may contain mentions. */
  readonly link: (address: string, shown: string) => string;
  readonly status: (text: string) => string;
  /** A status row whose text is short: to the edge, but without characters there, which tmux would wrap. */
  readonly shortStatus: (text: string) => string;
  /** The selected candidate in the status row. */
  readonly chosen: (text: string) => string;
  /** In a row: where its wrapped rows begin. */
  readonly hang: string;
  /** In the rows of a text with two columns: where the second one begins. */
  readonly column: string;
  /** A space at which no row ends. */
  readonly glue: string;
}

const plain = (text: string) => text;

/** Without styles: pipes and `--plain`. */
export const plainTheme: Theme = {
  time: plain,
  notice: plain,
  problem: plain,
  rule: plain,
  privateTag: plain,
  nickname: plain,
  mention: plain,
  link: (_address, shown) => shown,
  status: plain,
  shortStatus: plain,
  chosen: plain,
  hang: "",
  column: "",
  glue: " ",
};

export interface LineStyle {
  readonly words: Words;
  readonly theme: Theme;
  readonly timeFormat: TimeFormat;
  /** The reader's nickname, whose mentions are marked; null before login. */
  readonly self: string | null;
  /** Words that are marked like the nickname. Default: none. */
  readonly highlight?: readonly string[];
  /** Whether the reader can type: adds hints on what to type. */
  readonly interactive: boolean;
}

/** Later rows of a text are indented, so that none can pose as a line of another sender. */
const laterRowIndent = "    ";

/** The sanitised `text` after the head of its line, each row styled by `paint`. */
function rowsAfterHead(text: string, paint: (row: string) => string): string {
  return sanitizeText(text).split("\n").map(paint).join(`\n${laterRowIndent}`);
}

/** A row of a message or notice with its links and, if `marks`, the mentions of the reader. */
function messageRow(row: string, marks: boolean, { self, theme, highlight = [] }: LineStyle): string {
  const names = self === null ? highlight : [self, ...highlight];
  const mentions = marks ? findHighlights(row, names) : [];
  const marked = (within: Range) =>
    replaceRanges(row, within, mentions, ({ start, end }) => theme.mention(row.slice(start, end)));
  const linked = (link: Range) => theme.link(row.slice(link.start, link.end), marked(link));
  let text = "";
  let from = 0;
  for (const link of findLinks(row)) {
    text += marked({ start: from, end: link.start }) + linked(link);
    from = link.end;
  }
  return text + marked({ start: from, end: row.length });
}

/** The part of a row `within`, with those of the ranges in it replaced. */
function replaceRanges(
  row: string,
  within: Range,
  ranges: readonly Range[],
  replace: (range: Range) => string,
): string {
  let text = "";
  let from = within.start;
  for (const range of ranges) {
    if (range.start < from || range.end > within.end) continue;
    text += row.slice(from, range.start) + replace(range);
    from = range.end;
  }
  return text + row.slice(from, within.end);
}

/** Behind the name of a person whose own it is. No nickname contains it. */
const REGISTERED_MARK = "+";

function spoken(line: SpokenLine, style: LineStyle): string {
  const { theme, words } = style;
  const time = theme.time(clockText(line.at, style.timeFormat));
  const name = (nickname: string, own: boolean) => theme.nickname(sanitizeRow(nickname), own);
  const text = (mentions: boolean) =>
    rowsAfterHead(line.text.normalize("NFC"), (row) => messageRow(row, mentions, style));
  // Only here can a mark be: a text begins behind the name, and its later rows are indented.
  const marks = `${line.registered ? REGISTERED_MARK : ""}${line.bot ? ` ${words.spoken.botTag}` : ""}`;
  if (line.kind === "message") return `${time} ${name(line.sender, line.own)}${marks}: ${text(!line.own)}`;
  const you = words.spoken.you;
  const sender = line.direction === "in" || !style.interactive ? `${name(line.sender, false)}${marks}` : you;
  const recipient = line.direction === "out" || !style.interactive ? name(line.recipient, false) : you;
  return `${time} ${theme.privateTag(words.spoken.privateTag)} ${sender} -> ${recipient}: ${text(false)}`;
}

export interface NoticeStyle extends CoreNoticeStyle {
  readonly words: Words;
  /** Makes a text in one row short enough to be quoted. */
  readonly shorten: (row: string) => string;
}

/** A notice in words, without its `*`. Texts of several rows in it are not sanitised yet. */
export function noticeWords(line: NoticeLine, style: NoticeStyle): string {
  const { words, interactive } = style;
  const { notice } = words;
  switch (line.kind) {
    case "removed":
      return words.moderation.removed(line.nicknames.map(sanitizeRow));
    case "registered":
      return registeredWords(line, words, interactive);
    case "redacting":
      return notice.redacting(meantWords(line.message, words));
    case "invite":
      return notice.invite(sanitizeRow(line.code), line.uses, line.forMs);
    case "undelivered":
      return undeliveredWords(line, style);
    case "announcement":
      return `${words.moderation.announcementTag} ${line.text}`;
    case "edited": {
      const nickname = line.own ? null : sanitizeRow(line.nickname);
      return notice.edited(nickname, line.isPrivate, line.text.normalize("NFC"));
    }
    case "redacted":
      return redactedWords(line, words);
    case "moderated":
      return moderatedWords(line, words);
    case "person_ignored":
      return notice.personIgnored(sanitizeRow(line.nickname), line.registered);
    case "person_shown":
      return notice.personShown(sanitizeRow(line.nickname));
    case "ignored_people":
      return notice.ignoredPeople(line.nicknames.map(sanitizeRow));
    case "room_changed":
      return roomChangedWords(line, words);
    case "user_changed":
      return userChangedWords(line, words);
    default:
      return coreNoticeWords(line, style);
  }
}

/** The secret is for the eyes of a person: what is not a screen may be a log. */
function registeredWords(
  { nickname, secret, kept }: Extract<NoticeLine, { kind: "registered" }>,
  { notice }: Words,
  interactive: boolean,
): string {
  const name = sanitizeRow(nickname);
  if (secret === "") return notice.secretChosen(name);
  if (kept && !interactive) return notice.secretElsewhere(name);
  const made = notice.secretMade(name, sanitizeRow(secret));
  return `${made}\n${kept ? notice.secretKept : notice.secretNotKept}`;
}

/** Cells of a text that is shown in part. */
const MAX_CELLS = 60;

const rowOf = (text: string) => sanitizeRow(text.normalize("NFC").replace(/\s+/g, " "));

/** The row, or its beginning. */
function shortenToCells(row: string): string {
  const cut = cutToCells(row, MAX_CELLS);
  return cut === row ? row : `${cut}...`;
}

export function quoteWords({ message }: QuoteLine, { notice }: Words): string {
  return message
    ? `${sanitizeRow(message.nickname)}: ${shortenToCells(rowOf(message.text))}`
    : notice.quotedUnknown;
}

/** Texts of undelivered messages that are shown. */
const MAX_UNDELIVERED = 5;

function undeliveredWords(
  line: Extract<NoticeLine, { kind: "undelivered" }>,
  { words: { notice }, shorten }: NoticeStyle,
): string {
  const heading = notice.undelivered(sanitizeRow(line.nickname), line.count);
  const shown = line.texts.slice(0, MAX_UNDELIVERED).map((text) => shorten(rowOf(text)));
  const more = shown.length > 0 ? line.count - shown.length : 0;
  return [heading, ...shown, ...(more > 0 ? [notice.moreUndelivered(more)] : [])].join("\n");
}

const ruleText = (text: string, { rule, hang, glue }: Theme) => rule(`---- ${hang}${text}${glue}----`);

/** A heading in words, without its dashes. */
export function ruleWords(line: RuleLine, { rule }: Words): string {
  if (line.kind === "found") return rule.found(shortenToCells(rowOf(line.text)), line.count, line.older);
  return coreRuleWords(line, { rule });
}

function problemText(line: ProblemLine, style: LineStyle): string {
  // Only a lost connection needs a time; the others respond to a key that was just pressed.
  const timed = line.problem.what === "connection_lost";
  const { connectionLostInPipe } = style.words.problem;
  const words = timed && !style.interactive ? connectionLostInPipe : problemWords(line.problem, style.words);
  const text = rowsAfterHead(words, style.theme.problem);
  const head = style.theme.problem("!");
  return timed
    ? `${style.theme.time(clockText(line.at, style.timeFormat))} ${head} ${text}`
    : `${head} ${style.theme.hang}${text}`;
}

/** Pads `left` to the next even column at least two after the widest. */
function column(widths: readonly number[], mark: string): (left: string, width: number) => string {
  const at = Math.max(...widths, 0) + 2;
  const even = at + (at % 2);
  return (left, width) => left + " ".repeat(Math.max(0, even - width)) + mark;
}

/** The bans in force, one a row. */
export function banRows(
  { bans: listed }: BansLine,
  { words, theme }: Pick<LineStyle, "words" | "theme">,
): string {
  if (listed.length === 0) return words.bans.none;
  const rows = listed.map((ban) => ({
    ...ban,
    whom: [ban.nickname, ban.network]
      .filter((part) => part !== "")
      .map(sanitizeRow)
      .join(" "),
  }));
  const fill = column(
    rows.map(({ whom }) => cellWidth(whom)),
    theme.hang,
  );
  const lines = rows.map(({ id, whom, forMs, moderator, reason }) => {
    const facts = words.users.facts([
      forMs === null ? words.bans.endless : words.bans.lasts(forMs),
      moderator === "" ? words.bans.byOperator : words.bans.by(sanitizeRow(moderator)),
    ]);
    const why = reason === "" ? facts : words.moderation.because(facts, sanitizeRow(reason));
    return `  ${sanitizeRow(id)}  ${fill(whom, cellWidth(whom))}${why}`;
  });
  return [words.bans.heading(listed.length), ...lines].join("\n");
}

function users({ users: listed, total }: UsersLine, { words, theme }: LineStyle): string {
  const rows = listed.map((user) => {
    const name = sanitizeRow(user.nickname);
    const mark = user.registered ? REGISTERED_MARK : "";
    return { name, mark, self: user.self, width: cellWidth(name) + mark.length, facts: factsOf(user, words) };
  });
  const fill = column(
    rows.map(({ width }) => width),
    theme.hang,
  );
  const lines = rows.map(({ name, mark, self, width, facts }) => {
    const shown = theme.nickname(name, self) + mark;
    return `  ${facts.length > 0 ? fill(shown, width) + words.users.facts(facts) : shown}`;
  });
  const more = total > listed.length ? [`  ${words.users.more(total - listed.length)}`] : [];
  return [words.users.heading(total), ...lines, ...more].join("\n");
}

function help({ rows, isTopic }: HelpLine, { words, theme }: LineStyle): string {
  const clean = rows.map(({ usage, summary }) => ({
    usage: sanitizeRow(usage),
    summary: sanitizeRow(summary),
  }));
  const fill = column(
    clean.map(({ usage }) => cellWidth(usage)),
    theme.column,
  );
  const lines = clean.map(({ usage, summary }) => fill(usage, cellWidth(usage)) + summary);
  return [...lines, ...(isTopic ? [] : [theme.hang + words.help.footer])].join("\n");
}

/** `line` as rows joined by LF; a screen wraps them. All foreign text in it is sanitised. */
export function lineText(line: Line, style: LineStyle): string {
  switch (line.kind) {
    case "message":
    case "private":
      return spoken(line, style);
    case "before":
    case "offline":
    case "trimmed":
    case "while_away":
    case "history":
    case "history_end":
    case "read_up_to":
    case "found":
    case "found_end":
      return ruleText(ruleWords(line, style.words), style.theme);
    case "quote":
      return style.theme.rule(`${laterRowIndent}> ${quoteWords(line, style.words)}`);
    case "problem":
      return problemText(line, style);
    case "users":
      return users(line, style);
    case "bans":
      return banRows(line, style);
    case "help":
      return help(line, style);
    default: {
      const paint = (row: string) => style.theme.notice(messageRow(row, false, style));
      const text = rowsAfterHead(noticeWords(line, { ...style, shorten: shortenToCells }), paint);
      return `${style.theme.time(clockText(line.at, style.timeFormat))} ${style.theme.notice("*")} ${text}`;
    }
  }
}

/** Lines for a screen, with a line for the date wherever a local day begins. */
export class Scrollback {
  readonly #words: Words;
  readonly #theme: Theme;
  readonly #timeFormat: TimeFormat;
  readonly #highlight: readonly string[];
  /** Day of the last dated line. */
  #day = "";

  constructor(words: Words, theme: Theme, timeFormat: TimeFormat, highlight: readonly string[] = []) {
    this.#highlight = highlight;
    this.#words = words;
    this.#theme = theme;
    this.#timeFormat = timeFormat;
  }

  /** `line` as rows joined by LF. `self`: the reader's nickname. */
  text(line: Line, self: string | null): string {
    const words = this.#words;
    const theme = this.#theme;
    const highlight = this.#highlight;
    const style = { words, theme, timeFormat: this.#timeFormat, self, highlight, interactive: true };
    const text = lineText(line, style);
    if (!isDated(line) || localDay(line.at) === this.#day) return text;
    this.#day = localDay(line.at);
    return `${ruleText(words.day(line.at), theme)}\n${text}`;
  }
}
