import { parseArgs } from "node:util";
import { readConfigFile } from "./config-file.js";
import { describeConfig } from "./describe-config.js";
import type { HealthTarget } from "./health.js";
import { FILE_FLAG } from "./help.js";
import { type Moderate, moderateFlags, readModerate } from "./moderate/moderate.js";
import { nearest } from "./nearest.js";
import { type Config, ConfigError, readConfig, settings, variableOf } from "./settings.js";
import { type Address, fromThisMachine } from "./values.js";

/** A parsed command line. */
export type Command =
  | { readonly kind: "serve"; readonly config: Config }
  /** `from`, `path`: SQLite stores. */
  | { readonly kind: "backup"; readonly from: string; readonly target: string }
  | { readonly kind: "check"; readonly path: string }
  /** A room on a store that servers share. */
  | { readonly kind: "shared check"; readonly url: string; readonly room: string }
  | { readonly kind: "salvage"; readonly path: string; readonly target: string }
  /** `metrics`: of the server that is asked. */
  | { readonly kind: "status"; readonly metrics: Address }
  | { readonly kind: "health"; readonly target: HealthTarget }
  /** `report`: every setting with its value and source. */
  | { readonly kind: "config"; readonly report: string }
  | { readonly kind: "moderate"; readonly moderate: Moderate }
  | { readonly kind: "moderate help" }
  /** `verb`: of which command; undefined: of the server. */
  | { readonly kind: "help"; readonly verb: string | undefined }
  | { readonly kind: "version" };

/** Throws ConfigError. */
export function readCommand(argv: readonly string[], env: NodeJS.ProcessEnv): Command {
  // The words of a command of moderate are its own, and so are some flags.
  const isModerate = argv[0] === "moderate";
  const { flags, words } = readFlags(argv, isModerate ? moderateFlags : {});
  if (flags.help) return isModerate ? { kind: "moderate help" } : { kind: "help", verb: words[0] };
  if (flags.version) return { kind: "version" };
  const file = flags[FILE_FLAG] ?? (env[variableOf(FILE_FLAG)] || undefined);
  const sources = { flags, env, file: typeof file === "string" ? readConfigFile(file) : undefined };
  const config = readConfig(isModerate ? { ...sources, flags: { ...flags, motd: undefined } } : sources);
  if (isModerate) return { kind: "moderate", moderate: readModerate(words.slice(1), flags, config) };
  const [verb, path, ...rest] = words;
  if (verb === undefined) return { kind: "serve", config };
  if (verb === "salvage") {
    const [target, ...more] = rest;
    if (path === undefined || target === undefined)
      throw new ConfigError("salvage needs the FILE to read and the NEW one to write");
    if (more.length > 0) throw new ConfigError(`unexpected ${JSON.stringify(more[0])}`);
    return { kind: "salvage", path, target };
  }
  if (rest.length > 0) throw new ConfigError(`unexpected ${JSON.stringify(rest[0])}`);
  if (verb === "backup") {
    if (path === undefined) throw new ConfigError("backup needs the PATH to write");
    return { kind: "backup", from: storeFile(config), target: path };
  }
  if (verb === "status" && path === undefined) return { kind: "status", metrics: metricsAddress(config) };
  if (verb === "health" && path === undefined) {
    const target = { ...fromThisMachine(config.listen), tls: config.tlsCert !== "" };
    return { kind: "health", target };
  }
  if (verb === "check" && path === undefined && config.store.kind === "redis")
    return { kind: "shared check", url: config.store.url, room: config.room };
  if (verb === "check") return { kind: "check", path: path ?? storeFile(config) };
  if (verb === "config" && path === undefined) return { kind: "config", report: describeConfig(sources) };
  throw new ConfigError(`unexpected ${JSON.stringify(verb)}`);
}

function storeFile(config: Config): string {
  if (config.store.kind === "redis")
    throw new ConfigError(
      "a redis: store is no file; copy a replica's append-only folder, or the file that its BGSAVE writes",
    );
  if (config.store.kind !== "sqlite") throw new ConfigError("only a sqlite: store is a file");
  return config.store.path;
}

function metricsAddress({ metrics }: Config): Address {
  if (metrics === "off")
    throw new ConfigError("status needs --metrics HOST:PORT, as the server was started with");
  return fromThisMachine(metrics);
}

function readFlags(argv: readonly string[], more: Partial<typeof moderateFlags>) {
  const strings = Object.fromEntries(settings.map(([, { flag }]) => [flag, { type: "string" as const }]));
  try {
    const { values, positionals } = parseArgs({
      args: [...argv],
      options: {
        ...strings,
        ...more,
        [FILE_FLAG]: { type: "string" },
        help: { type: "boolean", short: "h" },
        version: { type: "boolean" },
      },
      strict: true,
      allowPositionals: true,
    });
    return { flags: values as Record<string, unknown>, words: positionals };
  } catch (error) {
    // Node's advice after the first sentence is about its own API.
    const [problem = ""] = String((error as Error).message)
      .split("\n")[0]!
      .split(". To specify");
    const unknown = /^Unknown option '--(.+)'/.exec(problem)?.[1];
    const similar =
      unknown &&
      nearest(unknown, [...Object.keys(strings), ...Object.keys(more), FILE_FLAG, "help", "version"]);
    throw new ConfigError(problem + (similar ? `; did you mean --${similar}?` : ""));
  }
}
