/**
 * The command `parlance`: argv, command, exit code. The only file of the client that ends the process.
 *
 * From the ground up: session/ (the connection), chat/ (the model), i18n/ (words), text/ (lines as text), storage/
 * (files), terminal/ (keys and screen), commands/ (what composes them). No import points the other way.
 */
import { readFileSync } from "node:fs";
import { CommanderError } from "commander";
import type { Context } from "./commands/context.js";
import { EXIT, Failure, type StopCause, Stopped, signalsOf } from "./commands/exit.js";
import { notUtf8 } from "./commands/given.js";
import { watchReader } from "./commands/pipe/reader.js";
import { createProgram } from "./commands/program.js";
import { ConfigError, type Flags, readConfig } from "./config.js";
import { type Catalog, catalogOf, LANGUAGES } from "./i18n/index.js";
import { chooseLanguage } from "./i18n/language.js";
import { isReaderGone } from "./terminal/plain.js";

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
const stopBy = (why: StopCause) => {
  if (!stop.signal.aborted) stop.abort(new Stopped(why));
};
for (const [signal, why] of signalsOf(process.platform)) {
  process.on(signal, () => {
    if (signal === "SIGINT" && isLent) return;
    if (stop.signal.aborted) process.exit(new Stopped(why).code(false));
    stopBy(why);
  });
}

/** What stdout, or else stderr, could not be written for, such as ENOSPC. */
const faults = { stdout: "", stderr: "" };
function onOutputError(error: NodeJS.ErrnoException): void {
  if (!stdout.isTTY && !isReaderGone(error)) faults.stdout ||= error.code ?? error.message;
  // The window was closed; or the reader left (`parlance tail | head -1`), which is no failure. There is time to log out.
  stopBy(stdout.isTTY ? "SIGHUP" : "EPIPE");
}
stdout.on("error", onOutputError);
stderr.on("error", (error) => {
  // Without a reader of stderr there is nothing to do.
  if (!isReaderGone(error)) faults.stderr ||= error.code ?? error.message;
});
const onReaderLeft = () => stopBy("EPIPE");

async function main(words: Catalog): Promise<number> {
  let code: number = EXIT.done;
  const run = async (flags: Flags, command: (context: Context) => Promise<number>, waits = false) => {
    const config = readConfig(flags, env);
    if (!config.color) env.NO_COLOR = "1";
    if (waits) watchReader(onReaderLeft);
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
    join: (flags) =>
      run(flags, async (context) => (await import("./commands/join.js")).runJoin(context), true),
    send: (flags, text, to) =>
      run(flags, async (context) => (await import("./commands/send.js")).runSend(context, text, to)),
    tail: (flags, count, follow) =>
      run(
        flags,
        async (context) => (await import("./commands/tail.js")).runTail(context, count, follow),
        follow,
      ),
    who: (flags) => run(flags, async (context) => (await import("./commands/who.js")).runWho(context)),
    login: (flags) => run(flags, async (context) => (await import("./commands/login.js")).runLogin(context)),
    logout: (flags) =>
      run(flags, async (context) => (await import("./commands/login.js")).runLogout(context)),
    doctor: (flags) =>
      run(flags, async (context) => (await import("./commands/doctor.js")).runDoctor(context, version())),
  });
  try {
    const altered = notUtf8({ argv, env });
    if (altered !== undefined) throw new Failure(EXIT.usage, words.cli.givenNotUtf8(altered));
    if (argv[0] === "completion" || argv[0] === "complete") {
      const { addCompletion } = await import("./commands/completion.js");
      addCompletion(program, { languages: LANGUAGES, write: (text) => stdout.write(text) });
    }
    await program.parseAsync(argv, { from: "user" });
    return stop.signal.aborted ? stopReason().code(code === EXIT.done) : code;
  } catch (error) {
    if (stop.signal.aborted) return stopReason().code(false);
    return fail(error, words);
  }
}

const stopReason = () => stop.signal.reason as Stopped;

async function fail(error: unknown, words: Catalog): Promise<number> {
  const write = (text: string) => stderr.write(`! ${text}\n`);
  if (error instanceof CommanderError) {
    if (error.exitCode === 0) return EXIT.done;
    const message = error.message.replace(/^error: /, "").replace(/\s*\n\s*/g, " ");
    write(words.cli.usageError(message, error.code));
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

/** How long a reader that does not read may keep a program from ending that was asked to, ms. */
const FLUSH_MS = 1_000;

/**
 * What was written to a pipe reaches it before the process ends, and a failure to write is known. Returns whether all was
 * written.
 */
async function flush(): Promise<boolean> {
  await new Promise(setImmediate);
  const flushed = [stdout, stderr]
    .filter((stream) => stream.writableLength > 0)
    .map((stream) => new Promise<void>((done) => stream.write("", () => done())));
  const { signal } = stop;
  const late = new Promise<boolean>((done) => {
    const wait = () => setTimeout(done, FLUSH_MS, false);
    if (signal.aborted) wait();
    else signal.addEventListener("abort", wait, { once: true });
  });
  return Promise.race([Promise.all(flushed).then(() => true), late]);
}

async function run(): Promise<number> {
  const words = earlyWords();
  const code = await main(words).catch((error: unknown) => {
    stderr.write(`${error instanceof Error ? error.stack : error}\n`);
    return EXIT.unexpected;
  });
  const isWritten = await flush();
  if (!isWritten && code === EXIT.done) return stopReason().code(false);
  if (faults.stdout === "") return code === EXIT.done && faults.stderr !== "" ? EXIT.unexpected : code;
  stderr.write(`! ${words.cli.cannotWrite(faults.stdout)}\n`);
  await flush();
  return EXIT.unexpected;
}

run().then((code) => process.exit(code));
