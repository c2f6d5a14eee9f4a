/** The lines in words that a page shows from the start; line-text.ts has the others, which it loads when one is to be shown. */
import type { Line, ListedUser, NoticeLine, RuleLine } from "../chat/line.js";
import type { CoreWords } from "../i18n/core-zh-CN.js";
import { sanitizeRow } from "./sanitize.js";

export type CoreNotice = Extract<
  NoticeLine,
  {
    readonly kind:
      | "welcome"
      | "joined"
      | "left"
      | "resumed"
      | "store_replaced"
      | "log_went_back"
      | "ignoring"
      | "ignoring_ended"
      | "away"
      | "stored"
      | "motd"
      | "goodbye";
  }
>;
export type CoreRule = Exclude<RuleLine, { readonly kind: "found" }>;

export interface CoreNoticeStyle {
  readonly words: Pick<CoreWords, "notice" | "spoken">;
  /** Whether the reader can type: adds hints on what to type. */
  readonly interactive: boolean;
}

/** A notice in words, without its `*`. Texts of several rows in it are not sanitised yet. */
export function coreNoticeWords(line: CoreNotice, { words, interactive }: CoreNoticeStyle): string {
  const { notice } = words;
  switch (line.kind) {
    case "welcome":
      return (
        notice.welcome(sanitizeRow(line.nickname) || words.spoken.you, line.online) +
        (interactive ? notice.welcomeHint : "")
      );
    case "joined":
      return notice.joined(line.nicknames.map(sanitizeRow));
    case "left":
      return notice.left(line.nicknames.map(sanitizeRow));
    case "resumed":
      return notice.resumed(line.missed);
    case "store_replaced":
      return notice.storeReplaced;
    case "log_went_back":
      return notice.logWentBack;
    case "ignoring":
      return notice.ignoring;
    case "ignoring_ended":
      return notice.ignoringEnded(line.skipped);
    case "away":
      return notice.away(sanitizeRow(line.nickname), line.withinMs);
    case "stored":
      return notice.stored(sanitizeRow(line.nickname));
    case "motd":
      return line.text;
    case "goodbye":
      return notice.goodbye[line.reason];
  }
}

/** A heading in words, without its dashes. */
export function coreRuleWords(line: CoreRule, { rule }: Pick<CoreWords, "rule">): string {
  switch (line.kind) {
    case "before":
      return rule.before(line.count);
    case "offline":
      return rule.offline(line.offlineMs, line.count);
    case "while_away":
      return rule.whileAway(line.count);
    case "history":
      return rule.history(line.count, line.older);
    case "history_end":
      return rule.historyEnd(line.atStart);
    case "read_up_to":
      return rule.readUpTo;
    case "found_end":
      return rule.foundEnd(line.atStart);
    case "trimmed":
      return rule.trimmed(line.offlineMs);
  }
}

const UNDATED: ReadonlySet<Line["kind"]> = new Set([
  "users",
  "bans",
  "help",
  "before",
  "history",
  "history_end",
  "found",
  "found_end",
]);

/** The output of a command needs no date; headings do, so that a day does not begin below its own heading. */
export function isDated(line: Line): boolean {
  if (line.kind === "problem") return line.problem.what === "connection_lost";
  return !UNDATED.has(line.kind);
}

/** What /ls states of a person. */
export function factsOf(
  { self, registered, role, bot, ignored }: ListedUser,
  { users: words }: Pick<CoreWords, "users">,
): readonly string[] {
  const roles = {
    MEMBER: registered ? words.registered : "",
    MODERATOR: words.moderator,
    OWNER: words.owner,
  };
  return [self ? words.self : "", roles[role], bot ? words.bot : "", ignored ? words.ignored : ""].filter(
    (fact) => fact !== "",
  );
}
