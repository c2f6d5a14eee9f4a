import { copyFileSync, mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { join } from "node:path";
import { build } from "esbuild";
import { afterAll, beforeAll } from "vitest";

/** The commands as they are published, one file each; they start several times faster than from source. */
export interface Bundle {
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
  const client = join(dir, "dist", "parlance.mjs");
  const server = join(dir, "dist", "parlance-server.mjs");
  const common = {
    bundle: true,
    platform: "node",
    target: "node20.19",
    format: "esm",
    logLevel: "warning",
  } as const;
  beforeAll(async () => {
    copyFileSync("package.json", join(dir, "package.json"));
    await Promise.all([
      build({
        ...common,
        entryPoints: ["client/main.ts"],
        outfile: client,
        minify: true,
        // Bundled CommonJS libraries call require.
        banner: {
          js: "import{createRequire as __cr}from'node:module';const require=__cr(import.meta.url);",
        },
      }),
      build({ ...common, entryPoints: ["server/main.ts"], outfile: server, packages: "external" }),
    ]);
  });
  afterAll(() => rmSync(dir, { recursive: true, force: true }));
  return { client: [client], server: [server] };
}
