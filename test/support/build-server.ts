import { copyFileSync, mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { join } from "node:path";
import { buildSync } from "esbuild";

const root = join(import.meta.dirname, "../..");

/** The variable that tells tests where the built server is. */
export const serverVariable = "PARLANCE_TEST_SERVER";

/** Before all tests: the server as one file, which starts four times faster than its source. Answers how to tidy up. */
export default function buildServer(): () => void {
  // In the project, so that it finds the libraries; laid out like the package, so that it finds its version.
  const cache = join(root, "node_modules", ".cache");
  mkdirSync(cache, { recursive: true });
  const folder = mkdtempSync(join(cache, "parlance-server-"));
  const outfile = join(folder, "dist", "parlance-server.js");
  buildSync({
    absWorkingDir: root,
    entryPoints: ["server/main.ts"],
    outfile,
    bundle: true,
    platform: "node",
    format: "esm",
    packages: "external",
  });
  copyFileSync(join(root, "package.json"), join(folder, "package.json"));
  process.env[serverVariable] = outfile;
  return () => rmSync(folder, { recursive: true, force: true });
}
