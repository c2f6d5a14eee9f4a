/** The page as an app: its manifest, the service worker, and what it shows while it is out of sight. */
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from "vitest";
import { connect } from "../../client/session/session.js";
import { startServer } from "../support/process.js";
import { enter, hasChromium, launch, message, openPage, watch } from "./browser.js";

interface Shown {
  readonly title: string;
  readonly body: string;
}

/** In the page: a Notification that is kept instead of shown. */
const recorder = `
  globalThis.shown = [];
  globalThis.Notification = class {
    static permission = "default";
    static async requestPermission() { Notification.permission = "granted"; return "granted"; }
    constructor(title, { body }) { shown.push({ title, body }); }
    close() {}
  };
  Object.defineProperty(document, "hidden", { get: () => globalThis.isAway ?? false });`;

describe.skipIf(!hasChromium)("the installed page", () => {
  let browser: Browser;
  beforeAll(async () => {
    browser = await launch();
  });
  afterAll(async () => {
    await browser.close();
  });

  async function newContext() {
    const context = await browser.newContext({ locale: "en-US" });
    onTestFinished(() => context.close());
    return context;
  }

  async function setAway(page: Page, isAway: boolean): Promise<void> {
    await page.evaluate((away) => {
      Object.assign(globalThis, { isAway: away });
      document.dispatchEvent(new Event("visibilitychange"));
    }, isAway);
  }

  test("can be installed", async () => {
    const server = await startServer([]);
    onTestFinished(async () => void (await server.stop("SIGKILL")));
    const context = await newContext();
    const report = watch(context, server.url);
    const page = await openPage(context, server.url);
    const devtools = await context.newCDPSession(page);
    const { errors, data = "" } = await devtools.send("Page.getAppManifest");
    expect(errors).toEqual([]);
    expect(JSON.parse(data)).toMatchObject({ name: "Parlance", display: "standalone", start_url: "../" });
    await page.evaluate(() => navigator.serviceWorker.ready);
    const { installabilityErrors } = await devtools.send("Page.getInstallabilityErrors");
    // Contexts of tests are incognito windows, which install nothing.
    expect(installabilityErrors.filter(({ errorId }) => errorId !== "in-incognito")).toEqual([]);
    expect(report).toEqual({ elsewhere: [], problems: [] });
  });

  test("opens while the server is away, and enters when it is there", async () => {
    const server = await startServer([]);
    const context = await newContext();
    const page = await openPage(context, server.url);
    await page.evaluate(() => navigator.serviceWorker.ready);
    await server.stop("SIGKILL");
    await page.reload();
    await page.locator("#nickname:visible").waitFor();
    const again = await startServer(["--listen", new URL(server.url).host]);
    onTestFinished(async () => void (await again.stop("SIGKILL")));
    await enter(page, "ada");
  });

  test("notifies of what the reader chose, once asked, and counts in title and icon", async () => {
    const server = await startServer(["--rate", "0"]);
    onTestFinished(async () => void (await server.stop("SIGKILL")));
    const context = await newContext();
    await context.addInitScript(recorder);
    const page = await openPage(context, server.url);
    await enter(page, "ada");
    const ming = await connect({ server: server.url, nickname: "小明" });
    onTestFinished(async () => void (await ming.leave({ logout: false })));
    const shown = () => page.evaluate(() => (globalThis as unknown as { shown: Shown[] }).shown);
    const icon = () => page.locator("link[rel=icon]").getAttribute("href");
    const readIcon = await icon();

    await setAway(page, true);
    await ming.say("@ada before it was asked");
    await expect.poll(() => page.title()).toContain("(1)");
    expect(await shown()).toEqual([]);
    expect(await icon()).not.toBe(readIcon);
    await setAway(page, false);
    await expect.poll(() => page.title()).not.toContain("(");
    expect(new URL((await icon())!, server.url).pathname).toBe(new URL(readIcon!, server.url).pathname);

    await page.click("#own");
    await page.getByRole("menuitem", { name: "Notifications..." }).click();
    await page.getByRole("menuitemradio", { name: "mentions" }).click();
    await setAway(page, true);
    await ming.say("to nobody in particular");
    await ming.say("@ada look\nhere");
    await ming.whisper("ada", "psst");
    await message(page, "psst").waitFor({ state: "attached" });
    await expect.poll(shown).toEqual([
      { title: "小明", body: "@ada look here" },
      { title: "小明", body: "psst" },
    ]);
    await expect.poll(() => page.title()).toContain("(3)");

    // The choice outlasts a reload.
    await setAway(page, false);
    await page.reload();
    await page.locator("[data-phase=online]").waitFor();
    await page.click("#own");
    await page.getByRole("menuitem", { name: "Notifications..." }).click();
    await page.getByRole("menuitemradio", { name: "mentions", checked: true }).waitFor();
  });

  test("names why there are no notifications over http", async () => {
    const server = await startServer([]);
    onTestFinished(async () => void (await server.stop("SIGKILL")));
    const context = await newContext();
    await context.addInitScript("Object.defineProperty(globalThis, 'isSecureContext', { value: false })");
    const page = await openPage(context, server.url);
    await enter(page, "ada");
    await page.click("#own");
    await page.getByRole("menuitem", { name: "Notifications..." }).click();
    await page.locator("[role=menu]", { hasText: "over https alone" }).waitFor();
  });
});
