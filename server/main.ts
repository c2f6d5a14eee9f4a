import { readFileSync } from "node:fs";
import { type App, createApp } from "./app.js";
import { type Config, ConfigError, readCommand, usage } from "./config.js";
import { createLog } from "./ops/log.js";
import { StartError } from "./start-error.js";

const EXIT_FAILED = 1;
const EXIT_USAGE = 2;

function version(): string {
  // The same distance from server/main.ts and from dist/parlance-server.js.
  const file = new URL("../package.json", import.meta.url);
  return (JSON.parse(readFileSync(file, "utf8")) as { version: string }).version;
}

function joinHint(url: string): string {
  return [
    `parlance-server ${version()} listens on ${url}`,
    "",
    "Join from another terminal:",
    `  npx -p parlance-chat parlance --server ${url}`,
    "or, in a checkout:",
    `  npm run chat -- --server ${url}`,
    "",
  ].join("\n");
}

async function serve(config: Config): Promise<void> {
  const log = createLog(config.logLevel, (line) => process.stderr.write(line));
  const app = await createApp({ config, log });
  const { url } = await app.listen();
  process.stdout.write(joinHint(url));
  stopOnSignal(app, (signal) => log.info("stopping", { signal }));
}

/** Goodbye to everyone, once; then the process ends by itself, for nothing is left to do. */
function stopOnSignal(app: App, tell: (signal: string) => void): void {
  let stopping = false;
  for (const signal of ["SIGTERM", "SIGINT"] as const) {
    process.on(signal, () => {
      if (stopping) return;
      stopping = true;
      tell(signal);
      app.close().then(
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

try {
  const command = readCommand(process.argv.slice(2), process.env);
  if (command.kind === "help") process.stdout.write(usage());
  else if (command.kind === "version") process.stdout.write(`parlance-server ${version()}\n`);
  else await serve(command.config);
} catch (error) {
  fail(error);
}
