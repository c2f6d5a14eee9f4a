// Makes the two commands (bin/ starts them) and the client library, each one file, the page, and the library's types: in
// dist/, or in the folder that is given. --page: the page alone, which the server needs also where it runs from its source.
import { execFile } from "node:child_process";
import { cp, mkdtemp, rm } from "node:fs/promises";
import { isBuiltin } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs, promisify } from "node:util";
import { build } from "esbuild";
import { browsers, buildPage } from "./client/web/build/page.mjs";

const { values, positionals } = parseArgs({ options: { page: { type: "boolean" } }, allowPositionals: true });
const [dist = "dist"] = positionals;

const common = {
  bundle: true,
  platform: "node",
  target: "node22.13",
  format: "esm",
  legalComments: "none",
  logLevel: "warning",
};

/**
 * Node's modules are taken when the module that names them is: an ES module loads what it imports at once, so that
 * --help would wait for HTTP/2.
 */
const lazyBuiltins = {
  name: "lazy-builtins",
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /.*/ }, ({ path }) => (isBuiltin(path) ? { path, namespace: "builtin" } : undefined));
    onLoad({ filter: /.*/, namespace: "builtin" }, ({ path }) => {
      const module = `process.getBuiltinModule(${JSON.stringify(path)})`;
      // The command line parser names it at once for subcommands in files of their own, of which there are none.
      if (path === "node:child_process")
        return { contents: `exports.spawn = (...args) => ${module}.spawn(...args);` };
      return { contents: `module.exports = ${module};` };
    });
  },
};

/** string-width compiles its tables when it is loaded (20 ms), and most screens need none: it is loaded when called. */
const lazyStringWidth = {
  name: "lazy-string-width",
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /^string-width$/ }, ({ path, namespace, resolveDir }) =>
      namespace === "lazy" ? undefined : { path, namespace: "lazy", pluginData: resolveDir },
    );
    onLoad({ filter: /.*/, namespace: "lazy" }, ({ path, pluginData: resolveDir }) => ({
      contents: `let module;
        export default (...args) => (module ??= require(${JSON.stringify(path)})).default(...args);`,
      resolveDir,
    }));
  },
};

function writeTypes(project, folder) {
  const compiler = join("node_modules", "typescript", "bin", "tsc");
  return promisify(execFile)(process.execPath, [compiler, "--project", project, "--outDir", folder]);
}

/** Of all that the element is made of, only two files have types that its users see. */
async function writeElementTypes() {
  const folder = await mkdtemp(join(tmpdir(), "parlance-types-"));
  await writeTypes(join("client", "web", "tsconfig.types.json"), folder);
  for (const name of ["element/parlance-room.d.ts", "hub/host-token.d.ts"]) {
    const file = join("client", "web", name);
    await cp(join(folder, file), join(dist, "types", file));
  }
  await rm(folder, { recursive: true });
}

async function buildAll() {
  await rm(dist, { recursive: true, force: true });
  await Promise.all([
    // The terminal client is bundled with its libraries: it starts faster than it could load them.
    build({
      ...common,
      entryPoints: ["client/main.ts"],
      outfile: join(dist, "parlance.js"),
      minify: true,
      plugins: [lazyBuiltins, lazyStringWidth],
    }),
    build({
      ...common,
      entryPoints: ["server/main.ts"],
      outfile: join(dist, "parlance-server.js"),
      packages: "external",
    }),
    build({
      ...common,
      entryPoints: ["client/session/index.ts"],
      outfile: join(dist, "client.js"),
      packages: "external",
    }),
    build({
      ...common,
      platform: "browser",
      target: browsers,
      entryPoints: ["client/session/index.ts"],
      outfile: join(dist, "client.browser.js"),
      packages: "external",
    }),
    buildPage(join(dist, "web")),
    writeTypes(join("client", "tsconfig.types.json"), join(dist, "types")),
    writeElementTypes(),
  ]);
}

if (values.page) {
  await rm(join(dist, "web"), { recursive: true, force: true });
  await buildPage(join(dist, "web"));
} else await buildAll();
