// Records docs/page/*.png: `npx node docs/record-page.mjs`, after `npm run build`, with a Chromium and fonts for Chinese. A
// real server, a bot, and two people in real pages, one in English and one in Chinese, in light and dark, on a wide screen
// and on a phone.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { chromium } from "playwright-core";

const root = join(import.meta.dirname, "..");
const folder = join(root, "docs", "page");
const executablePath = process.env.PARLANCE_CHROMIUM ?? "/usr/bin/chromium";
const sizes = { wide: { width: 1280, height: 720 }, phone: { width: 390, height: 720 } };

async function startServer() {
  const flags = ["--listen", "127.0.0.1:0", "--store", "memory:", "--log-format", "json"];
  const child = spawn(process.execPath, [join(root, "bin/parlance-server.js"), ...flags], {
    stdio: ["ignore", "ignore", "pipe"],
  });
  for await (const chunk of child.stderr) {
    const address = /"address":"([^"]+)","msg":"listening"/.exec(String(chunk))?.[1];
    if (address !== undefined) return { child, url: `http://${address}` };
  }
  throw new Error("the server did not start");
}

async function startBot(url) {
  async function call(rpc, message, headers = {}) {
    const response = await fetch(`${url}/parlance.v1.ChatService/${rpc}`, {
      method: "POST",
      headers: { "content-type": "application/json", ...headers },
      body: JSON.stringify(message),
    });
    if (!response.ok) throw new Error(`${rpc}: ${await response.text()}`);
    return response.json();
  }
  const { token } = await call("Login", { nickname: "ci", bot: true });
  return (text) => call("Broadcast", { text }, { authorization: `Bearer ${token}` });
}

async function enter(browser, url, locale, nickname) {
  const context = await browser.newContext({ locale, timezoneId: "Asia/Shanghai", viewport: sizes.wide });
  const page = await context.newPage();
  await page.goto(url);
  await page.locator("#nickname:visible").fill(nickname);
  await page.keyboard.press("Enter");
  await page.locator("#input:visible").waitFor();
  return {
    page,
    async say(text) {
      await page.locator("#input").fill(text);
      await page.keyboard.press("Enter");
    },
    sees: (text) => page.locator("#log").getByText(text).last().waitFor(),
  };
}

async function talk(url, alice, ming) {
  const report = await startBot(url);
  await report("build 4821 is green: https://ci.example.org/build/4821");
  await alice.sees("4821");
  await alice.say("at last! who takes the release?");
  await ming.sees("who takes");
  await ming.say("我来，下午三点发布 🎉");
  await alice.sees("下午三点");
  await alice.say("/quote thank you");
  await ming.sees("thank you");
  await ming.say("@alice 中午一起吃饭吗？");
  await alice.sees("一起吃饭");
  await alice.say("/reply yes, at noon");
  await ming.sees("at noon");
  await ming.say("发布说明写好了，大家看看");
  await ming.sees("大家看看");
  await ming.say("/edit 发布说明写好了，请大家看看有没有错字");
  await alice.sees("有没有错字");
  await ming.page.locator("#input").fill("@alice 楼下见");
}

async function record(name, { page }) {
  for (const [size, viewport] of Object.entries(sizes)) {
    for (const colorScheme of ["light", "dark"]) {
      await page.setViewportSize(viewport);
      await page.emulateMedia({ colorScheme });
      await page.screenshot({
        path: join(folder, `${name}-${size}-${colorScheme}.png`),
        animations: "disabled",
      });
    }
  }
}

rmSync(folder, { recursive: true, force: true });
mkdirSync(folder);
const { child, url } = await startServer();
const browser = await chromium.launch({ executablePath, args: ["--no-sandbox"] });
try {
  const alice = await enter(browser, url, "en-GB", "alice");
  const ming = await enter(browser, url, "zh-CN", "小明");
  await talk(url, alice, ming);
  await record("en", alice);
  await record("zh-CN", ming);
} finally {
  await browser.close();
  child.kill();
  await once(child, "exit");
}
