import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { resolve } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("../../", import.meta.url));

/** Preloaded: two collections on SIGUSR2, as the first one leaves what finalisers still reference. */
const collectOnSignal = "data:text/javascript,process.on('SIGUSR2',()=>{gc();gc()})";

/** Resolved here, as servers run in a folder of their own. */
const tsx = import.meta.resolve("tsx");

/** Path of a file of this repository; an absolute one is returned as it is. */
export function repositoryPath(path: string): string {
  return resolve(root, path);
}

/** Preloaded instead: writes the longest pause of the event loop on SIGUSR2. */
const watchLoop = fileURLToPath(new URL("watch-loop.mjs", import.meta.url));

/** The command that runs a file of this repository under Node; TypeScript goes through tsx. */
export function nodeCommand(path: string, ...args: readonly string[]): readonly string[] {
  return underNode(["--expose-gc", "--import", collectOnSignal], path, args);
}

/** The same with a watch on the event loop instead of forced collections. */
export function watchedNodeCommand(path: string, ...args: readonly string[]): readonly string[] {
  return underNode(["--import", watchLoop], path, args);
}

function underNode(flags: readonly string[], path: string, args: readonly string[]): readonly string[] {
  const loader = path.endsWith(".ts") ? ["--import", tsx] : [];
  return [process.execPath, ...flags, ...loader, repositoryPath(path), ...args];
}

/** Version of an installed npm package; undefined if it is not installed. */
export function packageVersion(name: string): string | undefined {
  const require = createRequire(import.meta.url);
  for (const folder of require.resolve.paths(name) ?? []) {
    try {
      return JSON.parse(readFileSync(`${folder}/${name}/package.json`, "utf8")).version;
    } catch {
      // Not in this folder; the next one may have it.
    }
  }
  return undefined;
}
