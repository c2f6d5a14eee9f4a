/** The grammar of the input line: text, private messages, commands. */

import type { Problem, TextLimits, TextSize } from "../line.js";
import { type Given, readArguments } from "./arguments.js";
import { COMMANDS, type Command, MAX_COUNT } from "./commands.js";
import { FORMS, HABITS } from "./habits.js";
import { ATS, type Room, SLASHES, slipIn } from "./slips.js";
import { suggest } from "./suggest.js";

/** What a whole input means. */
export type Parsed =
  | { readonly kind: "nothing" }
  | { readonly kind: "broadcast"; readonly text: string }
  | { readonly kind: "sendTo"; readonly recipient: string; readonly text: string }
  | {
      readonly kind: "command";
      readonly command: Command;
      /** Of a message and a count. */
      readonly text: string;
      /** Of a list of arguments. */
      readonly given: Given;
    }
  /** What the input becomes: more is to be typed. */
  | { readonly kind: "draft"; readonly text: string }
  | { readonly kind: "refused"; readonly problem: Problem };

// Input methods in full-width mode produce ／ ＠ 　 for / @ and the space, and 、 for the key of the slash.
const SLASH = new RegExp(`^[${SLASHES}、]`);
/** `、` before anything but a word in Latin letters begins a text. */
const NEVER_TEXT = new RegExp(`^(?:[${SLASHES}]|、[a-zａ-ｚ])`, "i");
/** A name ends at a space or at `，` `,` `：` `:`; one such mark and the spaces after it separate it from the text. */
const PRIVATE = new RegExp(`^[${ATS}]([^\\s，,：:]+)(?:[，,：:]\\s*|\\s+|$)`);

/** Who types, and what a refusal names. */
export interface Known extends Room {
  /** The commands that an unknown one may stand for. */
  readonly offered: readonly Command[];
}

/** What a whole input means. A text for everyone must not look like anything else, see slips.ts; /say sends any. */
export function parse(input: string, known: Known): Parsed {
  if (input.trim() === "") return { kind: "nothing" };
  if (SLASH.test(input)) {
    const line = input.slice(1);
    const command = findForm(line) ?? findCommand(line);
    if (command) return command;
    if (NEVER_TEXT.test(input)) return refused(unknownCommand(line, known.offered));
  }
  const addressed = PRIVATE.exec(input);
  if (addressed) {
    const [whole, nickname = ""] = addressed;
    const problem: Problem = known.isOnline(nickname)
      ? { what: "nothing_to_send", behind: `@${nickname}` }
      : { what: "space_missing", nickname };
    return toOne(nickname, input.slice(whole.length), problem);
  }
  const slip = slipIn(input, known);
  return slip ? refused({ what: "looks_like", ...slip }) : { kind: "broadcast", text: input };
}

function refused(problem: Problem): Parsed {
  return { kind: "refused", problem };
}

/** `without`: the problem of one without a text. */
function toOne(nickname: string, text: string, without: Problem): Parsed {
  return text.trim() === "" ? refused(without) : { kind: "sendTo", recipient: nickname, text };
}

/** `/msg NAME TEXT`: what the word says, the name, and where the text begins. */
function splitForm(line: string) {
  const [head = "", word = ""] = /^(\S+)(?:\s|$)/.exec(line) ?? [];
  const form = FORMS.get(word.normalize("NFKC").toLowerCase());
  if (!form) return undefined;
  const rest = line.slice(head.length);
  const [whole = "", name = ""] =
    new RegExp(`^\\s*[${ATS}]?([^\\s，,：:]+)(?:[，：:]\\s*|\\s+|$)`).exec(rest) ?? [];
  return {
    form,
    name,
    rest,
    text: rest.slice(whole.length),
    isFinished: /\s$|[，：:]$/.test(whole) || whole.length < rest.length,
  };
}

function findForm(line: string): Parsed | undefined {
  const split = splitForm(line);
  if (!split) return undefined;
  const { form, name, rest, text } = split;
  if (form === "say") {
    return rest.trim() === "" ? refused({ what: "bad_form", form }) : { kind: "broadcast", text: rest };
  }
  if (name.startsWith("#")) return refused({ what: "habit", habit: "room", typed: `/${form}` });
  if (name === "") return refused({ what: "bad_form", form });
  if (form === "query" && text.trim() === "") return { kind: "draft", text: `@${name} ` };
  return toOne(name, text, { what: "nothing_to_send", behind: `/${line.trimEnd()}` });
}

/** How an input names one person. */
export interface Addressing {
  /** The name after `@`, or that a command is for; null for /reply. */
  readonly name: string | null;
  /** Whether a private message is for it, whose address is finished: a separator follows, and the text begins. */
  readonly finished: boolean;
  /** Whether it replies to a message of that person; with null, of anyone else. Default false. */
  readonly quotes?: boolean;
}

/** Whom an input names while it is typed; null for everyone, and for commands that are for no one. */
export function addressing(input: string): Addressing | null {
  const addressed = PRIVATE.exec(input);
  if (addressed) {
    const [whole, name = ""] = addressed;
    return { name, finished: whole.length > name.length + 1 };
  }
  if (!SLASH.test(input)) return null;
  const split = splitForm(input.slice(1));
  if (split && split.form !== "say") {
    return split.name === "" ? null : { name: split.name, finished: split.isFinished };
  }
  const [whole = "", word = ""] = /^(\S+)\s?/.exec(input.slice(1)) ?? [];
  const command = commandNamed(word);
  if (command?.takes === "message") return { name: null, finished: whole !== word };
  if (command?.quotes && whole !== word) return quoting(input.slice(1 + whole.length));
  const name = command && targetIn(command, input.slice(1));
  return name === undefined ? null : { name, finished: false };
}

/** Whose message is replied to, from what follows `/quote `. */
function quoting(rest: string): Addressing {
  const [author = "", name = ""] = new RegExp(`^\\s*[${ATS}](\\S*)`).exec(rest) ?? [];
  if (author === "") return { name: null, finished: true, quotes: true };
  return { name, finished: rest.length > author.length, quotes: true };
}

/** The name that a command is for, as far as it is typed. */
function targetIn({ takes }: Command, line: string): string | undefined {
  if (typeof takes === "string") return undefined;
  const first = takes[0];
  const [, word = ""] = /^\S+\s+(\S+)/.exec(line) ?? [];
  const isForOne = first?.kind === "name" || first?.kind === "target";
  return isForOne ? readArguments([first], word)?.name : undefined;
}

/** The command that an input's slash begins, and where its argument starts; undefined if there is none. */
function splitCommand(line: string): { readonly command: Command; readonly at: number } | undefined {
  const [head = "", word = ""] = /^(\S+)(?:\s+|$)/.exec(line) ?? [];
  const command = commandNamed(word);
  return command && { command, at: head.length };
}

/** Offset at which an input holds a secret, which is neither shown nor kept; null if it holds none. */
export function secretStart(input: string): number | null {
  const split = SLASH.test(input) ? splitCommand(input.slice(1)) : undefined;
  return split?.command.isSecret && split.at + 1 < input.length ? split.at + 1 : null;
}

/** An input as it may be shown: without a secret. */
export function masked(input: string): string {
  const from = secretStart(input);
  return from === null ? input : input.slice(0, from) + "*".repeat(8);
}

function findCommand(line: string): Parsed | undefined {
  const whole = commandNamed(line.trim());
  const split = whole ? { command: whole, at: line.length } : splitCommand(line);
  if (!split) return undefined;
  const { command } = split;
  const text = line.slice(split.at);
  if (typeof command.takes !== "string") {
    const given = readArguments(command.takes, text);
    if (given) return { kind: "command", command, text: "", given };
    return {
      kind: "refused",
      problem: { what: "bad_arguments", command: `/${command.name}`, help: command.help },
    };
  }
  if (text.trim() === "") return { kind: "command", command, text: "", given: {} };
  switch (command.takes) {
    case "message":
      return { kind: "command", command, text, given: {} };
    case "count": {
      const count = text.trim().normalize("NFKC");
      if (/^\d{1,3}$/.test(count) && Number(count) >= 1 && Number(count) <= MAX_COUNT) {
        return { kind: "command", command, text: count, given: {} };
      }
      return {
        kind: "refused",
        problem: { what: "bad_count", command: `/${command.name}`, max: MAX_COUNT },
      };
    }
    case "nothing":
      return undefined;
  }
}

function commandNamed(word: string): Command | undefined {
  const plain = word.normalize("NFKC").toLowerCase();
  return COMMANDS.find(({ name, aliases }) => name === plain || aliases.includes(plain));
}

function unknownCommand(line: string, offered: readonly Command[]): Problem {
  const word = /^\S*/.exec(line)![0].normalize("NFKC");
  const habit = HABITS.get(word.toLowerCase());
  if (habit) return { what: "habit", habit, typed: `/${word}` };
  const known = commandNamed(word);
  if (known) return { what: "takes_nothing", command: `/${known.name}` };
  const names = [...offered.map(({ name }) => name), "msg", "say", "query"];
  const suggestion = word ? suggest(word.toLowerCase(), names) : null;
  return { what: "unknown_command", typed: `/${word}`, suggestion: suggestion && `/${suggestion}` };
}

/** The text of a message; null for what is no message. */
export function textOf(parsed: Parsed): string | null {
  if (parsed.kind === "broadcast" || parsed.kind === "sendTo") return parsed.text;
  return parsed.kind === "command" && parsed.command.takes === "message" ? parsed.text : null;
}

/** The size of a text, as the server counts it. */
export function sizeOfText(text: string): TextSize {
  return { bytes: new TextEncoder().encode(text).length, lines: text.split("\n").length };
}

/** The size of a text that exceeds a limit, or undefined; all other rules are checked by the server. */
export function tooLong(text: string, limits: TextLimits): TextSize | undefined {
  // No code unit takes more than three bytes, so most texts need no counting.
  if (text.length * 3 <= limits.maxTextBytes && text.length < limits.maxTextLines) return undefined;
  const size = sizeOfText(text);
  return size.bytes <= limits.maxTextBytes && size.lines <= limits.maxTextLines ? undefined : size;
}
