import type { HelpRow, Problem } from "./line.js";

/** The part of a catalogue that /help is made of, in one language. */
export interface HelpWords {
  readonly help: Readonly<
    Record<"text" | "private" | "ls" | "ignore" | "reply" | "history" | "help" | "quit", HelpRow>
  >;
}

/** What commands can do; whoever runs a client provides it. Each answers what went wrong, or null. */
export interface Actions {
  listUsers(): Promise<Problem | null>;
  showHelp(): Promise<Problem | null>;
  /** Switches group chat to the other state than now. */
  toggleIgnore(): Promise<Problem | null>;
  /** Answers the last private message. */
  reply(text: string): Promise<Problem | null>;
  /** Reads `count` events back, each time further. */
  readBack(count: number): Promise<Problem | null>;
  quit(): Promise<Problem | null>;
}

export interface Command {
  /** Without its slash. */
  readonly name: string;
  /** Understood, neither listed nor completed. */
  readonly aliases: readonly string[];
  /** Whether it can be done without a connection. */
  readonly worksOffline: boolean;
  /** What follows: with "nothing" a command is the whole line; a count, 1 to MOST_COUNT, may be absent. */
  readonly takes: "nothing" | "text" | "count";
  /** What to type, and what it does, in the reader's language. */
  readonly usage: (words: HelpWords) => string;
  readonly summary: (words: HelpWords) => string;
  readonly run: (actions: Actions, text: string) => Promise<Problem | null>;
}

/** Events that /history reads back. */
const DEFAULT_COUNT = 20;
export const MOST_COUNT = 500;

/** The one table: grammar, completion, near matches and /help all read it. */
export const COMMANDS: readonly Command[] = [
  {
    name: "ls",
    worksOffline: false,
    aliases: [],
    takes: "nothing",
    usage: ({ help }) => help.ls.usage,
    summary: ({ help }) => help.ls.summary,
    run: (actions) => actions.listUsers(),
  },
  {
    name: "i",
    worksOffline: false,
    aliases: [],
    takes: "nothing",
    usage: ({ help }) => help.ignore.usage,
    summary: ({ help }) => help.ignore.summary,
    run: (actions) => actions.toggleIgnore(),
  },
  {
    name: "reply",
    worksOffline: false,
    aliases: [],
    takes: "text",
    usage: ({ help }) => help.reply.usage,
    summary: ({ help }) => help.reply.summary,
    run: (actions, text) => actions.reply(text),
  },
  {
    name: "history",
    worksOffline: false,
    aliases: [],
    takes: "count",
    usage: ({ help }) => help.history.usage,
    summary: ({ help }) => help.history.summary,
    run: (actions, count) => actions.readBack(count === "" ? DEFAULT_COUNT : Number(count)),
  },
  {
    name: "help",
    worksOffline: true,
    aliases: ["h"],
    takes: "nothing",
    usage: ({ help }) => help.help.usage,
    summary: ({ help }) => help.help.summary,
    run: (actions) => actions.showHelp(),
  },
  {
    name: "quit",
    worksOffline: true,
    aliases: [],
    takes: "nothing",
    usage: ({ help }) => help.quit.usage,
    summary: ({ help }) => help.quit.summary,
    run: (actions) => actions.quit(),
  },
];

/** A row of the server's Help: `name` without slash, "" for plain text and private messages. */
export interface ServerHelpRow extends HelpRow {
  readonly name: string;
  readonly aliases: readonly string[];
}

/** Rows of /help: text, private messages, the table, then what only the server knows. */
export function helpRows(words: HelpWords, fromServer: readonly ServerHelpRow[] = []): readonly HelpRow[] {
  const known = new Set(COMMANDS.flatMap(({ name, aliases }) => [name, ...aliases]));
  const unknown = fromServer.filter(
    ({ name, aliases }) => name !== "" && ![name, ...aliases].some((word) => known.has(word)),
  );
  return [
    words.help.text,
    words.help.private,
    ...COMMANDS.map(({ usage, summary }) => ({ usage: usage(words), summary: summary(words) })),
    ...unknown.map(({ usage, summary }) => ({ usage, summary })),
  ];
}
