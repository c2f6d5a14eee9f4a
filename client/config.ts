import { readFileSync } from "node:fs";
import { join } from "node:path";
import { suggest } from "./chat/input/suggest.js";
import { type Catalog, catalogOf } from "./i18n/index.js";
import { chooseLanguage, type Language } from "./i18n/language.js";
import { AuthoritiesError, readAuthorities } from "./storage/authorities.js";
import { configDir, stateDir } from "./storage/paths.js";
import { duplicateKey } from "./text/json-keys.js";
import { decodeUtf8 } from "./text/utf8.js";

/** The settings among the flags of the command line. */
export interface Flags {
  readonly server?: string;
  readonly nick?: string;
  readonly ca?: string;
  readonly invite?: string;
  readonly lang?: string;
  readonly json?: boolean;
  readonly plain?: boolean;
  /** False for --no-color. */
  readonly color?: boolean;
  readonly notify?: string;
  readonly time?: string;
  readonly wrap?: string;
  readonly joins?: string;
}

export const NOTIFY = ["off", "private", "mention", "all"] as const;
const NOTIFY_OSC = ["auto", "9", "777", "off"] as const;
export const TIME = ["hm", "hms", "iso"] as const;
export const WRAP = ["word", "terminal"] as const;
export const JOINS = ["smart", "all", "none"] as const;
const LINKS = ["auto", "on", "off"] as const;
const AMBIGUOUS = ["auto", "narrow", "wide"] as const;

/** The settings. Precedence: flag, environment, config file, default. */
export interface Config {
  /** Base URL without a trailing slash. Default http://127.0.0.1:12231. */
  readonly server: string;
  /** Certificates in PEM that are trusted besides the public ones. */
  readonly ca: readonly string[];
  /** undefined: the person is asked. */
  readonly nickname: string | undefined;
  /** PARLANCE_TOKEN; from no other source, so that it never appears in a command line. */
  readonly token: string | undefined;
  /** PARLANCE_SECRET: that of the registered nickname; likewise from no other source. */
  readonly secret: string | undefined;
  /** Passphrase or invite of the room. */
  readonly invite: string | undefined;
  readonly language: Language;
  readonly json: boolean;
  readonly plain: boolean;
  readonly color: boolean;
  readonly notify: (typeof NOTIFY)[number];
  readonly notifyOsc: (typeof NOTIFY_OSC)[number];
  /** undefined: hm on a terminal, iso in a pipe. */
  readonly time: (typeof TIME)[number] | undefined;
  /** How a screen wraps what is wider than it. */
  readonly wrap: (typeof WRAP)[number];
  /** Whether web addresses are written as hyperlinks (OSC 8). */
  readonly links: (typeof LINKS)[number];
  /** Joins and leaves that are shown. */
  readonly joins: (typeof JOINS)[number];
  /** Width of East Asian characters of ambiguous width. */
  readonly ambiguous: (typeof AMBIGUOUS)[number];
  /** Whether inputs are kept on disk; private ones never are. */
  readonly history: boolean;
  /** Functions by keys, see `Keymap`. */
  readonly bindings: Readonly<Record<string, string>>;
  /** What `/name` expands to, by the name in lower case. */
  readonly aliases: ReadonlyMap<string, string>;
  /** Words that are marked and notify like the person's nickname. */
  readonly highlight: readonly string[];
  readonly stateDir: string;
  readonly configFile: string;
}

/** An invalid setting: its message is shown, and the exit code is 2. */
export class ConfigError extends Error {
  override readonly name = "ConfigError";
}

type Env = Readonly<Record<string, string | undefined>>;

/** Keys of the config file. */
export const KEYS = [
  "server",
  "ca",
  "nick",
  "lang",
  "notify",
  "notify.osc",
  "time",
  "wrap",
  "links",
  "joins",
  "ambiguous",
  "history",
  "bindings",
  "aliases",
  "highlight",
] as const;
type Key = (typeof KEYS)[number];
type Settings = Readonly<Partial<Record<Key, unknown>>>;
type Words = Catalog["cli"]["settings"];

export function readConfig(flags: Flags, env: Env): Config {
  const configFile = join(configDir(env), "config.json");
  const languageOf = (fromFile?: string) =>
    chooseLanguage({
      chosen: [flags.lang, env.PARLANCE_LANG, fromFile],
      env,
      systemLocale: () => Intl.DateTimeFormat().resolvedOptions().locale,
    });
  const file = readFile(configFile, catalogOf(languageOf()).cli.settings);
  const language = languageOf(typeof file.lang === "string" ? file.lang : undefined);
  const words = catalogOf(language).cli.settings;
  const text = (key: Key) => {
    const value = file[key];
    if (value === undefined || typeof value === "string") return value;
    throw new ConfigError(words.notString(configFile, key));
  };
  const choice = <T extends string>(
    name: string,
    choices: readonly T[],
    ...sources: (string | undefined)[]
  ): T => {
    const value = sources.find((source) => source) ?? choices[0]!;
    const chosen = choices.find((one) => one === value);
    if (chosen) return chosen;
    throw new ConfigError(words.notOneOf(name, value, choices));
  };
  const time = flags.time ?? text("time");
  const { history = false } = file;
  if (typeof history !== "boolean") throw new ConfigError(words.notBoolean(configFile, "history"));
  text("lang");
  const server = flags.server ?? (env.PARLANCE_SERVER || text("server")) ?? `http://127.0.0.1:${PORT}`;
  return {
    server: serverUrl(server, words),
    nickname: flags.nick ?? (env.PARLANCE_NICK || text("nick")),
    token: env.PARLANCE_TOKEN || undefined,
    secret: env.PARLANCE_SECRET || undefined,
    invite: flags.invite || env.PARLANCE_INVITE || undefined,
    ca: authorities(flags.ca ?? (env.PARLANCE_CA || text("ca")), language),
    language,
    json: flags.json ?? false,
    plain: flags.plain ?? false,
    color: flags.color !== false,
    notify: choice("notify", NOTIFY, flags.notify, text("notify"), "mention"),
    notifyOsc: choice("notify.osc", NOTIFY_OSC, text("notify.osc")),
    time: time ? choice("time", TIME, time) : undefined,
    wrap: choice("wrap", WRAP, flags.wrap, env.PARLANCE_WRAP, text("wrap")),
    links: choice("links", LINKS, text("links")),
    joins: choice("joins", JOINS, flags.joins, env.PARLANCE_JOINS, text("joins")),
    ambiguous: choice("ambiguous", AMBIGUOUS, text("ambiguous")),
    history,
    bindings: stringsIn(file.bindings) ?? refuse(words.notStrings(configFile, "bindings")),
    aliases: aliasesOf(file.aliases, configFile, words),
    highlight: listIn(file.highlight) ?? refuse(words.notList(configFile, "highlight")),
    stateDir: stateDir(env),
    configFile,
  };
}

function refuse(message: string): never {
  throw new ConfigError(message);
}

/** An object of strings; undefined for anything else. */
function stringsIn(value: unknown = {}): Readonly<Record<string, string>> | undefined {
  if (value === null || typeof value !== "object" || Array.isArray(value)) return undefined;
  const entries = Object.entries(value);
  const strings = entries.flatMap(([key, one]) => (typeof one === "string" ? [[key, one] as const] : []));
  return strings.length === entries.length ? Object.fromEntries(strings) : undefined;
}

/** A list of strings that are not empty; undefined for anything else. */
function listIn(value: unknown = []): readonly string[] | undefined {
  if (!Array.isArray(value)) return undefined;
  const strings = value.filter((one) => typeof one === "string" && one !== "");
  return strings.length === value.length ? strings : undefined;
}

/** An alias begins with the sign of a command or of a private message: no text for everyone hides behind one. */
function aliasesOf(value: unknown, file: string, words: Words): ReadonlyMap<string, string> {
  const given = stringsIn(value) ?? refuse(words.notStrings(file, "aliases"));
  const entries = Object.entries(given).map(([name, meant]) => {
    const plain = name
      .replace(/^[/／]/, "")
      .normalize("NFKC")
      .toLowerCase();
    if (plain === "" || /\s/.test(plain)) refuse(words.aliasName(file, name));
    if (!/^[/@]\S/.test(meant)) refuse(words.aliasMeaning(file, name, meant));
    return [plain, meant] as const;
  });
  return new Map(entries);
}

/** Port of `parlance-server` by default. */
const PORT = 12231;

/**
 * A URL is taken as it is, 80 and 443 included. A host without a scheme is http, on the server's own port if it has
 * none; a number alone is a port of this machine.
 */
function serverUrl(typed: string, words: Words): string {
  const full = /^[a-z][a-z0-9+.-]*:\/\//i.test(typed) ? typed : `http://${withPort(typed)}`;
  const url = URL.canParse(full) ? new URL(full) : undefined;
  // Not repeated in the message: a password is no text for a screen or a log.
  if (url?.username || url?.password) throw new ConfigError(words.addressWithUser);
  if (!url || !/^https?:$/.test(url.protocol) || url.port === "0" || /[?#]/.test(typed))
    throw new ConfigError(words.notAddress(typed));
  return full.replace(/\/+$/, "");
}

/** `HOST[:PORT][/PATH]` with a port. */
function withPort(typed: string): string {
  const [, authority = "", path = ""] = /^([^/]*)(.*)$/.exec(typed) ?? [];
  if (/^:?\d+$/.test(authority)) return `127.0.0.1:${authority.replace(":", "")}${path}`;
  const isBareIPv6 = /^[0-9a-f]*:[0-9a-f:.]*:[0-9a-f.]*$/i.test(authority);
  const host = isBareIPv6 ? `[${authority}]` : authority;
  return host === "" || /:\d+$/.test(host) ? typed : `${host}:${PORT}${path}`;
}

function authorities(file: string | undefined, language: Language): readonly string[] {
  if (file === undefined) return [];
  const { cli } = catalogOf(language);
  try {
    return readAuthorities(file);
  } catch (error) {
    if (!(error instanceof AuthoritiesError)) throw error;
    const { problem } = error;
    const message =
      problem.what === "unreadable"
        ? cli.caUnreadable(file, problem.code)
        : problem.what === "empty"
          ? cli.caEmpty(file)
          : cli.caInvalid(file, problem.number);
    throw new ConfigError(message, { cause: error });
  }
}

function readFile(path: string, words: Words): Settings {
  const bytes = bytesOf(path, words);
  if (!bytes) return {};
  const text = decodeUtf8(bytes);
  if (text === undefined) throw new ConfigError(words.notUtf8(path));
  const settings = parseObject(text);
  if (!settings) throw new ConfigError(words.notObject(path));
  const twice = duplicateKey(text);
  if (twice !== undefined) throw new ConfigError(words.duplicateKey(path, twice));
  for (const key of Object.keys(settings)) {
    if (KEYS.includes(key as Key)) continue;
    throw new ConfigError(words.unknownKey(path, key, suggest(key.toLowerCase(), KEYS)));
  }
  return settings;
}

/** Undefined if there is no such file. */
function bytesOf(path: string, words: Words): Uint8Array | undefined {
  try {
    return readFileSync(path);
  } catch (error) {
    const { code = "" } = error as NodeJS.ErrnoException;
    // ENOTDIR: the home is no folder, such as /dev/null.
    if (code === "ENOENT" || code === "ENOTDIR") return undefined;
    throw new ConfigError(words.unreadable(path, code), { cause: error });
  }
}

function parseObject(text: string): Settings | undefined {
  try {
    const value: unknown = JSON.parse(text);
    const isObject = value !== null && typeof value === "object" && !Array.isArray(value);
    return isObject ? (value as Settings) : undefined;
  } catch {
    return undefined;
  }
}
