/** --help of parlance-server and of its commands; that of moderate is beside its commands. */
import { type Group, type Setting, settings } from "./settings.js";

/** Names a file with settings. */
export const FILE_FLAG = "config";

/** Fits a terminal of 80 columns, as --help of the client does. */
export const COLUMNS = 80;
/** Longer names of settings have a row of their own. */
const MAX_NAME = 28;

interface Verb {
  readonly usage: string;
  readonly about: string;
  readonly more: string;
  readonly examples: readonly string[];
}

const verbs: Readonly<Record<string, Verb>> = {
  backup: {
    usage: "backup PATH [--store sqlite:FILE]",
    about: "copies the store to a new file",
    more: "Copies a sqlite: store to the file PATH, also while a server uses it. A file that exists is not overwritten.",
    examples: ["parlance-server backup room-backup.db"],
  },
  check: {
    usage: "check [PATH | --store STORE]",
    about: "verifies a store",
    more: "Reads the whole store, verifies the checksum of every event, and prints what it has. Exit code 1: damaged. A redis: store can be checked while servers use it.",
    examples: ["parlance-server check", "parlance-server check room-backup.db"],
  },
  salvage: {
    usage: "salvage FILE NEW",
    about: "copies what can be read of a damaged store",
    more: "Copies what is sound in the damaged store FILE to the new file NEW. Stop the server first. Messages keep their order and times; everyone logs in again.",
    examples: ["parlance-server salvage room.db rescued.db"],
  },
  status: {
    usage: "status [--metrics HOST:PORT]",
    about: "prints the numbers of a running server",
    more: "Prints members, feeds, rates and delays of the server that serves metrics at this address.",
    examples: ["parlance-server status --metrics 127.0.0.1:9464"],
  },
  health: {
    usage: "health [options]",
    about: "asks a running server whether it is alive and ready",
    more: "Asks the server that was started on this machine with these options. Exit code 1: it is not alive.",
    examples: ["parlance-server health", "parlance-server health --listen 127.0.0.1:8080"],
  },
  config: {
    usage: "config [options]",
    about: "prints every setting, its value and its source",
    more: "Prints every setting with its value and where that comes from. The output is itself a file for --config.",
    examples: ["parlance-server config", "parlance-server config --config server.toml"],
  },
  moderate: {
    usage: "moderate COMMAND [options]",
    about: "acts on the room of a running server",
    more: "",
    examples: [],
  },
};

const headings: Readonly<Record<Group, string>> = {
  listening: "Listening",
  room: "The room, and who may enter",
  storage: "Storage",
  limits: "Limits",
  connections: "Connections and stays",
  identities: "Identities of an application or proxy",
  scale: "Several processes, several servers",
  observing: "Log and metrics",
  tuning: "Tuning",
};

/** Words in rows of at most `columns`. */
export function wrap(text: string, columns: number): string[] {
  const rows: string[] = [];
  for (const word of text.split(" ")) {
    const row = rows.at(-1);
    if (row !== undefined && row.length + 1 + word.length <= columns)
      rows[rows.length - 1] = `${row} ${word}`;
    else rows.push(word);
  }
  return rows;
}

/** A name and what it means, in two columns. */
export function entry(name: string, meaning: string, width: number): string[] {
  const indent = " ".repeat(width + 4);
  const rows = wrap(meaning, COLUMNS - indent.length).map((row) => indent + row);
  if (name.length > width) return [`  ${name}`, ...rows];
  const [first = "", ...rest] = rows;
  return [`  ${name.padEnd(width)}  ${first.trimStart()}`, ...rest];
}

function settingRow({ flag, value, help, shown, fallback }: Setting<unknown>): string[] {
  const usual = shown ?? fallback(process.env);
  return entry(`--${flag} ${value}`, usual === "" ? help : `${help} (default ${usual})`, MAX_NAME);
}

/** What --help prints: of the server, or of the command `verb`. */
export function usage(verb?: string): string {
  const one = verb === undefined ? undefined : verbs[verb];
  return `${(one ? verbUsage(one) : serverUsage()).join("\n")}\n`;
}

function verbUsage({ usage, more, examples }: Verb): string[] {
  return [
    `Usage: parlance-server ${usage}`,
    "",
    ...wrap(more, COLUMNS),
    "",
    "Examples:",
    ...examples.map((example) => `  ${example}`),
    "",
    "All settings: parlance-server --help",
  ];
}

function serverUsage(): string[] {
  const width = Math.max(...Object.values(verbs).map(({ usage }) => usage.length));
  const groups = Object.entries(headings).flatMap(([group, heading]) => [
    "",
    `${heading}:`,
    ...settings
      .filter(([, setting]) => setting.group === group)
      .flatMap(([, setting]) => settingRow(setting)),
  ]);
  return [
    "Usage: parlance-server [options]",
    "       parlance-server COMMAND [options]",
    "",
    ...wrap(
      "Serves one chat room over Connect, gRPC and gRPC-Web, on one port for HTTP/1.1 and HTTP/2. Without options only this machine can connect, and the room is a file in your data folder.",
      COLUMNS,
    ),
    "",
    "Examples:",
    "  parlance-server",
    "  parlance-server --listen 0.0.0.0:12231 --entry invite",
    "  parlance-server moderate owner ada",
    "",
    "Commands (COMMAND --help has more):",
    ...Object.values(verbs).flatMap(({ usage, about }) => entry(usage, about, width)),
    ...groups,
    "",
    "Other:",
    ...entry(`--${FILE_FLAG} FILE`, 'TOML file with settings by these names, such as grace = "1m"', MAX_NAME),
    ...entry("--help", "show this help", MAX_NAME),
    ...entry("--version", "show the version", MAX_NAME),
    "",
    ...wrap(
      "Each setting has a variable: that of --keep-days is PARLANCE_KEEP_DAYS. A flag precedes its variable, and a variable precedes the file. Durations: 500ms, 2s, 5m, 1h, 1d.",
      COLUMNS,
    ),
    "",
    "Exit codes: 0 done, 1 could not start or is damaged, 2 wrong usage or setting.",
  ];
}
