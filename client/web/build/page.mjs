// Makes the page: index.html, the service worker and the element's script under fixed names, all else under assets/ with a
// hash in the name, and each also compressed.
import { createHash } from "node:crypto";
import { readdir, readFile, writeFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { promisify } from "node:util";
import { brotliCompress, constants, gzip } from "node:zlib";
import { build, transform } from "esbuild";
import { compiledSchema } from "./compiled-schema.mjs";

/** Module workers, `light-dark()` and Intl.Segmenter are in all of these. */
export const browsers = ["chrome123", "firefox125", "safari17.5"];

const source = "client/web";
const icons = { "%ICON%": "icon.svg", "%ICON_UNREAD%": "icon-unread.svg", "%ICON_PNG%": "icon-512.png" };
const placeholder = /%[A-Z_]+%/g;

/**
 * Each of worker, page and element is bundled by itself: what they have in common would be cut into many small files
 * otherwise, which compress worse.
 */
export async function buildPage(folder) {
  const assets = join(folder, "assets");
  const page = (await readFile(`${source}/index.html`, "utf8")).replace(/\s*<!-- [\s\S]*? -->/g, "");
  const shared = { assets, schema: compiledSchema(), define: await elementParts(page) };
  const worker = await bundleAssets([`${source}/hub/worker.ts`], shared);
  const [workerName] = worker.entries;
  const withHub = { ...shared, plugins: [importedAs(workerName)] };
  const entries = [`${source}/main.ts`, `${source}/style.css`, ...Object.values(icons).map(inWindow)];
  const [own, element] = await Promise.all([
    bundleAssets(entries, withHub),
    bundleAssets([`${source}/element/parlance-room.ts`], withHub),
  ]);
  const [main, style, ...iconNames] = own.entries;
  const names = Object.fromEntries(Object.keys(icons).map((key, index) => [key, iconNames[index]]));
  const manifest = await writeManifest(assets, names);
  const addresses = {
    ...names,
    "%MAIN%": main,
    "%STYLE%": style,
    "%WORKER%": workerName,
    "%MANIFEST%": manifest,
  };
  // Else the browser would learn of them only from the script.
  const preloads = own.atOnce.map((name) => `<link rel="modulepreload" href="assets/${name}">\n    `);
  const html = page
    .replace('<script type="module"', `${preloads.join("")}$&`)
    .replace(placeholder, (key) => `assets/${addresses[key]}`);
  await writeFile(join(folder, "index.html"), html);
  await buildServiceWorker(folder, html, [...worker.all, ...own.all, manifest]);
  // The name under which other pages load the element, whatever its content.
  await writeFile(join(folder, "parlance-room.js"), `export * from "./assets/${element.entries[0]}";\n`);
  const made = ["index.html", "service-worker.js", "parlance-room.js"].map((name) => join(folder, name));
  await Promise.all([...made, ...(await readdir(assets)).map((name) => join(assets, name))].map(compress));
}

const inWindow = (name) => `${source}/window/${name}`;

/** `entries`: names of their files; `atOnce`: what the first one imports from the start; `all`: every file. */
async function bundleAssets(entryPoints, { assets, schema, define, plugins = [] }) {
  const { metafile } = await build({
    bundle: true,
    format: "esm",
    platform: "browser",
    target: browsers,
    entryPoints,
    outdir: assets,
    entryNames: "[name]-[hash]",
    chunkNames: "[name]-[hash]",
    loader: { ".svg": "copy", ".png": "copy" },
    splitting: true,
    // Module scripts are UTF-8; escaped, Chinese would take twice as much.
    charset: "utf8",
    plugins: [...plugins, schema],
    define,
    minify: true,
    legalComments: "none",
    logLevel: "warning",
    metafile: true,
  });
  const outputs = Object.entries(metafile.outputs);
  const found = entryPoints.map((entry) => outputs.find(([, { entryPoint }]) => entryPoint === entry));
  const atOnce = found[0][1].imports.filter(({ kind }) => kind === "import-statement");
  return {
    entries: found.map(([path]) => basename(path)),
    atOnce: atOnce.map(({ path }) => basename(path)),
    all: outputs.map(([path]) => basename(path)),
  };
}

/** Views import the hub from the file of the worker. */
const importedAs = (worker) => ({
  name: "imported-as",
  setup({ onResolve }) {
    onResolve({ filter: /\/hub\/worker\.js$/ }, () => ({ path: `./${worker}`, external: true }));
  },
});

/** The markup and the style of the page, which its element brings along in its script. */
async function elementParts(page) {
  const [, body] = /<body>([\s\S]*)<\/body>/.exec(page);
  const markup = body.replace(/<noscript>[\s\S]*?<\/noscript>/g, "").replace(/>\s+</g, "><");
  const files = [`${source}/style.css`, `${source}/element/element.css`];
  const css = (await Promise.all(files.map((file) => readFile(file, "utf8")))).join("\n");
  const { code } = await transform(css, { loader: "css", target: browsers, minify: true });
  return { ROOM_MARKUP: JSON.stringify(markup.trim()), ROOM_STYLE: JSON.stringify(code.trim()) };
}

/** Returns the name of its file. Addresses in it are relative to that. */
async function writeManifest(assets, names) {
  const text = await readFile(inWindow("manifest.webmanifest"), "utf8");
  const manifest = JSON.stringify(JSON.parse(text.replace(placeholder, (key) => names[key])));
  const name = `manifest-${hashOf(manifest)}.webmanifest`;
  await writeFile(join(assets, name), manifest);
  return name;
}

async function buildServiceWorker(folder, html, files) {
  await build({
    bundle: true,
    format: "iife",
    target: browsers,
    entryPoints: [inWindow("service-worker.ts")],
    outfile: join(folder, "service-worker.js"),
    define: {
      BUILD: JSON.stringify(hashOf(html)),
      FILES: JSON.stringify(files.map((name) => `assets/${name}`)),
    },
    minify: true,
  });
}

const hashOf = (text) => createHash("sha256").update(text).digest("hex").slice(0, 8).toUpperCase();

/** The server sends what is compressed here. */
async function compress(file) {
  const content = await readFile(file);
  const quality = { params: { [constants.BROTLI_PARAM_QUALITY]: constants.BROTLI_MAX_QUALITY } };
  await writeFile(`${file}.br`, await promisify(brotliCompress)(content, quality));
  await writeFile(`${file}.gz`, await promisify(gzip)(content, { level: constants.Z_BEST_COMPRESSION }));
}
