/**
 * The command `parlance`: argv, command, exit code. The only file of the client that ends the process.
 *
 * From the ground up: session/ (the connection), chat/ (the model), i18n/ (words), text/ (lines as text), storage/
 * (files), terminal/ (keys and screen), commands/ (what composes them). No import points the other way.
 */
import { readFileSync } from "node:fs";
import { CommanderError } from "commander";
import type { Context } from "./commands/context.js";
import { EXIT, Failure } from "./commands/exit.js";
import { createProgram } from "./commands/program.js";
import { ConfigError, type Flags, readConfig } from "./config.js";
import { type Catalog, catalogOf, chooseLanguage } from "./i18n/index.js";

const { stdin, stdout, stderr, env } = process;
const argv = process.argv.slice(2);

/** Source and bundle are both one folder below package.json. */
function version(): string {
  const path = new URL("../package.json", import.meta.url);
  return (JSON.parse(readFileSync(path, "utf8")) as { version: string }).version;
}

/** The catalogue for --help and usage errors, chosen before the settings are read. */
function earlyWords(): Catalog {
  const at = argv.findIndex((one) => one === "--lang" || one.startsWith("--lang="));
  const flag = argv[at]?.includes("=") ? argv[at].slice("--lang=".length) : at < 0 ? undefined : argv[at + 1];
  const systemLocale = () => Intl.DateTimeFormat().resolvedOptions().locale;
  return catalogOf(chooseLanguage({ chosen: [flag, env.PARLANCE_LANG], env, systemLocale }));
}

/** The process was asked to end: the command leaves the room first; a second signal ends it at once. */
class Stopped extends Error {
  override readonly name = "Stopped";

  constructor(
    readonly code: number,
    options?: ErrorOptions,
  ) {
    super(`stopped with exit code ${code}`, options);
  }
}

const stop = new AbortController();
/** Another program has the terminal, as git's editor has: ^C reaches both, and is for that one. */
let isLent = false;
async function withoutInterrupts<T>(run: () => Promise<T>): Promise<T> {
  isLent = true;
  try {
    return await run();
  } finally {
    isLent = false;
  }
}
const SIGNALS = { SIGTERM: EXIT.done, SIGHUP: EXIT.hangup, SIGINT: EXIT.interrupt } as const;
for (const [name, code] of Object.entries(SIGNALS)) {
  process.on(name, () => {
    if (name === "SIGINT" && isLent) return;
    if (stop.signal.aborted) process.exit(code);
    stop.abort(new Stopped(code));
  });
}

async function main(): Promise<number> {
  const words = earlyWords();
  let code: number = EXIT.done;
  const run = async (flags: Flags, command: (context: Context) => Promise<number>) => {
    const config = readConfig(flags, env);
    if (!config.color) env.NO_COLOR = "1";
    const context = {
      config,
      words: catalogOf(config.language),
      stdin,
      stdout,
      stderr,
      env,
      signal: stop.signal,
      withoutInterrupts,
    };
    code = await command(context).catch(async (error: unknown) => {
      if (error instanceof Failure || stop.signal.aborted) throw error;
      const { connectionFailure } = await import("./commands/diagnose.js");
      throw (await connectionFailure(error, context)) ?? error;
    });
  };
  // Each command loads only what it needs, for a short start-up.
  const program = createProgram(words, version(), {
    join: (flags) => run(flags, async (context) => (await import("./commands/join.js")).runJoin(context)),
    send: (flags, text, to) =>
      run(flags, async (context) => (await import("./commands/send.js")).runSend(context, text, to)),
    tail: (flags, count, follow) =>
      run(flags, async (context) => (await import("./commands/tail.js")).runTail(context, count, follow)),
    who: (flags) => run(flags, async (context) => (await import("./commands/who.js")).runWho(context)),
    login: (flags) => run(flags, async (context) => (await import("./commands/login.js")).runLogin(context)),
    logout: (flags) =>
      run(flags, async (context) => (await import("./commands/login.js")).runLogout(context)),
    doctor: (flags) =>
      run(flags, async (context) => (await import("./commands/doctor.js")).runDoctor(context, version())),
  });
  try {
    if (argv[0] === "completion" || argv[0] === "complete") {
      (await import("./commands/completion.js")).addCompletion(program);
    }
    await program.parseAsync(argv, { from: "user" });
    return stop.signal.aborted ? (stop.signal.reason as Stopped).code : code;
  } catch (error) {
    if (stop.signal.aborted) return (stop.signal.reason as Stopped).code;
    return fail(error, words);
  }
}

async function fail(error: unknown, words: Catalog): Promise<number> {
  const write = (text: string) => stderr.write(`! ${text}\n`);
  if (error instanceof CommanderError) {
    if (error.exitCode === 0) return EXIT.done;
    write(words.cli.usageError(error.message.replace(/^error: /, "")));
    return EXIT.usage;
  }
  if (error instanceof ConfigError) {
    write(error.message);
    return EXIT.usage;
  }
  if (error instanceof Failure) {
    if (typeof error.problem === "string") write(error.problem);
    else await showProblem(error, words);
    return error.code;
  }
  const code = (await import("./commands/exit-of-error.js")).exitOfError(error);
  // A refusal is shown as its message; a bug with its stack.
  if (code === EXIT.unexpected && error instanceof Error) stderr.write(`${error.stack}\n`);
  else write(error instanceof Error ? error.message : String(error));
  return code;
}

async function showProblem({ problem }: Failure, words: Catalog): Promise<void> {
  if (typeof problem === "string") return;
  const { createPlainWriter } = await import("./terminal/plain.js");
  const nothing = () => {};
  createPlainWriter({ words, stdout, stderr, onClosed: nothing, onError: nothing }).show({
    kind: "problem",
    at: Date.now(),
    problem,
  });
}

// stdout was closed (`parlance tail | head -1`): no failure, no stack trace, and time to log out.
stdout.on("error", (error: NodeJS.ErrnoException) => {
  if (error.code === "EPIPE") stop.abort(new Stopped(EXIT.done, { cause: error }));
});

main().then(
  // Flushes what was written to a pipe before the process ends.
  (code) => stdout.write("", () => stderr.write("", () => process.exit(code))),
  (error: unknown) => {
    stderr.write(`${error instanceof Error ? error.stack : error}\n`);
    process.exit(EXIT.unexpected);
  },
);
