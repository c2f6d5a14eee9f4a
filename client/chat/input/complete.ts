import { nameKey } from "../../session/person.js";
import { type State, standingOf } from "../state.js";
/** Completion of commands and nicknames. */
import { type Command, offered } from "./commands.js";
import { initialsOf, mayBeSpelt } from "./pinyin.js";

/** What can replace `text.slice(start, end)`; offsets are UTF-16. */
export interface Completion {
  readonly start: number;
  readonly end: number;
  readonly candidates: readonly Candidate[];
}

export interface Candidate {
  /** What is inserted, with any space that follows it. */
  readonly text: string;
  /** What a menu shows. */
  readonly label: string;
}

/** More than anyone cycles through. */
const MAX_CANDIDATES = 50;

/** Other ways to write a message. */
const FORM_NAMES = ["msg", "query", "say"];
/** Behind these a name is followed by a text. */
const BEFORE_NAME = /^[/／、](?:msg|m|w|whisper|tell|pm|dm|query)\s+[@＠]?$/i;

const COMMAND = /^[/／、](\S*)$/;
/** The word before the cursor: characters of nicknames, with an optional `@` in front. */
const WORD = /([@＠]?)([\p{L}\p{M}\p{N}_.-]*)$/u;
/** Where the script changes between Chinese and the rest: people type no space there. */
const SCRIPT_CHANGE = /(?<=\p{Script=Han})(?!\p{Script=Han})|(?<!\p{Script=Han})(?=\p{Script=Han})/u;

/** Commands at the start, nicknames anywhere; null if nothing matches. */
export function complete(text: string, cursor: number, state: State): Completion | null {
  const before = text.slice(0, cursor);
  return completeCommand(before, offered(standingOf(state))) ?? completeName(before, state);
}

function completeCommand(before: string, commands: readonly Command[]): Completion | null {
  const typed = COMMAND.exec(before)?.[1]?.normalize("NFKC").toLowerCase();
  if (typed === undefined) return null;
  const begun = commands.filter(({ name }) => name.startsWith(typed));
  // The command that Enter would run comes first: /h is /help, although /history starts with it too.
  const meant = begun.filter(({ name, aliases }) => name === typed || aliases.includes(typed));
  const forms = typed === "" ? [] : FORM_NAMES.filter((name) => name.startsWith(typed));
  const candidates = [
    ...[...new Set([...meant, ...begun])].map(({ name, takes }) => ({
      text: `/${name}${goesOn(takes) ? " " : ""}`,
      label: `/${name}`,
    })),
    ...forms.map((name) => ({ text: `/${name} `, label: `/${name}` })),
  ];
  return candidates.length > 0 ? { start: 0, end: before.length, candidates } : null;
}

/** Whether a command means nothing without its argument. */
function goesOn(takes: Command["takes"]): boolean {
  return (
    takes === "message" || (typeof takes !== "string" && takes.some(({ optional }) => optional !== true))
  );
}

function completeName(before: string, state: State): Completion | null {
  const [, at = "", word = ""] = WORD.exec(before) ?? [];
  if (at === "" && word === "") return null;
  // The whole word first: a nickname may mix scripts. Then the part after the last change of script.
  const parts = [word, word.split(SCRIPT_CHANGE).at(-1) ?? ""];
  for (const part of new Set(parts)) {
    if (part === "" && at === "") continue;
    const names = namesFor(part, state);
    if (names.length === 0) continue;
    const start = before.length - part.length;
    const opensLine =
      start - (part === word ? at.length : 0) === 0 || BEFORE_NAME.test(before.slice(0, start));
    const candidates = names.map((name) => ({ text: opensLine ? `${name} ` : name, label: name }));
    return { start, end: before.length, candidates };
  }
  return null;
}

/**
 * Names that start with the part, then those whose initials do, and where there are none those that it may spell in
 * pinyin; each by latest activity, then by name.
 */
function namesFor(part: string, { people, active, self }: State): readonly string[] {
  const rank = new Map(active.map(({ nickname }, index) => [nameKey(nickname), index]));
  const own = self && nameKey(self.nickname);
  const here = [...people]
    .filter(([key]) => key !== own)
    .sort(([a], [b]) => (rank.get(a) ?? active.length) - (rank.get(b) ?? active.length) || (a < b ? -1 : 1));
  const typed = nameKey(part);
  const begun = here.filter(([key]) => key.startsWith(typed));
  const inPinyin = (fits: (initials: string) => boolean) =>
    /^[a-z]+$/.test(typed)
      ? here.filter(([key, { nickname }]) => !key.startsWith(typed) && initialsOf(nickname).some(fits))
      : [];
  const found = [...begun, ...inPinyin((initials) => initials.startsWith(typed))];
  const names = found.length > 0 ? found : inPinyin((initials) => mayBeSpelt(typed, initials));
  return names.slice(0, MAX_CANDIDATES).map(([, { nickname }]) => nickname);
}
