import { readFileSync } from "node:fs";
import { parse, TomlError } from "smol-toml";
import { nearest } from "./nearest.js";
import { ConfigError, settings } from "./settings.js";

/** What a settings file has. */
export interface ConfigFile {
  readonly path: string;
  /** Texts as a flag takes them, by the name of the flag. */
  readonly values: ReadonlyMap<string, string>;
}

/** Reads a TOML file whose keys are the names of the flags. Throws ConfigError. */
export function readConfigFile(path: string): ConfigFile {
  const flags = settings.map(([, { flag }]) => flag);
  const values = new Map<string, string>();
  for (const [key, value] of Object.entries(parsed(path))) {
    if (!flags.includes(key)) {
      const similar = nearest(key, flags);
      throw new ConfigError(`${path}: ${key} is no setting${similar ? `; did you mean ${similar}?` : ""}`);
    }
    const text = textOf(value);
    if (text === undefined)
      throw new ConfigError(`${path}: ${key} is neither a text nor a number nor a list of texts`);
    values.set(key, text);
  }
  return { path, values };
}

function parsed(path: string): Record<string, unknown> {
  let text: string;
  try {
    text = readFileSync(path, "utf8");
  } catch (error) {
    throw new ConfigError(`${path} cannot be read: ${(error as NodeJS.ErrnoException).code}`, {
      cause: error,
    });
  }
  try {
    return parse(text);
  } catch (error) {
    if (!(error instanceof TomlError)) throw error;
    // An excerpt of the file follows the first line.
    const [problem] = error.message.split("\n");
    throw new ConfigError(`${path}:${error.line}:${error.column}: ${problem}`, { cause: error });
  }
}

/** A value as its flag takes it; lists are separated by commas. */
function textOf(value: unknown): string | undefined {
  if (typeof value === "string") return value;
  if (typeof value === "number" || typeof value === "boolean") return String(value);
  if (Array.isArray(value) && value.every((one) => typeof one === "string")) return value.join(",");
  return undefined;
}
