/** Lines that most visits do not need. */
import type {
  BansLine,
  Line,
  NoticeLine,
  Problem,
  ProblemLine,
  QuoteLine,
  RuleLine,
} from "../../chat/line.js";
import type { CoreNotice, CoreRule } from "../../text/core-text.js";

export type RareLine =
  | ProblemLine
  | QuoteLine
  | BansLine
  | Exclude<RuleLine, CoreRule>
  | Exclude<NoticeLine, CoreNotice>;

/** Without a kind that the type names, this does not compile. */
const RARE: Readonly<Record<RareLine["kind"], true>> = {
  problem: true,
  quote: true,
  bans: true,
  found: true,
  removed: true,
  registered: true,
  redacting: true,
  invite: true,
  undelivered: true,
  announcement: true,
  edited: true,
  redacted: true,
  moderated: true,
  person_ignored: true,
  person_shown: true,
  ignored_people: true,
  room_changed: true,
  user_changed: true,
};

export const isRare = (line: Line): line is RareLine => line.kind in RARE;

export interface LoadedWords {
  /** The text of a line, sanitised. */
  readonly line: (line: RareLine) => string;
  readonly problem: (problem: Problem) => string;
}
