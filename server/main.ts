import { createInterface } from "node:readline/promises";
import { createApp, hasPage } from "./app.js";
import { type Command, readCommand } from "./cli/arguments.js";
import { runHealth } from "./cli/health.js";
import { usage } from "./cli/help.js";
import { type Checked, runBackup, runCheck, runSalvage, runSharedCheck } from "./cli/maintenance.js";
import { moderateUsage, runModerate } from "./cli/moderate/moderate.js";
import { nodeWarning } from "./cli/node-version.js";
import { type Config, ConfigError } from "./cli/settings.js";
import { StartError } from "./cli/start-error.js";
import { runStatus } from "./cli/status.js";
import { fromThisMachine } from "./cli/values.js";
import { createJsonLog } from "./ops/json-log.js";
import { createLibraryOutput } from "./ops/library-output.js";
import { createLog, type Log, withFields } from "./ops/log.js";
import type { Owner, OwnerOptions } from "./owner.js";
import { WORKER_VARIABLE } from "./processes/messages.js";
import { systemClock, systemIds } from "./system.js";
import { version } from "./version.js";

const EXIT_FAILED = 1;
const EXIT_USAGE = 2;

function joinHint(url: string, isPage: boolean): string {
  const { hostname } = new URL(url);
  const host = hostname.replace(/^\[(.*)\]$/, "$1");
  const here = fromThisMachine({ host, port: 0 }).host;
  // Of all addresses, none is one to join at: that of this machine is shown, and how others find it.
  const isEverywhere = here !== host;
  const address = isEverywhere ? url.replace(hostname, here.includes(":") ? `[${here}]` : here) : url;
  return [
    `parlance-server ${version()} on Node ${process.versions.node} listens on ${url}`,
    "",
    "Join from another terminal:",
    `  parlance --server ${address}`,
    "or, in a checkout:",
    `  npm run chat -- --server ${address}`,
    ...(isPage ? ["or in a browser:", `  ${address}`] : []),
    ...(isEverywhere
      ? [
          "or from another machine, by the name or address of this one:",
          `  parlance --server ${url.replace(hostname, "NAME")}`,
        ]
      : []),
    "",
  ].join("\n");
}

async function serve(config: Config): Promise<void> {
  const log = await openLog(config);
  takeOver(log);
  const warning = nodeWarning(process.versions.node, Date.now());
  if (warning !== undefined) log.warn(warning);
  const app = await (config.processes === 1 ? createApp({ config, log }) : openOwner({ config, log }));
  // Before it is announced: a program that reads the announcement may stop the server at once.
  stopOnSignal(app, (signal) => log.info("stopping", { signal }));
  // Without a certificate, SIGHUP ends the process, as the end of a terminal should.
  if (app.reloadTls) process.on("SIGHUP", app.reloadTls);
  const { url } = await app.listen();
  process.stdout.write(joinHint(url, hasPage(config)));
}

/** With what only a server of several processes needs. */
async function openOwner(options: OwnerOptions): Promise<Owner> {
  const { createOwner } = await import("./owner.js");
  return createOwner(options);
}

/** In a process that a server with --processes started; its settings are those of that server. */
async function serveAsWorker(): Promise<void> {
  const { meetOwner, runWorker } = await import("./worker.js");
  const owner = await meetOwner();
  const { config, number } = owner.start;
  process.title = `parlance-server: worker ${number}`;
  const log = withFields(await openLog(config), { worker: number });
  takeOver(log);
  // The end of a terminal reaches the first process, too.
  process.on("SIGINT", () => undefined);
  process.on("SIGHUP", () => undefined);
  const worker = await runWorker({ owner, log, exit: (code) => process.exit(code) });
  process.on("SIGTERM", worker.terminate);
}

/** The log on stderr. On POSIX, stderr is written before the call returns, so that nothing is lost when the process exits. */
async function openLog({ logLevel, logFormat }: Config): Promise<Log> {
  // A full disk or a closed pipe costs the log, not the server.
  process.stderr.on("error", () => undefined);
  const write = (line: string) => process.stderr.write(line);
  const isText = logFormat === "auto" ? process.stderr.isTTY : logFormat === "text";
  return isText ? createLog(logLevel, write) : createJsonLog(logLevel, write);
}

/** Everything that Node and the libraries would print goes through the log; a defect ends the process with one record. */
function takeOver(log: Log): void {
  const output = createLibraryOutput(log, systemClock);
  output.capture(console);
  // Node's own listener prints.
  process.removeAllListeners("warning");
  process.on("warning", output.warning);
  process.on("uncaughtException", (error: unknown) => {
    log.error("fault: the server ends", { error: error instanceof Error ? error : String(error) });
    process.exit(EXIT_FAILED);
  });
}

/** The first signal drains the server and closes it, a second one closes it at once; then the process ends. */
function stopOnSignal(app: Owner, tell: (signal: string) => void): void {
  let signals = 0;
  for (const signal of ["SIGTERM", "SIGINT"] as const) {
    process.on(signal, () => {
      signals++;
      if (signals > 2) return;
      tell(signal);
      const drained = signals === 1 ? app.drain() : Promise.resolve();
      drained
        .then(() => app.close())
        .then(
          () => process.exit(0),
          (error: unknown) => fail(error),
        );
    });
  }
}

function fail(error: unknown): void {
  if (error instanceof ConfigError) {
    process.stderr.write(`parlance-server: ${error.message} (see --help)\n`);
    process.exit(EXIT_USAGE);
  }
  const message = error instanceof StartError ? error.message : `fault: ${(error as Error)?.stack ?? error}`;
  process.stderr.write(`parlance-server: ${message}\n`);
  process.exit(EXIT_FAILED);
}

/** Undefined without a terminal. */
async function ask(question: string): Promise<boolean | undefined> {
  if (!process.stdin.isTTY || !process.stderr.isTTY) return undefined;
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  const answer = await terminal.question(`${question} [y/N] `);
  terminal.close();
  return /^y(es)?$/i.test(answer.trim());
}

function show({ sound, report }: Checked): void {
  process.stdout.write(report);
  if (!sound) process.exitCode = EXIT_FAILED;
}

async function run(command: Command): Promise<void> {
  switch (command.kind) {
    case "help":
      process.stdout.write(usage(command.verb));
      return;
    case "version":
      process.stdout.write(`parlance-server ${version()}\n`);
      return;
    case "backup":
      process.stdout.write(runBackup(command.from, command.target));
      return;
    case "salvage":
      process.stdout.write(runSalvage(command.path, command.target));
      return;
    case "check":
      return show(runCheck(command.path));
    case "shared check":
      return show(await runSharedCheck(command, { clock: systemClock, ids: systemIds }));
    case "status":
      process.stdout.write(await runStatus(command.metrics));
      return;
    case "health":
      process.stdout.write(await runHealth(command.target));
      return;
    case "moderate":
      process.stdout.write(await runModerate(command.moderate, ask));
      return;
    case "moderate help":
      process.stdout.write(moderateUsage());
      return;
    case "config":
      process.stdout.write(command.report);
      return;
    case "serve":
      return serve(command.config);
  }
}

try {
  if (process.env[WORKER_VARIABLE]) await serveAsWorker();
  else await run(readCommand(process.argv.slice(2), process.env));
} catch (error) {
  fail(error);
}
