/** The grammar of the input line: text, private messages, commands. */
import { COMMANDS, type Command, MAX_COUNT } from "./commands.js";
import type { Problem } from "./line.js";
import { suggest } from "./suggest.js";

/** What a whole input means. */
export type Parsed =
  | { readonly kind: "nothing" }
  | { readonly kind: "broadcast"; readonly text: string }
  | { readonly kind: "sendTo"; readonly recipient: string; readonly text: string }
  | { readonly kind: "command"; readonly command: Command; readonly text: string }
  | { readonly kind: "refused"; readonly problem: Problem };

// Input methods in full-width mode produce ／ ＠ 　 for / @ and the space, and 、 for the key of the slash.
const ESCAPED = /^[ \u3000](?=[/／、@＠])/;
const SLASH = /^[/／、]/;
const STRICT_SLASH = /^[/／]/;
/** A name ends at a space or at `，` `,` `：` `:`; one such mark and the spaces after it separate it from the text. */
const PRIVATE = /^[@＠]([^\s，,：:]+)(?:[，,：:]\s*|\s+|$)/;

/**
 * What a whole input means; only its start decides. `isOnline` affects the wording of a refusal alone: the server
 * decides who exists.
 */
export function parse(input: string, isOnline: (nickname: string) => boolean): Parsed {
  if (input.trim() === "") return { kind: "nothing" };
  if (ESCAPED.test(input)) return { kind: "broadcast", text: input.slice(1) };
  if (SLASH.test(input)) {
    const command = findCommand(input.slice(1));
    if (command) return command;
    if (STRICT_SLASH.test(input)) return { kind: "refused", problem: unknownCommand(input.slice(1)) };
  }
  const addressed = PRIVATE.exec(input);
  if (!addressed) return { kind: "broadcast", text: input };
  const nickname = addressed[1]!;
  const text = input.slice(addressed[0].length);
  if (text.trim() !== "") return { kind: "sendTo", recipient: nickname, text };
  const what = isOnline(nickname) ? "nothing_to_send" : "space_missing";
  return { kind: "refused", problem: { what, nickname } };
}

/** How an input addresses one person. */
export interface Addressing {
  /** The name after `@`; null for /reply. */
  readonly name: string | null;
  /** Whether the address is finished: a separator follows, and the text begins. */
  readonly finished: boolean;
}

/** Whom an input addresses while it is typed; null for everyone, and for commands without an addressee. */
export function addressing(input: string): Addressing | null {
  const addressed = PRIVATE.exec(input);
  if (addressed) {
    const [whole, name = ""] = addressed;
    return { name, finished: whole.length > name.length + 1 };
  }
  if (!SLASH.test(input)) return null;
  const [whole, word = ""] = /^(\S+)\s?/.exec(input.slice(1)) ?? [];
  return commandNamed(word)?.takes === "text" ? { name: null, finished: whole !== word } : null;
}

function findCommand(line: string): Parsed | undefined {
  const whole = commandNamed(line.trim());
  if (whole) return { kind: "command", command: whole, text: "" };
  const [head, word] = /^(\S+)\s+/.exec(line) ?? [];
  const command = word ? commandNamed(word) : undefined;
  const text = line.slice(head?.length ?? 0);
  switch (command?.takes) {
    case "text":
      return { kind: "command", command, text };
    case "count": {
      const count = text.trim().normalize("NFKC");
      if (/^\d{1,3}$/.test(count) && Number(count) >= 1 && Number(count) <= MAX_COUNT) {
        return { kind: "command", command, text: count };
      }
      return {
        kind: "refused",
        problem: { what: "bad_count", command: `/${command.name}`, max: MAX_COUNT },
      };
    }
    default:
      return undefined;
  }
}

function commandNamed(word: string): Command | undefined {
  const plain = word.normalize("NFKC").toLowerCase();
  return COMMANDS.find(({ name, aliases }) => name === plain || aliases.includes(plain));
}

function unknownCommand(line: string): Problem {
  const word = /^\S*/.exec(line)![0].normalize("NFKC");
  const known = commandNamed(word);
  if (known) return { what: "takes_nothing", command: `/${known.name}` };
  const names = COMMANDS.map(({ name }) => name);
  const suggestion = word ? suggest(word.toLowerCase(), names) : null;
  return { what: "unknown_command", typed: `/${word}`, suggestion: suggestion && `/${suggestion}` };
}

/** The limits that a text exceeds, or undefined; all other rules are checked by the server. */
export function tooLong(
  text: string,
  limits: { readonly maxTextBytes: number; readonly maxTextLines: number },
): { maxBytes: number; maxLines: number } | undefined {
  const { maxTextBytes: maxBytes, maxTextLines: maxLines } = limits;
  // No code unit takes more than three bytes, so most texts need no counting.
  const fits = text.length * 3 <= maxBytes || new TextEncoder().encode(text).length <= maxBytes;
  const lines = text.split("\n").length;
  return fits && lines <= maxLines ? undefined : { maxBytes, maxLines };
}
