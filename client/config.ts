import { readFileSync } from "node:fs";
import { join } from "node:path";
import { suggest } from "./chat/input/suggest.js";
import { catalogOf, chooseLanguage, type Language } from "./i18n/index.js";
import { AuthoritiesError, readAuthorities } from "./storage/authorities.js";
import { configDir, stateDir } from "./storage/paths.js";

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
}

export const NOTIFY = ["off", "private", "mention", "all"] as const;
const NOTIFY_OSC = ["auto", "9", "777", "off"] as const;
export const TIME = ["hm", "hms", "iso"] as const;
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
  /** Width of East Asian characters of ambiguous width. */
  readonly ambiguous: (typeof AMBIGUOUS)[number];
  /** Whether inputs are kept on disk; private ones never are. */
  readonly history: boolean;
  /** Functions by keys, see `Keymap`. */
  readonly bindings: Readonly<Record<string, string>>;
  /** What `/name` stands for, by the name in lower case. */
  readonly aliases: ReadonlyMap<string, string>;
  /** Words that are marked and notify like the person's nickname. */
  readonly highlight: readonly string[];
  readonly stateDir: string;
  readonly configFile: string;
}

/** The keys of the config file; any other one is refused. */
const KEYS = [
  "server",
  "nick",
  "ca",
  "lang",
  "notify",
  "notify.osc",
  "time",
  "ambiguous",
  "history",
  "bindings",
  "aliases",
  "highlight",
] as const;
type Key = (typeof KEYS)[number];

/** An invalid setting: its message is shown, and the exit code is 2. */
export class ConfigError extends Error {
  override readonly name = "ConfigError";
}

type Env = Readonly<Record<string, string | undefined>>;

export function readConfig(flags: Flags, env: Env): Config {
  const configFile = join(configDir(env), "config.json");
  const file = readFile(configFile);
  const unknown = Object.keys(file).find((key) => !KEYS.some((one) => one === key));
  if (unknown !== undefined) throw new ConfigError(`${configFile}: ${unknownName("key", unknown, KEYS)}`);
  const setting = (key: Key): unknown => file[key];
  const text = (key: Key) => {
    const value = setting(key);
    if (value === undefined || typeof value === "string") return value;
    throw new ConfigError(`${configFile}: "${key}" must be a string`);
  };
  const choice = <T extends string>(
    name: string,
    choices: readonly T[],
    ...sources: (string | undefined)[]
  ): T => {
    const value = sources.find((source) => source) ?? choices[0];
    const chosen = choices.find((one) => one === value);
    if (chosen) return chosen;
    throw new ConfigError(`${name}: "${value}" is not one of ${choices.join(", ")}`);
  };
  const time = flags.time ?? text("time");
  const language = chooseLanguage({
    chosen: [flags.lang, env.PARLANCE_LANG, text("lang")],
    env,
    systemLocale: () => Intl.DateTimeFormat().resolvedOptions().locale,
  });
  return {
    server: serverUrl(flags.server ?? (env.PARLANCE_SERVER || text("server")) ?? `http://127.0.0.1:${PORT}`),
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
    ambiguous: choice("ambiguous", AMBIGUOUS, text("ambiguous")),
    history: setting("history") === true,
    bindings: texts(setting("bindings"), `${configFile}: "bindings"`),
    aliases: aliasesOf(texts(setting("aliases"), `${configFile}: "aliases"`), configFile),
    highlight: words(setting("highlight"), `${configFile}: "highlight"`),
    stateDir: stateDir(env),
    configFile,
  };
}

/** What is not known, and what was probably meant. */
export function unknownName(kind: string, name: string, known: readonly string[]): string {
  const nearest = suggest(name, known);
  return `unknown ${kind} "${name}"${nearest === null ? "" : `; did you mean "${nearest}"?`}`;
}

/** An object of strings. */
function texts(value: unknown, what: string): Readonly<Record<string, string>> {
  if (value === undefined) return {};
  const isObject = value !== null && typeof value === "object" && !Array.isArray(value);
  const entries: [string, unknown][] = isObject ? Object.entries(value) : [];
  const strings = entries.flatMap(([key, one]) => (typeof one === "string" ? [[key, one] as const] : []));
  if (isObject && strings.length === entries.length) return Object.fromEntries(strings);
  throw new ConfigError(`${what} must be an object of strings`);
}

function words(value: unknown, what: string): readonly string[] {
  if (value === undefined) return [];
  const strings = Array.isArray(value) ? value.filter((one) => typeof one === "string" && one !== "") : [];
  if (Array.isArray(value) && strings.length === value.length) return strings;
  throw new ConfigError(`${what} must be a list of words`);
}

/** An alias begins with the sign of a command or of a private message: no text for everyone hides behind one. */
function aliasesOf(file: Readonly<Record<string, string>>, configFile: string): ReadonlyMap<string, string> {
  const entries = Object.entries(file).map(([name, meant]) => {
    const plain = name
      .replace(/^[/／]/, "")
      .normalize("NFKC")
      .toLowerCase();
    if (plain === "" || /\s/.test(plain))
      throw new ConfigError(`${configFile}: alias "${name}": not one word`);
    if (!/^[/@]\S/.test(meant))
      throw new ConfigError(`${configFile}: alias "${name}": "${meant}" does not begin with / or @`);
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
function serverUrl(typed: string): string {
  const full = /^[a-z][a-z0-9+.-]*:\/\//i.test(typed) ? typed : `http://${withPort(typed)}`;
  const url = URL.canParse(full) ? new URL(full) : undefined;
  if (!url || !/^https?:$/.test(url.protocol) || url.port === "0")
    throw new ConfigError(`server: "${typed}" is not an http(s) address`);
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

function readFile(path: string): Readonly<Record<string, unknown>> {
  let text: string;
  try {
    text = readFileSync(path, "utf8");
  } catch {
    return {};
  }
  let cause: unknown;
  try {
    const settings: unknown = JSON.parse(text);
    if (settings !== null && typeof settings === "object" && !Array.isArray(settings)) {
      return settings as Record<string, unknown>;
    }
  } catch (error) {
    cause = error;
  }
  throw new ConfigError(`${path}: not a JSON object`, { cause });
}
