import type { HelpRow, Problem } from "./line.js";

/** The part of a catalogue that /help is made of, in one language. */
export interface HelpWords {
  readonly help: Readonly<Record<"text" | "private" | "ls" | "ignore" | "reply" | "help" | "quit", HelpRow>>;
}

/** What commands can do; whoever runs a client provides it. Each answers what went wrong, or null. */
export interface Actions {
  listUsers(): Promise<Problem | null>;
  showHelp(): Promise<Problem | null>;
  /** Switches group chat to the other state than now. */
  toggleIgnore(): Promise<Problem | null>;
  /** Answers the last private message. */
  reply(text: string): Promise<Problem | null>;
  quit(): Promise<Problem | null>;
}

export interface Command {
  /** Without its slash. */
  readonly name: string;
  /** Understood, neither listed nor completed. */
  readonly aliases: readonly string[];
  /** Whether it can be done without a connection. */
  readonly worksOffline: boolean;
  /** Whether text follows; without it a command is the whole line. */
  readonly takesText: boolean;
  /** What to type, and what it does, in the reader's language. */
  readonly usage: (words: HelpWords) => string;
  readonly summary: (words: HelpWords) => string;
  readonly run: (actions: Actions, text: string) => Promise<Problem | null>;
}

/** The one table: grammar, completion, near matches and /help all read it. */
export const COMMANDS: readonly Command[] = [
  {
    name: "ls",
    worksOffline: false,
    aliases: [],
    takesText: false,
    usage: ({ help }) => help.ls.usage,
    summary: ({ help }) => help.ls.summary,
    run: (actions) => actions.listUsers(),
  },
  {
    name: "i",
    worksOffline: false,
    aliases: [],
    takesText: false,
    usage: ({ help }) => help.ignore.usage,
    summary: ({ help }) => help.ignore.summary,
    run: (actions) => actions.toggleIgnore(),
  },
  {
    name: "reply",
    worksOffline: false,
    aliases: [],
    takesText: true,
    usage: ({ help }) => help.reply.usage,
    summary: ({ help }) => help.reply.summary,
    run: (actions, text) => actions.reply(text),
  },
  {
    name: "help",
    worksOffline: true,
    aliases: ["h"],
    takesText: false,
    usage: ({ help }) => help.help.usage,
    summary: ({ help }) => help.help.summary,
    run: (actions) => actions.showHelp(),
  },
  {
    name: "quit",
    worksOffline: true,
    aliases: [],
    takesText: false,
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
