/** The page where its surroundings fail: server, disk, worker, network, storage of the browser, and a page of yesterday. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer, request } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createConnectTransport } from "@connectrpc/connect-node";
import type { Browser, BrowserContextOptions, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from "vitest";
import { connect, type Session } from "../../client/session/session.js";
import { mounted, testFolder, whyNoMounts } from "../faults/store-support.js";
import { joinRoom } from "../support/people.js";
import { type ServerProcess, startServer } from "../support/process.js";
import { enter, hasChromium, launch, message, openPage, type } from "./browser.js";

describe.skipIf(!hasChromium)("the page", () => {
  let browser: Browser;
  beforeAll(async () => {
    browser = await launch();
  });
  afterAll(async () => {
    await browser.close();
  });

  async function room(...flags: readonly string[]): Promise<ServerProcess> {
    const server = await startServer(["--rate", "0", ...flags]);
    onTestFinished(async () => void (await server.stop("SIGKILL")));
    return server;
  }

  async function newContext(options: BrowserContextOptions = {}) {
    const context = await browser.newContext({ locale: "en-US", ...options });
    onTestFinished(() => context.close());
    return context;
  }

  async function member(url: string, nickname: string): Promise<Session> {
    const session = await connect({ server: url, nickname });
    onTestFinished(async () => void (await session.leave({ logout: false })));
    return session;
  }

  /** A server at the same address after this one was killed. */
  function again(server: ServerProcess, ...flags: readonly string[]): Promise<ServerProcess> {
    return room("--listen", new URL(server.url).host, ...flags);
  }

  const nameAndEnter = async (page: Page, nickname: string) => {
    await page.locator("#enter:enabled").waitFor();
    await page.fill("#nickname", nickname);
    await page.keyboard.press("Enter");
  };

  test("states that the server is away, and lets enter when it is there", async () => {
    const server = await room();
    const page = await openPage(await newContext(), server.url);
    await server.stop("SIGKILL");
    await nameAndEnter(page, "ada");
    await page.locator("#login-problem", { hasText: "cannot be reached" }).waitFor();
    await again(server);
    await enter(page, "ada");
  });

  test("states that the room is full", async () => {
    const server = await room("--max-members", "1");
    await member(server.url, "小明");
    const page = await openPage(await newContext(), server.url);
    await nameAndEnter(page, "ada");
    await page.locator("#login-problem", { hasText: "full" }).waitFor();
  });

  const noMounts = whyNoMounts();
  test.skipIf(noMounts)(
    `keeps a text that a full disk refused, and sends it when there is space${noMounts ? ` (${noMounts})` : ""}`,
    async () => {
      const disk = mounted(testFolder(), "-t", "tmpfs", "-o", `size=${4 * 2 ** 20}`, "tmpfs");
      writeFileSync(join(disk, "ballast"), Buffer.alloc(2 ** 20));
      const server = await room("--store", `sqlite:${join(disk, "room.db")}`);
      const ming = await joinRoom(
        createConnectTransport({ baseUrl: server.url, httpVersion: "1.1" }),
        "小明",
      );
      const page = await openPage(await newContext(), server.url);
      await enter(page, "ada");
      const isRefused = () =>
        ming.say("x".repeat(4_000)).then(
          () => false,
          () => true,
        );
      while (!(await isRefused()));
      const text = "y".repeat(4_000);
      await type(page, text);
      await page.locator("#pending li", { hasText: text }).waitFor();
      rmSync(join(disk, "ballast"));
      await message(page, text).waitFor();
      expect(await message(page, text).count()).toBe(1);
    },
  );

  test("connects at once when the network is back, and after the sleep of a page", async () => {
    const folder = mkdtempSync(join(tmpdir(), "parlance-web-"));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    const store = ["--store", `sqlite:${join(folder, "room.db")}`];
    const server = await room(...store);
    const page = await openPage(await newContext(), server.url);
    await enter(page, "ada");
    await server.stop("SIGKILL");
    // The waits between attempts are long by now.
    await page.locator("#status", { hasText: "attempt 4" }).waitFor();
    await again(server, ...store);
    await page.evaluate(() => dispatchEvent(new Event("online")));
    await page.locator("[data-phase=online]").waitFor({ timeout: 3_000 });

    // Into the cache for Back and Forward, and out of it.
    await page.evaluate(() => dispatchEvent(new PageTransitionEvent("pagehide", { persisted: true })));
    const ming = await member(server.url, "小明");
    await ming.say("meanwhile");
    await page.evaluate(() => dispatchEvent(new PageTransitionEvent("pageshow", { persisted: true })));
    await message(page, "meanwhile").waitFor();
    expect(await message(page, "meanwhile").count()).toBe(1);
  });

  test("goes on when the browser has ended its worker", async () => {
    const server = await room();
    const context = await newContext();
    const page = await openPage(context, server.url);
    await enter(page, "ada");
    await type(page, "before");
    await message(page, "before").waitFor();
    const devtools = await browser.newBrowserCDPSession();
    const { targetInfos } = await devtools.send("Target.getTargets");
    const { targetId } = targetInfos.find(
      ({ type: kind, url }) => kind === "shared_worker" && url.includes(server.url),
    )!;
    await devtools.send("Target.closeTarget", { targetId });
    const ming = await member(server.url, "小明");
    await ming.say("after");
    await page.evaluate(() => document.dispatchEvent(new Event("visibilitychange")));
    await message(page, "after").waitFor();
    await type(page, "still here");
    await expect.poll(async () => (await ming.users()).total).toBe(2);
    await message(page, "still here").waitFor();
    expect(await message(page, "before").count()).toBe(1);
  });

  test("names what it cannot load when the server has another version of it", async () => {
    const server = await room();
    const context = await newContext();
    // As after an upgrade: the files of this page are gone.
    await context.route("**/assets/*", (route, request) =>
      /later|zh-CN|dialogs/.test(request.url()) ? route.fulfill({ status: 404 }) : route.continue(),
    );
    const page = await openPage(context, server.url);
    await enter(page, "ada");
    await page.click("#own");
    await page.locator("#missing:visible", { hasText: "cannot be loaded" }).waitFor();
    await type(page, "/nope");
    await page.locator(".problem", { hasText: "cannot be loaded" }).waitFor();
    await type(page, "talking goes on");
    await message(page, "talking goes on").waitFor();
  });

  test("speaks one language in each tab", async () => {
    const server = await room();
    const context = await newContext();
    const english = await openPage(context, server.url);
    await enter(english, "ada");
    const chinese = await openPage(context, server.url);
    await chinese.click("#language");
    await chinese.locator("#room[lang=zh-CN]").waitFor();
    await (await member(server.url, "小明")).say("hi");
    await english.locator(".notice", { hasText: "小明 joined" }).waitFor();
    await chinese
      .locator(".notice", { hasText: "小明 进来了" })
      .or(chinese.locator(".notice", { hasText: "小明" }))
      .first()
      .waitFor();
    expect(await english.locator("#send").textContent()).toBe("Send");
    expect(await chinese.locator("#send").textContent()).toBe("发送");
  });

  test("works under a path prefix of a proxy", async () => {
    const server = await room();
    const { hostname, port } = new URL(server.url);
    const proxy = createServer((incoming, outgoing) => {
      if (!incoming.url!.startsWith("/chat/")) return outgoing.writeHead(404).end();
      const { method, headers } = incoming;
      const path = incoming.url!.slice("/chat".length);
      const forwarded = request({ hostname, port, path, method, headers }, (response) => {
        outgoing.writeHead(response.statusCode!, response.headers);
        response.pipe(outgoing);
      });
      forwarded.on("error", () => outgoing.destroy());
      incoming.pipe(forwarded);
      return outgoing;
    });
    await new Promise<void>((resolve) => proxy.listen(0, "127.0.0.1", resolve));
    onTestFinished(() => {
      proxy.closeAllConnections();
      proxy.close();
    });
    const page = await openPage(
      await newContext(),
      `http://127.0.0.1:${(proxy.address() as AddressInfo).port}/chat/`,
    );
    await enter(page, "ada");
    await type(page, "from below a path");
    await message(page, "from below a path").waitFor();
    const scope = await page.evaluate(async () => (await navigator.serviceWorker.ready).scope);
    expect(new URL(scope).pathname).toBe("/chat/");
  });
});
