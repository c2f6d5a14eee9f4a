/**
 * connectrpc/conformance, the suite that the implementations of Connect, gRPC and gRPC-Web are checked with, against
 * what carries the chat: the port and the adapter behind it. The suite brings a service of its own, so that every kind
 * of RPC, error, header, timeout and malformed request is tried, also those that the chat has no use for. What the chat
 * itself promises is checked by `npm run conformance`.
 *
 * suite.ts installs the runner, config.yaml says what is supported, and server.ts is the program that the runner starts;
 * it serves service.ts by means of serve.ts.
 */
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { buildServer, hasGo, installedSuite, installSuite, SUITE, type Suite } from "./suite.js";

const USAGE = `Usage: npm run connectconformance [-- --require] [--run PATTERN]... [--trace]

Runs connectrpc/conformance against the server's port and adapter. The first run builds it, for which Go is needed.

  --require       fails where Go is missing, instead of skipping
  --run PATTERN   only the cases whose name matches, such as "**/unary/*"
  --trace         shows requests and responses of failed cases
`;

/** A run takes half a minute; the runner itself waits for a case that hangs. */
const LIMIT_MS = 180_000;

const root = join(import.meta.dirname, "../..");

function install(): Suite {
  process.stdout.write(`Installing ${SUITE}\n`);
  return installSuite();
}

function check({ runner, schema }: Suite, options: readonly string[]): number {
  const config = join(import.meta.dirname, "config.yaml");
  const server = [process.execPath, buildServer(join(import.meta.dirname, "server.ts")), schema];
  const args = ["--mode", "server", "--conf", config, ...options, "--", ...server];
  const { status, error } = spawnSync(runner, args, {
    cwd: root,
    stdio: "inherit",
    timeout: LIMIT_MS,
  });
  if (error) process.stderr.write(`${SUITE}: ${error.message}\n`);
  return status ?? 1;
}

const { values } = parseArgs({
  options: {
    require: { type: "boolean" },
    run: { type: "string", multiple: true, default: [] },
    trace: { type: "boolean" },
    help: { type: "boolean" },
  },
});
const suite = values.help ? undefined : (installedSuite() ?? (hasGo() ? install() : undefined));
if (values.help) process.stdout.write(USAGE);
else if (suite) {
  process.stdout.write(`${SUITE}, Node ${process.versions.node}\n`);
  const options = values.run.flatMap((pattern) => ["--run", pattern]);
  process.exitCode = check(suite, values.trace ? [...options, "--trace"] : options);
} else {
  process.stdout.write(`${values.require ? "FAIL" : "skip"} ${SUITE}: Go is missing\n`);
  process.exitCode = values.require ? 1 : 0;
}
