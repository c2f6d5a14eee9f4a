/** The commands of the input line: one table for parsing, completion, suggestions and /help. */
import type { HelpRow, Problem } from "./line.js";

/** The part of a catalogue that /help is made of, in one language. */
export interface HelpWords {
  readonly help: Readonly<
    Record<"text" | "private" | "ls" | "ignore" | "reply" | "history" | "help" | "quit", HelpRow>
  >;
}

/** What commands do; provided by the chat. Each resolves with the problem, or null. */
export interface Actions {
  listUsers(): Promise<Problem | null>;
  showHelp(): Promise<Problem | null>;
  /** Ignores group chat if it is shown, and the other way round. */
  toggleIgnore(): Promise<Problem | null>;
  /** Replies to the person of the last private message. */
  reply(text: string): Promise<Problem | null>;
  /** Shows `count` earlier events, further back each time. */
  readHistory(count: number): Promise<Problem | null>;
  quit(): Promise<Problem | null>;
}

export interface Command {
  /** Without its slash. */
  readonly name: string;
  /** Accepted, but neither listed nor completed. */
  readonly aliases: readonly string[];
  /** Whether it needs no connection. */
  readonly worksOffline: boolean;
  /** Its argument: "nothing" makes the command the whole line; a count, 1 to MAX_COUNT, is optional. */
  readonly takes: "nothing" | "text" | "count";
  /** Its usage and summary in the catalogue. */
  readonly help: keyof HelpWords["help"];
  readonly run: (actions: Actions, argument: string) => Promise<Problem | null>;
}

/** Events that /history reads by default, and at most: as much as fits into a terminal's scrollback. */
const DEFAULT_COUNT = 20;
export const MAX_COUNT = 500;

export const COMMANDS: readonly Command[] = [
  {
    name: "ls",
    aliases: [],
    worksOffline: false,
    takes: "nothing",
    help: "ls",
    run: (actions) => actions.listUsers(),
  },
  {
    name: "i",
    aliases: [],
    worksOffline: false,
    takes: "nothing",
    help: "ignore",
    run: (actions) => actions.toggleIgnore(),
  },
  {
    name: "reply",
    aliases: [],
    worksOffline: false,
    takes: "text",
    help: "reply",
    run: (actions, text) => actions.reply(text),
  },
  {
    name: "history",
    aliases: [],
    worksOffline: false,
    takes: "count",
    help: "history",
    run: (actions, count) => actions.readHistory(count === "" ? DEFAULT_COUNT : Number(count)),
  },
  {
    name: "help",
    aliases: ["h"],
    worksOffline: true,
    takes: "nothing",
    help: "help",
    run: (actions) => actions.showHelp(),
  },
  {
    name: "quit",
    aliases: [],
    worksOffline: true,
    takes: "nothing",
    help: "quit",
    run: (actions) => actions.quit(),
  },
];

/** A row of the server's Help response: `name` without slash, "" for plain text and private messages. */
export interface ServerHelpRow extends HelpRow {
  readonly name: string;
  readonly aliases: readonly string[];
}

/** Rows of /help: text, private messages, the table, then the commands that only the server knows. */
export function helpRows({ help }: HelpWords, fromServer: readonly ServerHelpRow[] = []): readonly HelpRow[] {
  const known = new Set(COMMANDS.flatMap(({ name, aliases }) => [name, ...aliases]));
  const unknown = fromServer.filter(
    ({ name, aliases }) => name !== "" && ![name, ...aliases].some((word) => known.has(word)),
  );
  return [
    help.text,
    help.private,
    ...COMMANDS.map((command) => help[command.help]),
    ...unknown.map(({ usage, summary }) => ({ usage, summary })),
  ];
}
