import { execFileSync } from "node:child_process";
import { copyFileSync, mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll } from "vitest";

/** The commands as they are published, one file each; they start several times faster than from source. */
export interface Bundle {
  /** Folder laid out like the package: what stands in it can import `parlance-chat/client`. */
  readonly dir: string;
  /** Arguments for Node that start the client. */
  readonly client: readonly string[];
  /** And the server. */
  readonly server: readonly string[];
}

/** Builds both once for a test file, in a folder laid out like the package from which its libraries are found. */
export function useBundle(): Bundle {
  const cache = join("node_modules", ".cache");
  mkdirSync(cache, { recursive: true });
  const dir = mkdtempSync(join(cache, "parlance-dist-"));
  const dist = join(dir, "dist");
  beforeAll(() => {
    copyFileSync("package.json", join(dir, "package.json"));
    execFileSync(process.execPath, ["build.mjs", dist]);
  });
  afterAll(() => rmSync(dir, { recursive: true, force: true }));
  return { dir, client: [join(dist, "parlance.js")], server: [join(dist, "parlance-server.js")] };
}
