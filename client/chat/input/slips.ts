/**
 * Slips in typing: inputs that the grammar would send to everyone, and that a person would read as a command or as meant
 * for one person. They are refused; /say sends them as they are.
 */
import { COMMANDS } from "./commands.js";
import { FORMS, HABITS } from "./habits.js";

/** What an input looks like, as it would have to be typed. */
export interface Slip {
  readonly like: "command" | "private";
  readonly meant: string;
}

export interface Room {
  /** Whether a member has the nickname. */
  readonly isOnline: (nickname: string) => boolean;
  /** Whether a person types, who makes other slips than a program. */
  readonly isPerson: boolean;
}

/** The signs of a command and of a private message, in any width; `、` is on the key of the slash. */
export const SLASHES = "/／⁄∕";
export const ATS = "@＠﹫";
/** Blank or invisible. */
const BLANK = "[\\s\\p{Cf}\\u115f\\u1160\\u3164\\uffa0]";
/** Marks beside the keys of `/` and `@`, or that an input method leaves in front of them. */
const MARK = "[，,、。.;；：:·`~\\\\|?？÷]";

const BEHIND_BLANKS = new RegExp(`^${BLANK}+(?=[${SLASHES}${ATS}])`, "u");
const AT_ALONE = new RegExp(`^[${ATS}](?:${BLANK}|[，,：:]|$)`, "u");
const BEHIND_MARKS = new RegExp(`^${BLANK}*${MARK}{1,2}[${ATS}](?=[\\p{L}\\p{N}_])`, "u");
const MARKED_WORD = new RegExp(`^${BLANK}*(?:${MARK}{1,2}[${SLASHES}]?|[-7])([a-z]+)(!?)(?:\\s|$)`, "u");
/**
 * The keys of `@` without or with the wrong shift, on American and British keyboards, also through an input method; without
 * AltGr on Spanish and Nordic (2), German and Turkish (q), French (à) and Italian (ò) ones.
 */
const NEAR_AT = /^[2２"'“”‘’＂＇qQàÀòÒ](\S+?)[\s，,：:]/;
/** Commands of vi that leave. */
const VI = /^[:：](?:q|wq|qa|wqa)!?$/;
/** As the server makes them, see `isGenerated` of commands/sign-in. */
const SECRET = /\bprl_[\w-]{27}/;
/** Words that a person who types them alone wants to be done. */
const ALONE = new Set(["quit", "exit", "logout", "clear", "help", "ls", "names"]);
/** Without its slash, before a nickname. */
const TO_ONE = new Set(["msg", "w", "whisper", "query", "privmsg", "pm", "dm"]);
/** Without their slash, before a secret. */
const SECRETIVE = new Set(["register", "identify"]);

/** Whether a command, or a word from another chat, is called so. */
export function isCommandWord(word: string): boolean {
  const plain = word.normalize("NFKC").toLowerCase();
  const isOurs = COMMANDS.some(({ name, aliases }) => name === plain || aliases.includes(plain));
  return isOurs || FORMS.has(plain) || HABITS.has(plain);
}

/** What a text for everyone looks like; undefined for an ordinary text. */
export function slipIn(text: string, { isOnline, isPerson }: Room): Slip | undefined {
  const behind = BEHIND_BLANKS.exec(text)?.[0];
  if (behind !== undefined) return signed(text.slice(behind.length));
  if (AT_ALONE.test(text)) return privately(text.slice(1));
  const marked = BEHIND_MARKS.exec(text)?.[0];
  if (marked !== undefined) return privately(text.slice(marked.length));
  if (SECRET.test(text)) return { like: "command", meant: "/register" };
  return isPerson ? (slipOfPerson(text, isOnline) ?? slipInRows(text, isOnline)) : undefined;
}

function slipOfPerson(text: string, isOnline: Room["isOnline"]): Slip | undefined {
  const plain = text.normalize("NFKC").toLowerCase().trim();
  if (VI.test(plain)) return command("quit");
  if (ALONE.has(plain)) return command(plain);
  const [, near] = NEAR_AT.exec(text) ?? [];
  if (near !== undefined && isOnline(near)) return privately(near);
  const [first = "", second = "", ...more] = plain.split(/\s+/);
  if (TO_ONE.has(first) && isOnline(second.replace(/^@/, ""))) return privately(second);
  if (SECRETIVE.has(first) && second !== "" && more.length === 0) return command(first);
  const [, word = ""] = MARKED_WORD.exec(plain) ?? [];
  const isWhole = plain.endsWith(word);
  return word.length > 1 && isCommandWord(word) && (isWhole || goesOn(word)) ? command(word) : undefined;
}

/** A later row that would have been a command, or for one person, in a line of its own. */
function slipInRows(text: string, isOnline: Room["isOnline"]): Slip | undefined {
  for (const row of text.split("\n").slice(1)) {
    const [, at = ""] = new RegExp(`^[${ATS}](\\S+?)(?:[\\s，,：:]|$)`, "u").exec(row) ?? [];
    if (at !== "" && isOnline(at)) return privately(at);
    const [, word = ""] = new RegExp(`^[${SLASHES}](\\S+)`, "u").exec(row) ?? [];
    if (isCommandWord(word)) return command(word);
  }
  return undefined;
}

/** Whether a text may follow the word of a command. */
function goesOn(word: string): boolean {
  if (FORMS.has(word)) return true;
  return COMMANDS.some(({ name, aliases, takes }) => {
    return (name === word || aliases.includes(word)) && takes !== "nothing";
  });
}

function signed(text: string): Slip {
  const rest = text.slice(1);
  return new RegExp(`^[${ATS}]`, "u").test(text) ? privately(rest) : command(/^\S*/.exec(rest)?.[0] ?? "");
}

function command(word: string): Slip {
  return { like: "command", meant: `/${word.normalize("NFKC")}` };
}

function privately(text: string): Slip {
  const [, name = ""] = /^[\s@＠﹫，,：:]*([^\s，,：:]*)/.exec(text) ?? [];
  return { like: "private", meant: `@${name}` };
}
