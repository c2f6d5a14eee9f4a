/** The arguments of commands: which a command takes, and how they are typed. */

/** What one argument is. All but the rest of the line are single words. */
export type Kind =
  /** A nickname, with or without `@`. */
  | "name"
  /** A nickname, an address or a network. */
  | "target"
  /** A number, or a nickname behind `@`. */
  | "which"
  /** A nickname behind `@`. */
  | "author"
  | "id"
  | "count"
  | "duration"
  /** A duration, or 0. */
  | "duration or 0"
  /** The rest of the line: a reason, a text, a secret. */
  | "rest";

export interface Parameter {
  readonly kind: Kind;
  readonly optional?: boolean;
}

/** What was typed; absent where nothing was. */
export interface Given {
  readonly name?: string;
  /** In CIDR notation. */
  readonly network?: string;
  readonly id?: string;
  readonly count?: number;
  readonly forMs?: number;
  readonly rest?: string;
}

const UNITS: readonly (readonly [RegExp, number])[] = [
  [/^(?:s|秒)$/, 1_000],
  [/^(?:m|min|分|分钟)$/, 60_000],
  [/^(?:h|小时)$/, 3_600_000],
  [/^(?:d|天)$/, 86_400_000],
  [/^(?:w|周)$/, 7 * 86_400_000],
];

/** Milliseconds of `10m` or `10分钟`; undefined for what is no duration. */
export function readDuration(word: string): number | undefined {
  const [, digits, unit = ""] = /^(\d{1,6})(\D+)$/.exec(word.normalize("NFKC").toLowerCase()) ?? [];
  const found = UNITS.find(([pattern]) => pattern.test(unit));
  const ms = found ? Number(digits) * found[1] : 0;
  return ms > 0 ? ms : undefined;
}

const IPV4 = /^\d{1,3}(?:\.\d{1,3}){3}(?:\/\d{1,2})?$/;
const IPV6 = /^[0-9a-f:.]*:[0-9a-f:.]*(?:\/\d{1,3})?$/i;

/** Prefixes below which a network is so wide that a ban of it is asked about first. */
const NARROW_BITS = { v4: 16, v6: 32 } as const;

/** Whether a network contains so many addresses that the server bans it only on demand. */
export function isWide(network: string): boolean {
  const bits = /\/(\d+)$/.exec(network)?.[1];
  return bits !== undefined && Number(bits) < (network.includes(":") ? NARROW_BITS.v6 : NARROW_BITS.v4);
}

/** The arguments in `text`; undefined if one is missing, cannot be read, or is too many. */
export function readArguments(parameters: readonly Parameter[], text: string): Given | undefined {
  let rest = text.trim();
  let given: Given = {};
  for (const { kind, optional = false } of parameters) {
    const [whole = "", word = ""] = (kind === "rest" ? /^([\s\S]+)$/ : /^(\S+)\s*/).exec(rest) ?? [];
    const value = whole === "" ? undefined : readOne(kind, word);
    if (value) {
      given = { ...given, ...value };
      rest = rest.slice(whole.length);
    } else if (!optional) {
      return undefined;
    }
  }
  return rest === "" ? given : undefined;
}

function readOne(kind: Kind, word: string): Given | undefined {
  switch (kind) {
    case "name":
      return nameIn(word);
    case "target":
      return IPV4.test(word) || IPV6.test(word) ? { network: word } : nameIn(word);
    case "which":
      return /^[@＠]/.test(word) ? nameIn(word) : countIn(word, 1);
    case "author":
      return /^[@＠]/.test(word) ? nameIn(word) : undefined;
    case "id":
      return { id: word };
    case "count":
      return countIn(word, 0);
    case "duration or 0":
    case "duration": {
      const isNone = kind === "duration or 0" && word.normalize("NFKC") === "0";
      const forMs = isNone ? 0 : readDuration(word);
      return forMs === undefined ? undefined : { forMs };
    }
    case "rest":
      return { rest: word };
  }
}

function nameIn(word: string): Given | undefined {
  const name = word.replace(/^[@＠]/, "");
  return name === "" ? undefined : { name };
}

function countIn(word: string, least: number): Given | undefined {
  const typed = word.normalize("NFKC");
  const count = Number(typed);
  return /^\d{1,6}$/.test(typed) && count >= least ? { count } : undefined;
}
