import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Browser, BrowserContextOptions } from "playwright-core";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import type { Session } from "../../client/session/session.js";
import { connect } from "../../client/session/session.js";
import { buildFolder } from "../support/build.js";
import { type ServerProcess, startServer } from "../support/process.js";
import {
  enter,
  hasChromium,
  launch,
  looks,
  message,
  openPage,
  type Report,
  type,
  violations,
  watch,
} from "./browser.js";

describe.skipIf(!hasChromium)("the page in Chromium", () => {
  let browser: Browser;
  let server: ServerProcess;
  let report: Report;
  const cleanUp: (() => Promise<unknown>)[] = [];

  beforeAll(async () => {
    browser = await launch();
  });
  afterAll(async () => {
    await browser.close();
  });
  beforeEach(async () => {
    server = await startServer(["--rate", "0", "--metrics", "127.0.0.1:0"]);
    cleanUp.push(() => server.stop("SIGKILL"));
  });
  afterEach(async () => {
    for (const end of cleanUp.splice(0).reverse()) await end();
  });

  async function newContext(options: BrowserContextOptions = {}, url = server.url) {
    const context = await browser.newContext({ locale: "en-US", ...options });
    cleanUp.push(() => context.close());
    report = watch(context, new URL(url).origin);
    return context;
  }

  /** A member by the session library of the terminal, in the room. */
  async function member(nickname: string, url = server.url): Promise<Session> {
    const session = await connect({ server: url, nickname });
    cleanUp.push(() => session.leave({ logout: false }));
    return session;
  }

  /** The text of the next message, group or private, that `session` receives, as `sender: text`. */
  async function nextMessage(session: Session, wanted: (text: string) => boolean): Promise<string> {
    for await (const event of session.events({ backlog: 10 })) {
      const isMessage = event.kind === "groupMessage" || event.kind === "privateMessage";
      if (isMessage && wanted(event.text)) return `${event.kind} ${event.sender.nickname}: ${event.text}`;
    }
    throw new Error("the feed ended");
  }

  async function feeds(): Promise<number> {
    const metrics = /"metrics":"([^"]+)"/.exec(server.output.stderr)![1]!;
    const text = await (await fetch(`http://${metrics}/metrics`)).text();
    return [...text.matchAll(/^parlance_feeds\{.*\} (\d+)$/gm)].reduce(
      (sum, [, count]) => sum + Number(count),
      0,
    );
  }

  function reportsNothing(): void {
    expect(report).toEqual({ elsewhere: [], problems: [] });
  }

  test("talks with a member who uses a terminal, to all and in private", async () => {
    const ming = await member("小明");
    await ming.say("早上好");
    const page = await openPage(await newContext(), server.url);
    await enter(page, "ada");
    await message(page, "早上好").waitFor();

    await type(page, "hello from a browser");
    await expect(nextMessage(ming, (text) => text.startsWith("hello"))).resolves.toBe(
      "groupMessage ada: hello from a browser",
    );
    await ming.whisper("ada", "一起吃午饭吗？");
    await page.locator("article.private", { hasText: "一起吃午饭吗？" }).waitFor();
    await type(page, "/reply 好的");
    await expect(nextMessage(ming, (text) => text === "好的")).resolves.toBe("privateMessage ada: 好的");
    await page.locator("article.private.own", { hasText: "好的" }).waitFor();
    reportsNothing();
  });

  test("sends a private message to the person who had the name when it was typed", async () => {
    const kim = await member("kim");
    await kim.say("hi");
    const page = await openPage(await newContext(), server.url);
    await enter(page, "ada");
    await message(page, "hi").waitFor();
    await page.locator("#input").pressSequentially("@kim psst");
    await expect.poll(() => page.locator("#recipient").textContent()).toBe("Private to kim");
    await kim.leave();
    await page.locator(".notice", { hasText: "kim left" }).waitFor();
    await (await member("kim")).say("another one");
    await message(page, "another one").waitFor();
    await page.keyboard.press("Enter");
    await page.locator(".problem", { hasText: "kim" }).waitFor();
    expect(await page.inputValue("#input")).toBe("@kim psst");
  });

  test("completes names and commands, and brings earlier inputs back", async () => {
    await (await member("小明")).say("hi");
    const page = await openPage(await newContext(), server.url);
    await enter(page, "ada");
    await message(page, "hi").waitFor();
    const input = page.locator("#input");
    await expect
      .poll(async () => {
        await input.fill("");
        await input.pressSequentially("@xm");
        return page.locator("[role=option][aria-selected=true]").allTextContents();
      })
      .toEqual(["小明"]);
    await page.keyboard.press("Enter");
    expect(await page.inputValue("#input")).toBe("@小明 ");
    await input.fill("/h");
    await page.locator("#popup:visible").waitFor();
    await page.keyboard.press("Tab");
    expect(await page.inputValue("#input")).toBe("/help");
    await page.keyboard.press("Enter");
    await page.locator(".list dt", { hasText: "/history" }).waitFor();
    await page.keyboard.press("ArrowUp");
    expect(await page.inputValue("#input")).toBe("/help");
  });

  test("shares one feed among ten tabs", async () => {
    const ming = await member("小明");
    const context = await newContext();
    const first = await openPage(context, server.url);
    await enter(first, "ada");
    const others = await Promise.all(Array.from({ length: 9 }, () => openPage(context, server.url)));
    await ming.say("到每个标签");
    for (const page of [first, ...others]) await message(page, "到每个标签").waitFor();
    expect(await feeds()).toBe(1);
    expect((await ming.users()).total).toBe(2);
    reportsNothing();
  });

  test("goes on as the same member after a reload, with what was missed", async () => {
    const ming = await member("小明");
    const context = await newContext();
    const page = await openPage(context, server.url);
    await enter(page, "ada");
    const { id } = (await ming.users()).users.find(({ nickname }) => nickname === "ada")!;
    await ming.say("before");
    await message(page, "before").waitFor();
    await page.close();
    await ming.say("meanwhile");
    const again = await openPage(context, server.url);
    await message(again, "meanwhile").waitFor();
    await again
      .locator(".rule", { hasText: "missed" })
      .or(again.locator(".rule", { hasText: "ffline" }))
      .waitFor();
    await message(again, "before").waitFor();
    expect(await message(again, "meanwhile").count()).toBe(1);
    expect((await ming.users()).users.find(({ nickname }) => nickname === "ada")!.id).toBe(id);
    reportsNothing();
  });

  test("comes back when the server was killed and is there again", async () => {
    const folder = mkdtempSync(join(tmpdir(), "parlance-web-"));
    cleanUp.push(async () => rmSync(folder, { recursive: true }));
    const store = ["--store", `sqlite:${join(folder, "room.db")}`, "--rate", "0"];
    const before = await startServer(store);
    const { host } = new URL(before.url);
    const page = await openPage(await newContext({}, before.url), before.url);
    await enter(page, "ada");
    await type(page, "one");
    await message(page, "one").waitFor();
    await before.stop("SIGKILL");
    await page.locator("[data-phase=offline]").waitFor();
    // It waits for the connection, and the status counts it.
    await type(page, "not now");
    await page.locator("#status", { hasText: "1 pending" }).waitFor();
    const after = await startServer([...store, "--listen", host]);
    cleanUp.push(() => after.stop("SIGKILL"));
    await page.locator("[data-phase=online]").waitFor();
    await (await member("小明", after.url)).say("又见面了");
    await message(page, "又见面了").waitFor();
    await message(page, "not now").waitFor();
    expect(await message(page, "one").count()).toBe(1);
    expect(await message(page, "not now").count()).toBe(1);
    expect(report.elsewhere).toEqual([]);
  });

  test("names what is wrong with a nickname, and offers another one", async () => {
    await (await member("ada")).say("hi");
    const page = await openPage(await newContext(), server.url);
    await page.locator("#enter:enabled").waitFor();
    await page.fill("#nickname", "ada");
    await page.keyboard.press("Enter");
    await page.locator("#login-problem", { hasText: "ada" }).waitFor();
    await page.click("#suggestion");
    await page.locator("[data-phase=online]").waitFor();
    reportsNothing();
  });

  test("is not there with --page off, nor for clients that do not ask for HTML", async () => {
    const accept = "text/html";
    expect(await (await fetch(server.url, { headers: { accept } })).text()).toContain("<!doctype html>");
    expect(await (await fetch(server.url)).text()).toContain("parlance --server");
    const without = await startServer(["--page", "off"]);
    cleanUp.push(() => without.stop("SIGKILL"));
    expect(await (await fetch(without.url, { headers: { accept } })).text()).toContain("parlance --server");
    expect((await fetch(`${without.url}/parlance-room.js`)).status).toBe(404);
  });

  test("leaves, and asks for a nickname again", async () => {
    const ming = await member("小明");
    await ming.say("hi");
    const page = await openPage(await newContext(), server.url);
    await enter(page, "ada");
    await page.click("#leave");
    await page.locator("#nickname:visible").waitFor();
    await expect.poll(async () => (await ming.users()).total).toBe(1);
    await page.reload();
    await page.locator("#enter:enabled").waitFor();
    expect(await page.locator("#chat").isHidden()).toBe(true);
  });

  test.each([
    ["without SharedWorkers", "delete globalThis.SharedWorker"],
    [
      "with storage refused",
      "Object.defineProperty(globalThis, 'localStorage', { get() { throw new Error('denied'); } })",
    ],
  ])("works %s", async (_, script) => {
    const context = await newContext();
    await context.addInitScript(script);
    const page = await openPage(context, server.url);
    await enter(page, "ada");
    await type(page, "here");
    await message(page, "here").waitFor();
    reportsNothing();
  });

  const hostile = [
    ["markup", "<img src=x onerror=alert(1)><script>alert(1)</script><b>bold</b>"],
    ["an address of a script", "javascript:alert(1) data:text/html,<script>alert(1)</script>"],
    ["bidi", "abc\u202e\u2066 cba \u2069 https://example.org/\u202egpj.exe"],
    ["stacked marks", `a${"\u0301".repeat(4_096)}b`],
    ["lines of one character", Array.from({ length: 50 }, () => "W").join("\n")],
    ["a long word", "W".repeat(4_000)],
    ["terminal sequences", "\x1b]0;owned\x07\x1b[31mred\x1b[0m \x1b]8;;http://evil\x1b\\text\x1b]8;;\x1b\\"],
  ] as const;

  test("shows hostile texts as text, within their rows", async () => {
    const big = ["--max-text-bytes", "16384", "--max-text-lines", "100", "--rate", "0"];
    const roomy = await startServer(big);
    cleanUp.push(() => roomy.stop("SIGKILL"));
    const mallory = await member("mallory", roomy.url);
    let accepted = 0;
    for (const [, text] of hostile) {
      const sent = await mallory.say(text).catch((error: unknown) => String(error));
      if (typeof sent !== "string") accepted++;
    }
    // The room itself refuses some; markup, marks and long texts it passes on.
    expect(accepted).toBeGreaterThan(3);
    await mallory.say("the last one");
    const page = await openPage(
      await newContext({ viewport: { width: 390, height: 780 } }, roomy.url),
      roomy.url,
    );
    const dialogs: string[] = [];
    page.on("dialog", (dialog) => {
      dialogs.push(dialog.message());
      void dialog.dismiss();
    });
    await enter(page, "ada");
    await message(page, "the last one").waitFor();
    const found = await page.evaluate(() => {
      const log = document.querySelector("#log")!;
      const rows = [...log.querySelectorAll("article")];
      return {
        strange: [...log.querySelectorAll("img, script, b, iframe, style, svg, [onerror], [style]")].length,
        schemes: [...log.querySelectorAll("a")].map((a) => a.protocol),
        isWide: log.scrollWidth > log.clientWidth || document.documentElement.scrollWidth > innerWidth,
        overlaps: rows.some(
          (row, i) =>
            i > 0 && row.getBoundingClientRect().top < rows[i - 1]!.getBoundingClientRect().bottom - 1,
        ),
        hidden: /[\u202a-\u202e\u2066-\u2069\x1b]/.test(log.textContent ?? ""),
      };
    });
    expect(found).toMatchObject({ strange: 0, isWide: false, overlaps: false, hidden: false });
    expect(found.schemes.every((scheme) => /^https?:$/.test(scheme))).toBe(true);
    expect(dialogs).toEqual([]);
    reportsNothing();
  });

  test("keeps at most 2,000 rows and loads earlier messages by scrolling", async () => {
    const ming = await member("小明");
    const page = await openPage(await newContext(), server.url);
    await enter(page, "ada");
    for (let i = 0; i < 2_400; i += 100)
      await Promise.all(Array.from({ length: 100 }, (_, j) => ming.say(`message ${i + j}`)));
    await ming.say("the end");
    await message(page, "the end").waitFor();
    const rows = () => page.locator("#log article").count();
    await expect.poll(rows).toBeLessThanOrEqual(2_000);
    expect(await rows()).toBeGreaterThan(1_500);
    await page.reload();
    await message(page, "the end").waitFor();
    const few = await rows();
    expect(few).toBeLessThan(200);
    await page.locator("#log").evaluate((log) => {
      log.scrollTop = 0;
    });
    await expect.poll(rows).toBeGreaterThan(few);
    await page.click("#latest");
    await expect.poll(() => page.locator("#latest").isHidden()).toBe(true);
    reportsNothing();
  });

  test.each(looks)("has no violation that axe finds: %o", async (look) => {
    const ming = await member("小明");
    await ming.say("看 https://example.org/");
    const page = await openPage(
      await newContext({ ...look, viewport: { width: 390, height: 780 } }),
      server.url,
    );
    await page.locator("#enter:enabled").waitFor();
    expect(await violations(page)).toEqual([]);
    await page.fill("#nickname", "小明");
    await page.keyboard.press("Enter");
    await page.locator("#suggestion:visible").waitFor();
    expect(await violations(page)).toEqual([]);
    await enter(page, "ada");
    await ming.whisper("ada", "hi");
    await ming.say("@ada 你好");
    await type(page, "hello");
    await type(page, "/help");
    await type(page, "/nope");
    await page.locator(".problem").waitFor();
    await page.locator(".mention").waitFor();
    await page.locator("#input").pressSequentially("@");
    await page.locator("#popup:visible").waitFor();
    expect(await violations(page)).toEqual([]);
    reportsNothing();
  });
});

describe("script and style, compressed by gzip", () => {
  const assets = () => join(buildFolder()!, "dist", "web", "assets");
  const sizeOf = (name: string) => readFileSync(join(assets(), `${name}.gz`)).length;
  const names = () => readdirSync(assets()).filter((name) => /\.(js|css)$/.test(name));

  /** The files with these names, and those that they import when they are loaded; `ever`: or later. */
  function loadedWith(starts: readonly string[], ever = false): Set<string> {
    const imports = ever ? /(?:from|import)\(?"\.\/([^"]+)"/g : /(?:from|import)"\.\/([^"]+)"/g;
    const loaded = new Set<string>();
    const load = (name: string) => {
      if (loaded.has(name)) return;
      loaded.add(name);
      const script = readFileSync(join(assets(), name), "utf8");
      for (const [, imported] of script.matchAll(imports)) load(imported!);
    };
    for (const name of names()) if (starts.some((start) => name.startsWith(`${start}-`))) load(name);
    return loaded;
  }

  test.each(["en", "zh-CN"])("take at most 60,000 bytes until one can talk: %s", (language) => {
    const starts = ["main", "worker", "style", `core-${language}`, `web-${language}`];
    const loaded = loadedWith(starts);
    expect(loaded.size).toBeGreaterThan(starts.length);
    expect([...loaded].reduce((sum, name) => sum + sizeOf(name), 0)).toBeLessThanOrEqual(60_000);
  });

  test("of the element take at most 60,000 bytes, too", () => {
    const loaded = loadedWith(["parlance-room", "worker", "core-zh-CN", "web-zh-CN"]);
    expect([...loaded].reduce((sum, name) => sum + sizeOf(name), 0)).toBeLessThanOrEqual(60_000);
  });

  test("take at most 90,000 bytes with all that is ever loaded, in both languages", () => {
    const loaded = loadedWith(["main", "style"], true);
    expect([...loaded].some((name) => name.startsWith("worker-"))).toBe(true);
    expect([...loaded].filter((name) => /^(core|web|dialogs)-(en|zh-CN)-/.test(name))).toHaveLength(6);
    expect([...loaded].reduce((sum, name) => sum + sizeOf(name), 0)).toBeLessThanOrEqual(90_000);
  });
});
