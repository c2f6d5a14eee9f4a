import { FORMAT } from "../engines/redis/scripts.js";
import { LOG_FORMATS, LOG_LEVELS, type LogFormat, type LogLevel } from "../ops/log.js";
import { defaultRoomSettings } from "../room/settings.js";
import { type Locale, locales, nearestLocale } from "../rpc/locale.js";
import { defaultStorePath } from "./store-path.js";
import {
  type AccessKeysChoice,
  type Address,
  duration,
  number,
  readAddress,
  readBlocks,
  readKeysChoice,
  readOrigins,
  readRoomName,
  readSize,
  readStore,
  readSwitch,
  type StoreChoice,
  withoutPassword,
  writeDuration,
} from "./values.js";

/** Everything an operator can set. Times are milliseconds. */
export interface Config {
  readonly listen: Address;
  readonly store: StoreChoice;
  /** Which room of a redis: store. */
  readonly room: string;
  /** Replicas of a redis: store that must have a message before it is acknowledged. */
  readonly storeReplicas: number;
  /** Stored format to raise a redis: store to; 0: as it is. */
  readonly storeFormat: number;
  /** Processes that serve; more than one are workers of another process, which opens the store and lends it to them. */
  readonly processes: number;
  /** Messages that the store keeps; 0: what the engine keeps by default. */
  readonly keepEvents: number;
  readonly keepDays: number;
  /** Who may log in, until an owner sets it otherwise. */
  readonly entry: "OPEN" | "INVITE" | "REGISTERED" | "EXTERNAL";
  /** Empty: no passphrase. */
  readonly passphraseFile: string;
  /** Days for which a registered nickname is kept that is not used; 0: for ever. */
  readonly nameDays: number;
  readonly maxRegistrations: number;
  readonly locale: Locale;
  readonly graceMs: number;
  readonly idleMs: number;
  readonly heartbeatMs: number;
  /** How long the server serves on as not ready before it closes. */
  readonly drainMs: number;
  readonly motd: string;
  readonly rate: number;
  readonly burst: number;
  readonly maxMembers: number;
  readonly maxFeeds: number;
  readonly maxTextBytes: number;
  readonly maxTextLines: number;
  /** Nicknames that are refused besides the built-in ones (room/rules/nickname/reserved.ts). */
  readonly reservedNames: readonly string[];
  /** Newest events kept in memory with their frames, and the bytes they may take. */
  readonly ringEvents: number;
  readonly ringBytes: number;
  /** How long a reader may take nothing before its feed is ended as a slow consumer. */
  readonly stallMs: number;
  /** What one address may do per second in the long run; 0: no limit. Reads in bytes. */
  readonly addressLogins: number;
  readonly addressMessages: number;
  readonly addressReads: number;
  /** Addresses and CIDR blocks without these limits. */
  readonly exempt: readonly string[];
  /** Addresses and blocks of the proxies whose PROXY header, X-Forwarded-For or Forwarded names the caller. */
  readonly trustedProxies: readonly string[];
  /** Public keys of an application whose access tokens are taken. */
  readonly accessKeys: AccessKeysChoice;
  /** File with the secret that the application signs its tokens with; empty: none. */
  readonly accessSecretFile: string;
  readonly accessIssuer: string;
  readonly accessAudience: string;
  /** Header in which trusted proxies name a person, in lower case; empty: none. */
  readonly trustHeader: string;
  /** Origins whose web pages may call. */
  readonly allowOrigins: readonly string[];
  /** Whether browsers receive the page. */
  readonly page: boolean;
  /** Origins whose web pages may embed it in a frame. */
  readonly frameAncestors: readonly string[];
  /** Open connections; 0: as many as the limit of open files has room for. */
  readonly maxConnections: number;
  /** Streams that one HTTP/2 connection may have open. */
  readonly maxStreams: number;
  /** Whether plain calls are served without Connect; see wire/fast-path/. */
  readonly fastPath: boolean;
  /** Whether the public port has ModerationService. */
  readonly moderation: boolean;
  /** Where the operator's socket is; `auto`: beside the file of a sqlite: store. */
  readonly adminSocket: string;
  /** Files in PEM; both empty for cleartext. */
  readonly tlsCert: string;
  readonly tlsKey: string;
  readonly logLevel: LogLevel;
  readonly logFormat: LogFormat;
  /** Where Prometheus reads metrics. */
  readonly metrics: Address | "off";
}

/** A setting that cannot be used; the message is one line for the operator. */
export class ConfigError extends Error {
  static {
    ConfigError.prototype.name = "ConfigError";
  }
}

/** Headings of --help. */
export type Group =
  | "listening"
  | "room"
  | "storage"
  | "limits"
  | "connections"
  | "identities"
  | "scale"
  | "observing"
  | "tuning";

export interface Setting<T> {
  readonly flag: string;
  readonly group: Group;
  readonly value: string;
  readonly help: string;
  readonly fallback: (env: NodeJS.ProcessEnv) => string;
  /** The default as --help shows it, where the fallback is not it. */
  readonly shown?: string;
  /** Returns undefined for a value that cannot be used. */
  readonly read: (text: string) => T | undefined;
  readonly expects: string;
}

const ENTRIES = ["OPEN", "INVITE", "REGISTERED", "EXTERNAL"] as const;

/** One row for each setting: parsing, --help and its environment variable come from here. */
const table: { readonly [K in keyof Config]: Setting<Config[K]> } = {
  listen: {
    flag: "listen",
    group: "listening",
    value: "HOST:PORT",
    help: "address to listen on; port 0 for any free port",
    fallback: () => "127.0.0.1:12231",
    read: readAddress,
    expects: "HOST:PORT, such as 127.0.0.1:12231 or [::1]:12231",
  },
  store: {
    flag: "store",
    group: "storage",
    value: "STORE",
    help: "where the room is kept: sqlite:PATH for a file, memory: for as long as the server runs, redis://HOST:PORT to share it with other servers",
    fallback: (env) => `sqlite:${defaultStorePath(env)}`,
    read: readStore,
    expects: "sqlite:PATH, memory:, redis://[USER:PASSWORD@]HOST:PORT[/DB] or rediss://... for TLS",
  },
  room: {
    flag: "room",
    group: "scale",
    value: "NAME",
    help: "which room of a redis: store; the same for all of its servers",
    fallback: () => "main",
    read: readRoomName,
    expects: "a name of letters, digits, dots, dashes and underscores",
  },
  storeReplicas: {
    flag: "store-replicas",
    group: "scale",
    value: "NUMBER",
    help: "replicas of a redis: store that must have a message before its sender has the response",
    fallback: () => "0",
    read: number(0, 10, true),
    expects: "a whole number from 0 to 10",
  },
  storeFormat: {
    flag: "store-format",
    group: "scale",
    value: "NUMBER",
    help: "raises the stored format of a redis: store, once no older server uses it; 0 leaves it",
    fallback: () => "0",
    read: number(0, FORMAT, true),
    expects: `a stored format that this version knows, at most ${FORMAT}`,
  },
  processes: {
    flag: "processes",
    group: "scale",
    value: "NUMBER",
    help: "processes that serve the room on this machine; from 2 on, one more opens the store for them",
    fallback: () => "1",
    read: number(1, 64, true),
    expects: "a whole number from 1 to 64",
  },
  keepEvents: {
    flag: "keep-events",
    group: "storage",
    value: "NUMBER",
    help: "messages to keep; older ones are deleted, with the joins and leaves before them",
    fallback: () => "0",
    shown: "100000, in memory 10000",
    read: number(0, 1_000_000_000, true),
    expects: "a whole number; 0 for the default",
  },
  keepDays: {
    flag: "keep-days",
    group: "storage",
    value: "NUMBER",
    help: "days to keep an event",
    fallback: () => "30",
    read: number(0.001, 36_500, false),
    expects: "a number of days up to 36500",
  },
  entry: {
    flag: "entry",
    group: "room",
    value: "ENTRY",
    help: "who may log in: open (everyone), invite (guests with the passphrase or an invite), registered (registered nicknames alone), external (see identities of an application)",
    fallback: () => "open",
    read: (text) => ENTRIES.find((entry) => entry.toLowerCase() === text),
    expects: "open, invite, registered or external",
  },
  passphraseFile: {
    flag: "passphrase-file",
    group: "room",
    value: "FILE",
    help: "file with one line, the passphrase for guests with --entry invite",
    fallback: () => "",
    read: (text) => text,
    expects: "a file",
  },
  nameDays: {
    flag: "name-days",
    group: "room",
    value: "NUMBER",
    help: "days to keep a registered nickname that is not used; 0: for ever",
    fallback: () => "365",
    read: number(0, 36_500, false),
    expects: "a number of days up to 36500",
  },
  maxRegistrations: {
    flag: "max-registrations",
    group: "room",
    value: "NUMBER",
    help: "registered nicknames, those included that were given up and are still closed to others",
    fallback: () => String(defaultRoomSettings.maxRegistrations),
    read: number(1, 1_000_000, true),
    expects: "a whole number from 1 to 1000000",
  },
  locale: {
    flag: "locale",
    group: "room",
    value: "LOCALE",
    help: "language for callers that request none: en or zh-CN",
    fallback: (env) => nearestLocale(env.LC_ALL || env.LC_MESSAGES || env.LANG || "") ?? "en",
    read: (text) => locales.find((locale) => locale.toLowerCase() === text.toLowerCase()),
    expects: "en or zh-CN",
  },
  graceMs: {
    flag: "grace",
    group: "connections",
    value: "DURATION",
    help: "how long a member stays after the last feed closed or the last call",
    fallback: () => writeDuration(defaultRoomSettings.graceMs),
    read: duration(0, 86_400_000),
    expects: "a duration up to 1d, such as 500ms, 30s or 5m",
  },
  idleMs: {
    flag: "idle",
    group: "connections",
    value: "DURATION",
    help: "how long a member who never opened a feed stays after the last call",
    fallback: () => writeDuration(defaultRoomSettings.idleMs),
    read: duration(0, 86_400_000),
    expects: "a duration up to 1d, such as 500ms, 30s or 5m",
  },
  heartbeatMs: {
    flag: "heartbeat",
    group: "connections",
    value: "DURATION",
    help: "heartbeat interval: longest silence on a feed",
    fallback: () => "15s",
    read: duration(50, 3_600_000),
    expects: "a duration from 50ms to 1h, such as 15s",
  },
  drainMs: {
    flag: "drain",
    group: "connections",
    value: "DURATION",
    help: "when stopped, how long to serve on while /readyz reports not ready, for load balancers",
    fallback: () => "0s",
    read: duration(0, 600_000),
    expects: "a duration up to 10m, such as 10s",
  },
  motd: {
    flag: "motd",
    group: "room",
    value: "TEXT",
    help: "message of the day, shown after login",
    fallback: () => "",
    read: (text) => (text.length <= 2_000 ? text : undefined),
    expects: "at most 2000 characters",
  },
  rate: {
    flag: "rate",
    group: "limits",
    value: "NUMBER",
    help: "messages per second and member; 0 for no limit",
    fallback: () => String(defaultRoomSettings.messagesPerSecond),
    read: number(0, 100_000, false),
    expects: "a number from 0 to 100000",
  },
  burst: {
    flag: "burst",
    group: "limits",
    value: "NUMBER",
    help: "messages that a member may send at once before --rate applies",
    fallback: () => String(defaultRoomSettings.messageBurst),
    read: number(1, 100_000, true),
    expects: "a whole number from 1 to 100000",
  },
  maxMembers: {
    flag: "max-members",
    group: "room",
    value: "NUMBER",
    help: "members in the room, those within --grace included",
    fallback: () => String(defaultRoomSettings.maxMembers),
    read: number(1, 1_000_000, true),
    expects: "a whole number from 1 to 1000000",
  },
  maxFeeds: {
    flag: "max-feeds",
    group: "limits",
    value: "NUMBER",
    help: "open feeds of one member",
    fallback: () => String(defaultRoomSettings.maxFeedsPerMember),
    read: number(1, 1_000, true),
    expects: "a whole number from 1 to 1000",
  },
  maxTextBytes: {
    flag: "max-text-bytes",
    group: "limits",
    value: "NUMBER",
    help: "bytes of a message, in UTF-8",
    fallback: () => String(defaultRoomSettings.maxTextBytes),
    // A request has at most 64 KiB, and JSON may take four times the bytes.
    read: number(1, 16_384, true),
    expects: "a whole number from 1 to 16384",
  },
  maxTextLines: {
    flag: "max-text-lines",
    group: "limits",
    value: "NUMBER",
    help: "lines of a message",
    fallback: () => String(defaultRoomSettings.maxTextLines),
    read: number(1, 1_000, true),
    expects: "a whole number from 1 to 1000",
  },
  reservedNames: {
    flag: "reserved-names",
    group: "room",
    value: "NAMES",
    help: "nicknames to reserve besides the built-in ones, in any spelling, separated by commas",
    fallback: () => "",
    read: (text) =>
      text
        .split(",")
        .map((name) => name.trim())
        .filter((name) => name !== ""),
    expects: "nicknames separated by commas",
  },
  ringEvents: {
    flag: "ring-events",
    group: "tuning",
    value: "NUMBER",
    help: "newest events kept in memory; readers further behind are served from the store",
    fallback: () => "4096",
    read: number(16, 1_000_000, true),
    expects: "a whole number from 16 to 1000000",
  },
  ringBytes: {
    flag: "ring-bytes",
    group: "tuning",
    value: "SIZE",
    help: "memory for these events",
    fallback: () => "32MiB",
    read: readSize,
    expects: "a size from 64KiB, such as 512KiB or 32MiB",
  },
  stallMs: {
    flag: "stall",
    group: "connections",
    value: "DURATION",
    help: "how long a reader may take nothing before its feed is ended; it can resume",
    fallback: () => "30s",
    read: duration(100, 3_600_000),
    expects: "a duration from 100ms to 1h, such as 30s",
  },
  addressLogins: {
    flag: "address-logins",
    group: "limits",
    value: "NUMBER",
    help: "logins per second from one address, 200 seconds' worth at once; 0 for no limit",
    fallback: () => "1",
    read: number(0, 100_000, false),
    expects: "a number from 0 to 100000",
  },
  addressMessages: {
    flag: "address-messages",
    group: "limits",
    value: "NUMBER",
    help: "messages per second from one address, 10 seconds' worth at once; 0 for no limit",
    fallback: () => "50",
    read: number(0, 100_000, false),
    expects: "a number from 0 to 100000",
  },
  addressReads: {
    flag: "address-reads",
    group: "limits",
    value: "SIZE",
    help: "history, lists and help per second to one address, 16 seconds' worth at once; 0 for no limit",
    fallback: () => "8MiB",
    read: (text) => (text === "0" ? 0 : readSize(text)),
    expects: "a size from 64KiB, such as 512KiB or 8MiB, or 0",
  },
  exempt: {
    flag: "exempt",
    group: "limits",
    value: "CIDR",
    help: "addresses without limits by address, separated by commas, or none",
    fallback: () => "127.0.0.0/8,::1",
    read: readBlocks,
    expects: "addresses or blocks such as 10.0.0.0/8, separated by commas, or none",
  },
  trustedProxies: {
    flag: "trusted-proxy",
    group: "listening",
    value: "CIDR",
    help: "proxies whose PROXY header (version 2), X-Forwarded-For or Forwarded names the caller, or none",
    fallback: () => "none",
    read: readBlocks,
    expects: "addresses or blocks such as 10.0.0.0/8, separated by commas, or none",
  },
  accessKeys: {
    flag: "access-keys",
    group: "identities",
    value: "FILE|URL",
    help: "public keys (JWKS) for access tokens of an application: a file or an https address",
    fallback: () => "",
    read: readKeysChoice,
    expects: "a file or an https address; http for loopback addresses alone",
  },
  accessSecretFile: {
    flag: "access-secret-file",
    group: "identities",
    value: "FILE",
    help: "instead of keys: file with the secret, at least 32 bytes, with which the application signs (HS256)",
    fallback: () => "",
    read: (text) => text,
    expects: "a file",
  },
  accessIssuer: {
    flag: "access-issuer",
    group: "identities",
    value: "NAME",
    help: "issuer (iss) that these tokens must name",
    fallback: () => "",
    read: (text) => text,
    expects: "a name",
  },
  accessAudience: {
    flag: "access-audience",
    group: "identities",
    value: "NAME",
    help: "audience (aud) that these tokens must name",
    fallback: () => "",
    read: (text) => text,
    expects: "a name",
  },
  trustHeader: {
    flag: "trust-header",
    group: "identities",
    value: "HEADER",
    help: "header in which a trusted proxy names the person whom it has authenticated, such as x-forwarded-user",
    fallback: () => "",
    read: (text) => (/^[A-Za-z0-9-]{0,64}$/.test(text) ? text.toLowerCase() : undefined),
    expects: "the name of a header",
  },
  allowOrigins: {
    flag: "allow-origin",
    group: "listening",
    value: "ORIGIN",
    help: "origins whose web pages may call, separated by commas, or *",
    fallback: () => "",
    read: readOrigins,
    expects: "origins such as https://chat.example.org, separated by commas, or *",
  },
  page: {
    flag: "page",
    group: "listening",
    value: "on|off",
    help: "whether browsers receive a page to chat with at /, and other pages <parlance-room>; other clients receive a text",
    fallback: () => "on",
    read: readSwitch,
    expects: "on or off",
  },
  frameAncestors: {
    flag: "frame-ancestors",
    group: "listening",
    value: "ORIGIN",
    help: "origins whose web pages may embed the page in a frame, separated by commas",
    fallback: () => "",
    read: readOrigins,
    expects: "origins such as https://example.org, separated by commas, or *",
  },
  maxConnections: {
    flag: "max-connections",
    group: "listening",
    value: "NUMBER",
    help: "open connections; a further one replaces one that is idle, or is closed at once",
    fallback: () => "0",
    shown: "the limit of open files, less 64",
    read: number(0, 1_000_000, true),
    expects: "a whole number up to 1000000; 0 for the default",
  },
  maxStreams: {
    flag: "max-streams",
    group: "listening",
    value: "NUMBER",
    help: "calls and feeds that one HTTP/2 connection may have open",
    fallback: () => "256",
    read: number(1, 100_000, true),
    expects: "a whole number from 1 to 100000",
  },
  fastPath: {
    flag: "fast-path",
    group: "tuning",
    value: "on|off",
    help: "whether plain calls bypass the general layers of Connect; the responses are the same",
    fallback: () => "on",
    read: readSwitch,
    expects: "on or off",
  },
  moderation: {
    flag: "moderation",
    group: "room",
    value: "on|off",
    help: "whether moderators can act through this port; the operator always can",
    fallback: () => "on",
    read: readSwitch,
    expects: "on or off",
  },
  adminSocket: {
    flag: "admin-socket",
    group: "room",
    value: "PATH",
    help: "unix socket for parlance-server moderate: a path, auto (that of a sqlite: store with .admin appended), or off",
    fallback: () => "auto",
    read: (text) => text || undefined,
    expects: "a path, auto or off",
  },
  tlsCert: {
    flag: "tls-cert",
    group: "listening",
    value: "FILE",
    help: "serves TLS with this certificate and its chain (PEM); read again on SIGHUP or a change",
    fallback: () => "",
    read: (text) => text,
    expects: "a file",
  },
  tlsKey: {
    flag: "tls-key",
    group: "listening",
    value: "FILE",
    help: "private key of the certificate (PEM)",
    fallback: () => "",
    read: (text) => text,
    expects: "a file",
  },
  logLevel: {
    flag: "log-level",
    group: "observing",
    value: "LEVEL",
    help: `what is logged to stderr: ${LOG_LEVELS.join(", ")}`,
    fallback: () => "info",
    read: (text) => LOG_LEVELS.find((level) => level === text),
    expects: LOG_LEVELS.join(", "),
  },
  logFormat: {
    flag: "log-format",
    group: "observing",
    value: "FORMAT",
    help: "text, json, or auto: text on a terminal, JSON otherwise",
    fallback: () => "auto",
    read: (text) => LOG_FORMATS.find((format) => format === text),
    expects: LOG_FORMATS.join(", "),
  },
  metrics: {
    flag: "metrics",
    group: "observing",
    value: "HOST:PORT",
    help: "address for Prometheus, without authentication, at /metrics; or off",
    fallback: () => "off",
    read: (text) => (text === "off" ? text : readAddress(text)),
    expects: "HOST:PORT, such as 127.0.0.1:9464, or off",
  },
};

/** The rows of the table, in the order of --help. */
export const settings = Object.entries(table) as readonly [keyof Config, Setting<unknown>][];

/** The environment variable of a flag. */
export const variableOf = (flag: string) => `PARLANCE_${flag.toUpperCase().replaceAll("-", "_")}`;

/** Where settings come from. */
export interface Sources {
  /** By their names. */
  readonly flags: Readonly<Record<string, unknown>>;
  readonly env: NodeJS.ProcessEnv;
  /** A settings file; `values` by the names of the flags. */
  readonly file?: { readonly path: string; readonly values: ReadonlyMap<string, string> } | undefined;
}

/** The text of a setting, and its source: a flag, a variable, a file with its key, or `default`. */
export interface Given {
  readonly text: string;
  readonly source: string;
}

/** Precedence: flag, environment, file, default. */
export function given({ flag, fallback }: Setting<unknown>, { flags, env, file }: Sources): Given {
  const argument = flags[flag];
  if (typeof argument === "string") return { text: argument, source: `--${flag}` };
  const variable = env[variableOf(flag)];
  if (variable) return { text: variable, source: variableOf(flag) };
  const written = file?.values.get(flag);
  if (written !== undefined) return { text: written, source: `${file?.path}: ${flag}` };
  return { text: fallback(env), source: "default" };
}

/** Throws ConfigError. */
export function readConfig(sources: Sources): Config {
  const values = settings.map(([key, setting]) => {
    const { text, source } = given(setting, sources);
    const value = setting.read(text);
    if (value !== undefined) return [key, value];
    throw new ConfigError(`${source}: ${JSON.stringify(withoutPassword(text))} is not ${setting.expects}`);
  });
  const config = Object.fromEntries(values) as Config;
  if ((config.tlsCert === "") !== (config.tlsKey === ""))
    throw new ConfigError("--tls-cert and --tls-key are needed together");
  if (config.store.kind !== "redis" && config.storeReplicas > 0)
    throw new ConfigError("--store-replicas needs a redis: store");
  if (config.store.kind !== "redis" && config.storeFormat > 0)
    throw new ConfigError("--store-format needs a redis: store");
  checkIdentity(config);
  return config;
}

function checkIdentity({ accessKeys, accessSecretFile, ...config }: Config): void {
  const takesTokens = accessKeys.kind !== "none" || accessSecretFile !== "";
  const names = [config.accessIssuer, config.accessAudience];
  if (accessKeys.kind !== "none" && accessSecretFile !== "")
    throw new ConfigError("--access-keys and --access-secret-file exclude each other");
  if (takesTokens ? names.includes("") : names.some((name) => name !== ""))
    throw new ConfigError(
      "access tokens need --access-issuer, --access-audience, and --access-keys or --access-secret-file",
    );
  if (config.trustHeader !== "" && config.trustedProxies.length === 0)
    throw new ConfigError("--trust-header needs --trusted-proxy, whose header it is");
  if (config.entry === "EXTERNAL" && !takesTokens && config.trustHeader === "")
    throw new ConfigError("--entry external needs --access-keys, --access-secret-file or --trust-header");
}
