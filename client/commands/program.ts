import { Argument, Command, InvalidArgumentError, Option } from "commander";
import { MAX_COUNT } from "../chat/input/commands.js";
import { suggest } from "../chat/input/suggest.js";
import { type Flags, JOINS, NOTIFY, TIME, WRAP } from "../config.js";
import type { Catalog } from "../i18n/index.js";
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
  program.addHelpText("after", `\n${cli.environment}\n\n${cli.exitCodes}`);
  common(program, words, "join");
  program.version(version, "-V, --version", cli.options.version);

  const command = (name: keyof Handlers, description: string) =>
    common(program.command(name).description(description), words, name);
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
  localHelp(completion, words);
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
  add("server", "-s, --server <address>", options.server);
  add("nick", `${name === "tail" ? "" : "-n, "}--nick <nickname>`, options.nick);
  add("ca", "--ca <file>", options.ca);
  add("invite", "--invite <code>", options.invite);
  add("lang", "--lang <language>", options.lang);
  add("json", "--json", options.json);
  add("plain", "--plain", options.plain);
  add("color", "--no-color", options.noColor);
  add("notify", "--notify <when>", options.notify, NOTIFY);
  add("time", "--time <format>", options.time, TIME);
  add("wrap", "--wrap <how>", options.wrap, WRAP);
  add("joins", "--joins <which>", options.joins, JOINS);
  return localHelp(command, words);
}

function localHelp(command: Command, { cli }: Catalog): Command {
  return command
    .helpOption("-h, --help", cli.options.help)
    .configureHelp({
      styleTitle: (title) => cli.titles[title] ?? title,
      // Choices and defaults are part of the descriptions, in the reader's language.
      optionDescription: (option) => option.description,
    })
    .configureOutput({ outputError: () => {} })
    .allowExcessArguments(false)
    .exitOverride();
}

function parseCount(typed: string): number {
  const count = Number(typed);
  if (!/^\d+$/.test(typed) || count > MAX_COUNT) throw new InvalidArgumentError(`0-${MAX_COUNT}`);
  return count;
}
