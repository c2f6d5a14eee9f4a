import { readFileSync } from "node:fs";
import { decodeUtf8, mayBeAltered } from "../text/utf8.js";

/** The variables of the client whose values become text or paths. */
const VARIABLES = [
  ...["SERVER", "NICK", "SECRET", "INVITE", "TOKEN", "CA", "LANG"].map((name) => `PARLANCE_${name}`),
  ...["XDG_CONFIG_HOME", "XDG_STATE_HOME", "HOME"],
];

export interface Given {
  /** What follows the program's name. */
  readonly argv: readonly string[];
  readonly env: Readonly<Record<string, string | undefined>>;
  /** The bytes of a file, such as /proc/self/cmdline; undefined if there is none. */
  readonly read?: (path: string) => Uint8Array | undefined;
}

/**
 * The first argument (its number, from 1) or variable (its name) that was not UTF-8. The system passes bytes, on Windows
 * UTF-16, and Node puts U+FFFD in the place of what it cannot decode; Linux keeps the bytes, which show whether the
 * character was there before. Elsewhere it is refused itself.
 */
export function notUtf8({ argv, env, read = readBytes }: Given): number | string | undefined {
  const suspects = argv.flatMap((text, index) => (mayBeAltered(text) ? [index] : []));
  if (suspects.length > 0) {
    const given = entriesOf(read("/proc/self/cmdline"));
    const altered = suspects.find((index) => !isUtf8(given?.at(index - argv.length)));
    if (altered !== undefined) return altered + 1;
  }
  const names = VARIABLES.filter((name) => mayBeAltered(env[name] ?? ""));
  if (names.length === 0) return undefined;
  const entries = entriesOf(read("/proc/self/environ"));
  return names.find((name) => !isUtf8(entries?.find((entry) => startsWith(entry, `${name}=`))));
}

const isUtf8 = (bytes: Uint8Array | undefined) => bytes !== undefined && decodeUtf8(bytes) !== undefined;

const startsWith = (bytes: Uint8Array, text: string) =>
  String.fromCharCode(...bytes.subarray(0, text.length)) === text;

/** What NUL bytes end. */
function entriesOf(bytes: Uint8Array | undefined): readonly Uint8Array[] | undefined {
  if (!bytes) return undefined;
  const entries: Uint8Array[] = [];
  let start = 0;
  for (let end = bytes.indexOf(0); end >= 0; end = bytes.indexOf(0, start)) {
    entries.push(bytes.subarray(start, end));
    start = end + 1;
  }
  return entries;
}

function readBytes(path: string): Uint8Array | undefined {
  try {
    return readFileSync(path);
  } catch {
    return undefined;
  }
}
