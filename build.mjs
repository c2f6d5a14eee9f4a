// Makes dist/: the two commands and the client library, each one file. Types come from tsc.
import { chmod, rm } from "node:fs/promises";
import { build } from "esbuild";

const common = {
  bundle: true,
  platform: "node",
  target: "node20.19",
  format: "esm",
  legalComments: "none",
  logLevel: "warning",
};

await rm("dist", { recursive: true, force: true });
await Promise.all([
  // The terminal client is bundled with its libraries: it starts faster than it could load them.
  build({
    ...common,
    entryPoints: ["client/main.ts"],
    outfile: "dist/parlance.js",
    minify: true,
    banner: {
      // Bundled CommonJS libraries call require.
      js: "import{createRequire as __cr}from'node:module';const require=__cr(import.meta.url);",
    },
  }),
  build({
    ...common,
    entryPoints: ["server/main.ts"],
    outfile: "dist/parlance-server.js",
    packages: "external",
  }),
  build({ ...common, entryPoints: ["client/session/index.ts"], outfile: "dist/client.js", packages: "external" }),
]);
for (const command of ["parlance", "parlance-server"]) await chmod(`dist/${command}.js`, 0o755);
