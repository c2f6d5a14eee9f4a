import { execFileSync, spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, renameSync } from "node:fs";
import { join } from "node:path";
import { buildSync } from "esbuild";

const MODULE = "connectrpc.com/conformance";
const VERSION = "v1.0.7";
export const SUITE = `connectconformance ${VERSION}`;

const root = join(import.meta.dirname, "../..");
const cache = join(root, "node_modules/.cache/connectconformance");
const folder = join(cache, VERSION);

/** Files that the suite consists of. */
export interface Suite {
  /** The program that sends the requests and checks the responses. */
  readonly runner: string;
  /** Its schema, as `buf build` writes it. */
  readonly schema: string;
}

/** Where the suite is kept once it has been installed; undefined before. */
export function installedSuite(): Suite | undefined {
  return existsSync(folder) ? filesIn(folder) : undefined;
}

export function hasGo(): boolean {
  return spawnSync("go", ["version"]).error === undefined;
}

/** Builds the runner and reads its schema from the same Go module, so that the two always match. */
export function installSuite(): Suite {
  mkdirSync(cache, { recursive: true });
  // An interrupted installation must not look like a finished one.
  const unfinished = mkdtempSync(join(cache, "unfinished-"));
  const { schema } = filesIn(unfinished);
  run("go", ["install", "-ldflags=-s -w", `${MODULE}/cmd/connectconformance@${VERSION}`], {
    GOBIN: unfinished,
  });
  const download = run("go", ["mod", "download", "-json", `${MODULE}@${VERSION}`]);
  const { Dir: source } = JSON.parse(download) as { Dir: string };
  run(join(root, "node_modules/.bin/buf"), ["build", join(source, "proto"), "-o", schema]);
  renameSync(unfinished, folder);
  return filesIn(folder);
}

/**
 * Bundles the server under test and returns the file. The runner gives each of the servers it starts at once 10 s: on a
 * busy machine, that is too little to compile every module anew.
 */
export function buildServer(main: string): string {
  const outfile = join(cache, "server.mjs");
  buildSync({
    entryPoints: [main],
    outfile,
    bundle: true,
    platform: "node",
    format: "esm",
    packages: "external",
    sourcemap: "inline",
  });
  return outfile;
}

function filesIn(folder: string): Suite {
  return { runner: join(folder, "connectconformance"), schema: join(folder, "schema.binpb") };
}

/** Returns what the command wrote to standard output; throws with what it wrote to standard error. */
function run(command: string, args: readonly string[], env: NodeJS.ProcessEnv = {}): string {
  return execFileSync(command, args, { encoding: "utf8", stdio: "pipe", env: { ...process.env, ...env } });
}
