// Runs grpc-web-page.js in Chromium, on the page of the server itself: grpc-web.mjs HOST:PORT TOKEN FORMAT
import { join } from "node:path";
import { build } from "esbuild";
import { chromium } from "playwright-core";

const [host, token, format] = process.argv.slice(2);
const { outputFiles } = await build({
  entryPoints: [join(import.meta.dirname, "grpc-web-page.js")],
  bundle: true,
  format: "iife",
  write: false,
});
const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
  args: ["--no-sandbox"],
});
// The page allows no script but its own.
const page = await (await browser.newContext({ bypassCSP: true })).newPage();
await page.goto(`http://${host}/`);
await page.addScriptTag({ content: outputFiles[0].text });
const lines = await page.evaluate(([token, format]) => globalThis.useGrpcWeb(token, format), [token, format]);
console.log(lines.join("\n"));
await browser.close();
