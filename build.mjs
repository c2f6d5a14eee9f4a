// Makes the two commands and the client library, each one file, and the library's types: in dist/, or in the folder
// that is given.
import { execFile } from "node:child_process";
import { chmod, readFile, rm } from "node:fs/promises";
import { isBuiltin } from "node:module";
import { join } from "node:path";
import { promisify } from "node:util";
import { build } from "esbuild";

const [dist = "dist"] = process.argv.slice(2);

const common = {
  bundle: true,
  platform: "node",
  target: "node20.19",
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

/**
 * string-width makes its table of emoji (12 ms, and as much again where a regular expression literal is parsed) and
 * its segmenter (6 ms) when it is loaded; most screens need neither.
 */
const lazyStringWidth = {
  name: "lazy-string-width",
  setup({ onLoad }) {
    onLoad({ filter: /node_modules\/string-width\/index\.js$/ }, async ({ path }) => {
      const replaced = [
        ["= new Intl.Segmenter();", "= later(() => new Intl.Segmenter());"],
        ["= /^\\p{RGI_Emoji}$/v;", '= later(() => new RegExp("^\\\\p{RGI_Emoji}$", "v"));'],
      ];
      let contents = await readFile(path, "utf8");
      for (const [eager, lazy] of replaced) {
        if (!contents.includes(eager)) throw new Error(`string-width no longer says ${eager}`);
        contents = contents.replace(eager, () => lazy);
      }
      const later = `function later(make) {
        let made;
        const it = () => (made ??= make());
        return { segment: (text) => it().segment(text), test: (text) => it().test(text) };
      }`;
      return { contents: `${contents}\n${later}` };
    });
  },
};

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
  promisify(execFile)(process.execPath, [
    join("node_modules", "typescript", "bin", "tsc"),
    "--project",
    join("client", "tsconfig.types.json"),
    "--outDir",
    join(dist, "types"),
  ]),
]);
for (const command of ["parlance", "parlance-server"]) await chmod(join(dist, `${command}.js`), 0o755);
