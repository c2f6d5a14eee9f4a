import { COMMANDS, type Command, MOST_COUNT } from "./commands.js";
import type { Problem } from "./line.js";
import { nearest } from "./near.js";

/** What a whole input means. */
export type Parsed =
  | { readonly kind: "nothing" }
  | { readonly kind: "say"; readonly text: string }
  | { readonly kind: "private"; readonly nickname: string; readonly text: string }
  | { readonly kind: "command"; readonly command: Command; readonly text: string }
  | { readonly kind: "refused"; readonly problem: Problem };

// Input methods in full-width mode give ／ ＠ 　 for / @ and the space, and 、 on the key of the slash.
const ESCAPED = /^[ \u3000](?=[/／、@＠])/;
const SLASH = /^[/／、]/;
const STRICT_SLASH = /^[/／]/;
/** A name ends at a space or at `，` `,` `：` `:`; one such mark and the spaces behind it separate it from the text. */
const PRIVATE = /^[@＠]([^\s，,：:]+)(?:[，,：:]\s*|\s+|$)/;

/**
 * The input grammar; only the start of the input counts. `isOnline` only words a refusal: the server decides who
 * exists.
 */
export function parse(input: string, isOnline: (nickname: string) => boolean): Parsed {
  if (input.trim() === "") return { kind: "nothing" };
  if (ESCAPED.test(input)) return { kind: "say", text: input.slice(1) };
  if (SLASH.test(input)) {
    const command = findCommand(input.slice(1));
    if (command) return command;
    if (STRICT_SLASH.test(input)) return { kind: "refused", problem: unknownCommand(input.slice(1)) };
  }
  const addressed = PRIVATE.exec(input);
  if (!addressed) return { kind: "say", text: input };
  const nickname = addressed[1]!;
  const text = input.slice(addressed[0].length);
  if (text.trim() !== "") return { kind: "private", nickname, text };
  const what = isOnline(nickname) ? "nothing_to_send" : "space_missing";
  return { kind: "refused", problem: { what, nickname } };
}

/** To whom a private message goes while it is typed: after `@name` and a separator, or `/reply` and a space. */
export function addressee(input: string, partner: string | null): string | null {
  const addressed = PRIVATE.exec(input);
  if (addressed && addressed[0].length > addressed[1]!.length + 1) return addressed[1]!;
  if (partner && SLASH.test(input)) {
    const word = /^(\S+)\s/.exec(input.slice(1))?.[1];
    if (word && commandNamed(word)?.takes === "text") return partner;
  }
  return null;
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
      if (/^\d{1,3}$/.test(count) && Number(count) >= 1 && Number(count) <= MOST_COUNT) {
        return { kind: "command", command, text: count };
      }
      return {
        kind: "refused",
        problem: { what: "bad_count", command: `/${command.name}`, most: MOST_COUNT },
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
  const suggestion = word ? nearest(word.toLowerCase(), names) : null;
  return { what: "unknown_command", typed: `/${word}`, suggestion: suggestion && `/${suggestion}` };
}

/** Why a text cannot be sent at all, or undefined; the server has the last word on the rest. */
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
