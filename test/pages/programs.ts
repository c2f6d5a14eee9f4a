/** The programs of the project, asked whether they take a command that a page mentions: by their own parsers. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { readOptions } from "../../bench/options.js";
import { createProgram, type Handlers } from "../../client/commands/program.js";
import { catalogOf, LANGUAGES } from "../../client/i18n/index.js";
import { readCommand } from "../../server/cli/arguments.js";
import { usage } from "../../server/cli/help.js";
import { commands as moderateCommands } from "../../server/cli/moderate/commands.js";
import { moderateFlags, moderateUsage } from "../../server/cli/moderate/moderate.js";
import { settings } from "../../server/cli/settings.js";
import { type Page, root, stepsOf } from "./page.js";

const { scripts } = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as {
  scripts: Record<string, string>;
};

/** What pages write for a value that the reader knows. */
const VALUES: Readonly<Record<string, string>> = {
  "...": "",
  DURATION: "10m",
  ENTRY: "open",
  "HOST:PORT": "127.0.0.1:9464",
  ID: "bakedo",
  NUMBER: "1",
  STORE: "redis://127.0.0.1:6379",
  WHO: "everyone",
  "<shell>": "bash",
  // An empty file will do.
  "server.toml": "/dev/null",
};

/** Words as a shell makes them of what pages have; what follows a pipe is another command. */
function wordsOf(command: string): string[] {
  const [first = ""] = command.replace(",...", "").split(/ (?:\||&&|>) /);
  return [...first.matchAll(/'([^']*)'|"([^"]*)"|(\S+)/g)]
    .map(([, single, double, bare]) => single ?? double ?? VALUES[bare!] ?? bare!)
    .filter((word) => word !== "");
}

/** Whether it only names a program, or a subcommand, which is not a command to enter. */
function isName(command: string): boolean {
  const [, program = "", name] =
    /^(?:npx )?(parlance|parlance-server(?: moderate)?)(?: ([a-z-]+))?(?: \.\.\.)?$/.exec(command) ?? [];
  return program !== "" && (name === undefined || namesOf(program).includes(name));
}

const namesOf = (program: string): readonly string[] =>
  program in subcommands ? subcommands[program as keyof typeof subcommands] : [];

/** Why the program does not take a command; undefined if it does, or is not one of ours. */
export async function refusalOf(command: string): Promise<string | undefined> {
  if (isName(command)) return undefined;
  const [program = "", ...words] = wordsOf(command.replace(/^(npx )?/, ""));
  try {
    if (program === "parlance") await takeByClient(words);
    else if (program === "parlance-server") readCommand(words, {});
    else if (program === "npm") takeByNpm(words);
    else if (command.startsWith("npx ") && !installed.includes(program)) return `${program} is not installed`;
    return undefined;
  } catch (error) {
    return String(error);
  }
}

/** Commands that `npm ci` installs. */
const installed = readdirSync(join(root, "node_modules/.bin"));

const done = async () => {};
const handlers: Handlers = {
  join: done,
  send: done,
  tail: done,
  who: done,
  login: done,
  logout: done,
  doctor: done,
};

async function takeByClient(words: readonly string[]): Promise<void> {
  let printed = "";
  const program = createProgram(catalogOf("en"), "0.0.0", handlers);
  for (const one of [program, ...program.commands])
    one.configureOutput({ writeOut: (text) => (printed += text), writeErr: (text) => (printed += text) });
  program.commands.find((one) => one.name() === "completion")!.action(done);
  try {
    await program.parseAsync(words, { from: "user" });
  } catch (error) {
    // Help and version end the program in this way.
    if (!(error instanceof Error && "exitCode" in error && error.exitCode === 0)) throw error;
  }
}

/** npm's own commands that pages mention. */
const NPM = ["audit", "ci", "deprecate", "install", "pack", "publish", "uninstall", "version"];

function takeByNpm([verb, ...words]: readonly string[]): void {
  if (verb === undefined) return;
  if (verb !== "run") {
    if (!NPM.includes(verb) && scripts[verb] === undefined) throw new Error(`npm has no ${verb}`);
    return;
  }
  const [script = "", ...rest] = words;
  if (script === "") return;
  const source = scripts[script];
  if (source === undefined) throw new Error(`package.json has no script ${script}`);
  const options = rest.filter((word) => word !== "--");
  if (script === "bench") readOptions(options);
  const unknown = options.filter((word) => word.startsWith("--") && !optionsOf(source).includes(word));
  if (unknown.length > 0) throw new Error(`${script} has no ${unknown[0]}`);
}

/** Options of the program of a script: those of ours have all of them in one table. */
function optionsOf(script: string): string[] {
  const file = /\S+\.ts\b/.exec(script)?.[0];
  if (file === undefined) return [];
  if (file === "server/main.ts") return serverOptions;
  if (file === "client/main.ts") return clientOptions;
  const source = readFileSync(join(root, file === "bench/main.ts" ? "bench/options.ts" : file), "utf8");
  return [...source.matchAll(/^\s+"?([\w-]+)"?: \{ type: "(?:string|boolean)"/gm)].map(
    ([, name]) => `--${name}`,
  );
}

const serverOptions = [
  ...settings.map(([, { flag }]) => flag),
  ...Object.keys(moderateFlags),
  "config",
  "help",
  "version",
].map((name) => `--${name}`);

const client = createProgram(catalogOf("en"), "0.0.0", handlers);
const clientOptions = [client, ...client.commands].flatMap((one) => [
  ...one.options.flatMap(({ long, short }) => [long ?? "", short ?? ""]),
  "--help",
]);

/** Every option of every program of the project. */
export const allOptions: ReadonlySet<string> = new Set([
  ...serverOptions,
  ...clientOptions,
  ...Object.values(scripts).flatMap(optionsOf),
]);

/** What each program prints for --help, in each language. */
export function helpTexts(): string[] {
  const texts = LANGUAGES.flatMap((language) => {
    const program = createProgram(catalogOf(language), "0.0.0", handlers);
    return [program, ...program.commands].map((one) => {
      let printed = "";
      one.configureOutput({ writeOut: (text) => (printed += text) }).outputHelp();
      return printed;
    });
  });
  return [...texts, usage(), ...subcommands["parlance-server"].map((verb) => usage(verb)), moderateUsage()];
}

/** The examples of --help, as a page: a block for each program and subcommand. */
export function helpPage(): Page {
  const known = new Set<string>();
  const blocks = helpTexts().map((text) => {
    const examples = /^(?:Examples:|示例：)\n((?: .*\n)+)/m.exec(text)?.[1] ?? "";
    const commands = examples.split("\n").map((line) => line.trim().replace(/ {2,}.*/, ""));
    const more = commands.filter((command) => !known.has(command));
    for (const command of more) known.add(command);
    return { steps: more.flatMap(stepsOf), shown: undefined };
  });
  const path = "--help";
  return {
    path,
    prose: "",
    blocks: blocks.filter(({ steps }) => steps.length > 0),
    spans: [],
    unreadable: [],
  };
}

/** Names of the subcommands of `parlance`, `parlance-server` and its `moderate`. */
export const subcommands: Readonly<
  Record<"parlance" | "parlance-server" | "parlance-server moderate", readonly string[]>
> = {
  parlance: client.commands.map((one) => one.name()),
  "parlance-server": ["backup", "check", "config", "health", "moderate", "salvage", "status"],
  "parlance-server moderate": Object.keys(moderateCommands),
};
