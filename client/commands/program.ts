import { Argument, Command, Help, InvalidArgumentError, Option } from "commander";
import { MAX_COUNT } from "../chat/input/commands.js";
import { suggest } from "../chat/input/suggest.js";
import { type Flags, JOINS, KEYS, NOTIFY, TIME, WRAP } from "../config.js";
import type { Catalog } from "../i18n/index.js";
import { HANG, wrapText } from "../terminal/screen/wrap.js";
import { cellWidth } from "../text/cells.js";
import { EXIT, Failure } from "./exit.js";

/** What each command does with the flags and arguments of the command line. */
export interface Handlers {
  join(flags: Flags): Promise<void>;
  send(flags: Flags, text: readonly string[], to: string | undefined): Promise<void>;
  tail(flags: Flags, count: number, follow: boolean): Promise<void>;
  who(flags: Flags): Promise<void>;
  login(flags: Flags): Promise<void>;
  logout(flags: Flags): Promise<void>;
  doctor(flags: Flags): Promise<void>;
}

/** Events that `tail` prints by default. */
const DEFAULT_EVENTS = 50;

/** The command line. */
export function createProgram(words: Catalog, version: string, handlers: Handlers): Command {
  const { cli } = words;
  const program = new Command("parlance");
  // Positional: `tail -n` is a count, `-n` before a command the nickname.
  program.enablePositionalOptions().description(cli.about).usage("[command] [options]");
  program.helpCommand("help [command]", cli.helpCommand);
  const more = [cli.environment, cli.settingsFile(KEYS), cli.exitCodes];
  addExamples(program, words, "program");
  program.addHelpText("after", () => {
    const columns = helpColumns(program.configureOutput().getOutHelpWidth?.());
    return more.map((text) => `\n${wrapped(text, columns)}`).join("\n");
  });
  common(program, words, "join");
  program.version(version, "-V, --version", cli.options.version);

  const command = (name: keyof Handlers, description: string) => {
    const one = common(program.command(name).description(description), words, name);
    if (name !== "join") addExamples(one, words, name);
    return one;
  };
  const flagsOf = (one: Command): Flags => {
    const before = program.opts<Flags>();
    const after = one.opts<Flags>();
    return { ...before, ...after, color: before.color !== false && after.color !== false };
  };

  const join = command("join", cli.join);
  join.action(() => handlers.join(flagsOf(join)));
  // What is no command arrives here as an argument.
  program.argument("[words...]").action((typed: readonly string[]) => {
    const [word] = typed;
    if (word === undefined) return handlers.join(flagsOf(program));
    const names = program.commands.map((one) => one.name());
    throw new Failure(EXIT.usage, cli.unknownCommand(word, suggest(word.toLowerCase(), names)));
  });

  const send = command("send", cli.send).argument("<text...>", cli.arguments.text);
  send.option("-t, --to <nickname>", cli.options.to);
  send.action((text: string[]) => handlers.send(flagsOf(send), text, send.opts<{ to?: string }>().to));

  const tail = command("tail", cli.tail);
  tail.addOption(
    new Option("-n, --count <count>", cli.options.count).default(DEFAULT_EVENTS).argParser(parseCount),
  );
  tail.option("-f, --follow", cli.options.follow);
  tail.action(() => {
    const { count, follow } = tail.opts<{ count: number; follow?: boolean }>();
    return handlers.tail(flagsOf(tail), count, follow ?? false);
  });

  for (const name of ["who", "login", "logout", "doctor"] as const) {
    const one = command(name, cli[name]);
    one.action(() => handlers[name](flagsOf(one)));
  }

  const completion = program.command("completion").description(cli.completion);
  completion.addArgument(
    new Argument("<shell>", cli.arguments.shell).choices(["bash", "zsh", "fish", "powershell"]),
  );
  addExamples(localHelp(completion, words), words, "completion");
  return program;
}

/** The settings that --help of a command lists. All commands accept all, which need not be named for each. */
const LISTED: Readonly<Record<keyof Handlers, readonly (keyof Flags)[] | "all">> = {
  join: "all",
  send: ["server", "nick", "ca", "invite", "lang", "json"],
  tail: ["server", "nick", "ca", "invite", "lang", "json", "time"],
  who: ["server", "nick", "ca", "invite", "lang", "json"],
  login: ["server", "nick", "ca", "invite", "lang"],
  logout: ["server", "nick", "ca", "lang"],
  doctor: ["server", "nick", "ca", "invite", "lang"],
};

/** Options of every command. In `tail`, `-n` is the count. */
function common(command: Command, words: Catalog, name: keyof Handlers): Command {
  const { options } = words.cli;
  const listed = LISTED[name];
  const add = (key: keyof Flags, flags: string, description: string, choices?: readonly string[]) => {
    const option = new Option(flags, description);
    if (choices) option.choices(choices);
    command.addOption(option.hideHelp(listed !== "all" && !listed.includes(key)));
  };
  if (name === "join") command.optionsGroup("Server and login:");
  add("server", "-s, --server <address>", options.server);
  add("nick", `${name === "tail" ? "" : "-n, "}--nick <nickname>`, options.nick);
  add("invite", "--invite <code>", options.invite);
  add("ca", "--ca <file>", options.ca);
  if (name === "join") command.optionsGroup("Screen and output:");
  add("lang", "--lang <language>", options.lang);
  add("time", "--time <format>", options.time, TIME);
  add("joins", "--joins <which>", options.joins, JOINS);
  add("notify", "--notify <what>", options.notify, NOTIFY);
  add("wrap", "--wrap <how>", options.wrap, WRAP);
  add("color", "--no-color", options.noColor);
  add("plain", "--plain", options.plain);
  add("json", "--json", options.json);
  if (name === "join") command.optionsGroup("Other:");
  return localHelp(command, words);
}

/** Width of --help: that of the terminal, but wider lines are harder to read. */
const helpColumns = (terminal = 80) => Math.min(terminal, 80);

/** Lines of --help, wrapped as messages are, since Chinese has no spaces to wrap at; rows are indented to the last column. */
function wrapped(text: string, columns: number): string {
  const hang = (line: string) => line.replace(/^ *(?:\S+ {2,})?/, (before) => `${before}${HANG}`);
  return text
    .split("\n")
    .map((line) => wrapText(hang(line), columns))
    .join("\n");
}

function addExamples(command: Command, { cli }: Catalog, name: keyof Catalog["cli"]["examples"]): void {
  const lines = cli.examples[name].map((line) => `  ${line}`);
  command.addHelpText("after", ["", cli.titles.examples, ...lines].join("\n"));
}

function localHelp(command: Command, { cli }: Catalog): Command {
  return command
    .helpOption("-h, --help", cli.options.help)
    .configureHelp({
      prepareContext(this: Help, { helpWidth }) {
        this.helpWidth = helpColumns(helpWidth);
      },
      styleTitle: (title) => cli.titles[title] ?? title,
      commandUsage: (one) =>
        new Help().commandUsage(one).replace(/\[(?:command|options)\]/g, (word) => cli.titles[word] ?? word),
      // That each command has options goes without saying.
      subcommandTerm: (one) => [one.name(), ...one.registeredArguments.map(termOf)].join(" "),
      displayWidth: (text) => cellWidth(text),
      boxWrap: wrapped,
      // Choices and defaults are part of the descriptions, in the reader's language.
      optionDescription: (option) => option.description,
      argumentDescription: (argument) => argument.description,
    })
    .configureOutput({ outputError: () => {} })
    .allowExcessArguments(false)
    .exitOverride();
}

/** An argument as a usage line shows it. */
function termOf(argument: Argument): string {
  const name = `${argument.name()}${argument.variadic ? "..." : ""}`;
  return argument.required ? `<${name}>` : `[${name}]`;
}

function parseCount(typed: string): number {
  const count = Number(typed);
  if (!/^\d+$/.test(typed) || count > MAX_COUNT) throw new InvalidArgumentError(`0-${MAX_COUNT}`);
  return count;
}
