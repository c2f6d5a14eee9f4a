// Makes the two commands (bin/ starts them) and the client library, each one file, the page, and the library's types: in dist/, or in the folder
// that is given.
import { execFile } from "node:child_process";
import { cp, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { isBuiltin } from "node:module";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { promisify } from "node:util";
import { brotliCompress, constants, gzip } from "node:zlib";
import { build, transform } from "esbuild";

const [dist = "dist"] = process.argv.slice(2);

const common = {
  bundle: true,
  platform: "node",
  target: "node22.13",
  format: "esm",
  legalComments: "none",
  logLevel: "warning",
};

/** Module workers, `light-dark()` and Intl.Segmenter are in all of these. */
const browsers = ["chrome123", "firefox125", "safari17.5"];

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

/**
 * The page makes its calls in binary, but Connect imports the JSON codec beside it, which with the well-known types that it
 * treats specially is a third of the script.
 */
const withoutJson = {
  name: "without-json",
  setup({ onLoad }) {
    const functions = {
      "from-json": [
        "fromJson",
        "fromJsonString",
        "mergeFromJson",
        "mergeFromJsonString",
        "enumFromJson",
        "isEnumJson",
      ],
      "to-json": ["toJson", "toJsonString", "enumToJson"],
    };
    onLoad({ filter: /@bufbuild[\\/]protobuf[\\/]dist[\\/]esm[\\/](from|to)-json\.js$/ }, ({ path }) => ({
      contents: functions[basename(path, ".js")]
        .map((name) => `export function ${name}() { throw new Error("the page has no JSON codec"); }`)
        .join("\n"),
    }));
  },
};

/**
 * Generated code contains the schema in base64, of which compression finds little to save: as bytes it takes half as much
 * in the compressed script.
 */
const bytesOfSchema = {
  name: "bytes-of-schema",
  setup({ onLoad }) {
    onLoad({ filter: /[\\/]gen[\\/]parlance[\\/].*_pb\.ts$/ }, async ({ path }) => ({
      loader: "ts",
      contents: (await readFile(path, "utf8")).replace(
        /fileDesc\("([A-Za-z0-9+/=]+)"/,
        (_, base64) => `fileDesc(btoa(${JSON.stringify(Buffer.from(base64, "base64").toString("latin1"))})`,
      ),
    }));
  },
};

/** The enums of descriptor.proto are compiled so that a bundler has to keep them all; none is used. */
const withoutUnusedEnums = {
  name: "without-unused-enums",
  setup({ onLoad }) {
    onLoad({ filter: /[\\/]google[\\/]protobuf[\\/]descriptor_pb\.js$/ }, async ({ path }) => ({
      contents: (await readFile(path, "utf8")).replace(
        /export var (\w+);\s*\(function \(\1\) \{([\s\S]*?)\}\)\(\1 \|\| \(\1 = \{\}\)\);/g,
        "export const $1 = /* @__PURE__ */ (function ($1) {$2 return $1; })({});",
      ),
    }));
  },
};

/** The page: scripts and style with a hash in their names, and index.html that names them. */
async function buildPage() {
  const folder = join(dist, "web");
  const assets = join(folder, "assets");
  const page = (await readFile("client/web/index.html", "utf8")).replace(/\s*<!-- [\s\S]*? -->/g, "");
  const { metafile } = await build({
    ...common,
    platform: "browser",
    target: browsers,
    entryPoints: [
      "client/web/main.ts",
      "client/web/hub/worker.ts",
      "client/web/element/parlance-room.ts",
      "client/web/style.css",
      "client/web/icon.svg",
    ],
    outdir: assets,
    entryNames: "[name]-[hash]",
    chunkNames: "[name]-[hash]",
    loader: { ".svg": "copy" },
    splitting: true,
    // Module scripts are UTF-8; escaped, Chinese would take twice as much.
    charset: "utf8",
    plugins: [withoutJson, bytesOfSchema, withoutUnusedEnums],
    define: await elementParts(page),
    minify: true,
    metafile: true,
  });
  const nameOf = (entry) => {
    const [path] = Object.entries(metafile.outputs).find(([, output]) => output.entryPoint === entry) ?? [];
    return `assets/${basename(path)}`;
  };
  const names = {
    "%MAIN%": nameOf("client/web/main.ts"),
    "%WORKER%": nameOf("client/web/hub/worker.ts"),
    "%STYLE%": nameOf("client/web/style.css"),
    "%ICON%": nameOf("client/web/icon.svg"),
  };
  await writeFile(
    join(folder, "index.html"),
    page.replace(/%[A-Z]+%/g, (name) => names[name]),
  );
  // The name under which other pages load the element, whatever its content.
  const element = join(folder, "parlance-room.js");
  await writeFile(element, `export * from "./${nameOf("client/web/element/parlance-room.ts")}";\n`);
  const files = (await readdir(assets)).map((name) => join(assets, name));
  await Promise.all([join(folder, "index.html"), element, ...files].map(compress));
}

/** The markup and the style of the page, which its element brings along in its script. */
async function elementParts(page) {
  const [, body] = /<body>([\s\S]*)<\/body>/.exec(page);
  const markup = body.replace(/<noscript>[\s\S]*?<\/noscript>/g, "").replace(/>\s+</g, "><");
  const files = ["client/web/style.css", "client/web/element/element.css"];
  const css = (await Promise.all(files.map((file) => readFile(file, "utf8")))).join("\n");
  const { code } = await transform(css, { loader: "css", target: browsers, minify: true });
  return { ROOM_MARKUP: JSON.stringify(markup.trim()), ROOM_STYLE: JSON.stringify(code.trim()) };
}

/** The server sends what is compressed here. */
async function compress(file) {
  const content = await readFile(file);
  const quality = { params: { [constants.BROTLI_PARAM_QUALITY]: constants.BROTLI_MAX_QUALITY } };
  await writeFile(`${file}.br`, await promisify(brotliCompress)(content, quality));
  await writeFile(`${file}.gz`, await promisify(gzip)(content, { level: constants.Z_BEST_COMPRESSION }));
}

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
  buildPage(),
  writeTypes(join("client", "tsconfig.types.json"), join(dist, "types")),
  writeElementTypes(),
]);
