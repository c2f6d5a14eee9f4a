/** `<parlance-room>` in pages of other origins, in a real Chromium. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { SignJWT } from "jose";
import type { Browser, BrowserContextOptions, Locator, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { connect, type Session } from "../../client/session/session.js";
import { freePort } from "../support/free-port.js";
import { accessOf, hosts, startHost } from "../support/host-example.js";
import { type ServerProcess, startServer } from "../support/process.js";
import { hasChromium, launch, message, type Report, violations, watch } from "./browser.js";
import { type HostPage, startHostPage } from "./host-page.js";

describe.skipIf(!hasChromium)("the element in Chromium", () => {
  const folder = mkdtempSync(join(tmpdir(), "parlance-element-"));
  const secret = join(folder, "secret");
  writeFileSync(secret, "0123456789abcdef0123456789abcdef\n");
  let browser: Browser;
  let server: ServerProcess;
  let hostPort: number;
  let report: Report;
  const cleanUp: (() => Promise<unknown>)[] = [];

  beforeAll(async () => {
    browser = await launch();
  });
  afterAll(async () => {
    await browser.close();
    rmSync(folder, { recursive: true });
  });
  beforeEach(async () => {
    hostPort = await freePort();
    server = await startRoom();
  });
  afterEach(async () => {
    for (const end of cleanUp.splice(0).reverse()) await end();
  });

  async function startRoom(...flags: readonly string[]): Promise<ServerProcess> {
    const origin = `http://127.0.0.1:${hostPort}`;
    const room = await startServer(["--rate", "0", "--allow-origin", origin, ...accessOf(secret), ...flags]);
    cleanUp.push(() => room.stop("SIGKILL"));
    return room;
  }

  async function newPage(url: string, options: BrowserContextOptions = {}, script = ""): Promise<Page> {
    const context = await browser.newContext({ locale: "en-US", ...options });
    cleanUp.push(() => context.close());
    report = watch(context, url, server.url);
    if (script !== "") await context.addInitScript(script);
    const page = await context.newPage();
    await page.goto(url);
    return page;
  }

  /** A page with this body, whose application has a token for `NAME` at `/token/NAME`. */
  async function hostPage(
    body: string,
    change: Partial<Parameters<typeof startHostPage>[0]> = {},
  ): Promise<HostPage> {
    const page = await startHostPage({
      port: hostPort,
      room: server.url,
      body: body.replaceAll("%ROOM%", server.url),
      token: (name) => tokenOf(name),
      ...change,
    });
    cleanUp.push(page.close);
    return page;
  }

  function tokenOf(name: string, lifetimeSeconds = 600): Promise<string> {
    return new SignJWT({ nickname: name, ...(name === "boss" && { role: "moderator" }) })
      .setProtectedHeader({ alg: "HS256" })
      .setIssuer("https://shop.example.org")
      .setAudience("chat")
      .setSubject(`user-${name}`)
      .setExpirationTime(Math.floor(Date.now() / 1_000) + lifetimeSeconds)
      .sign(new TextEncoder().encode(readFileSync(secret, "utf8").trim()));
  }

  /** A member by the session library of the terminal, in the room. */
  async function member(nickname: string): Promise<Session> {
    const session = await connect({ server: server.url, nickname });
    cleanUp.push(() => session.leave({ logout: false }));
    return session;
  }

  async function nicknames(session: Session): Promise<readonly string[]> {
    return (await session.users()).users.map(({ nickname }) => nickname).toSorted();
  }

  const online = (room: Page | Locator) => room.locator("[data-phase=online]").waitFor();

  async function type(room: Locator, text: string): Promise<void> {
    await room.locator("#input").fill(text);
    await room.locator("#input").press("Enter");
  }

  function reportsNothing(): void {
    expect(report).toEqual({ elsewhere: [], problems: [] });
  }

  for (const { name, command, isThere } of hosts)
    test.skipIf(!isThere)(
      `lets the users of the example host in ${name} talk, and leave as they sign out`,
      async () => {
        const ming = await member("小明");
        await ming.say("早");
        const host = await startHost(command, secret, { room: server.url, port: hostPort });
        cleanUp.push(host.stop);
        const page = await newPage(host.url);
        const room = page.locator("parlance-room");
        await room.getByText("Sign in to this site").waitFor();
        await page.fill("[name=name]", "ada");
        await page.click("#sign-in button");
        await online(room);
        await message(room, "早").waitFor();
        await type(room, "from the shop");
        await message(room, "from the shop").waitFor();
        expect((await ming.users()).users.find(({ nickname }) => nickname === "ada")).toMatchObject({
          registered: true,
        });

        const background = () =>
          room.locator("#room").evaluate((element) => getComputedStyle(element).backgroundColor);
        const send = () =>
          room.locator("#send").evaluate((element) => getComputedStyle(element).backgroundColor);
        expect([await background(), await send()]).toEqual(["rgb(250, 249, 246)", "rgb(122, 59, 0)"]);
        await page.click("#scheme");
        expect([await background(), await send()]).toEqual(["rgb(22, 24, 26)", "rgb(255, 183, 122)"]);

        await page.click("#chat summary");
        await ming.say("still there?");
        await page.locator("#unread", { hasText: "(1)" }).waitFor();
        await page.click("#chat summary");
        await expect.poll(() => page.locator("#unread").textContent()).toBe("");

        await page.click("#sign-out");
        await room.getByText("Sign in to this site").waitFor();
        expect(await nicknames(ming)).toEqual(["小明"]);
        expect(await message(room, "早").count()).toBe(0);
        // /user and /token respond with 401, which the browser reports and the page expects.
        reportsNothing();
      },
    );

  test("is there twice in a page whose policy permits its own scripts alone", async () => {
    const body = `<parlance-room id="one" server="%ROOM%" token-from="token/ada"></parlance-room>
      <parlance-room id="two" server="%ROOM%" token-from="token/bob"></parlance-room>
      <parlance-room id="three" server="%ROOM%" token-from="token/ada"></parlance-room>`;
    const host = await hostPage(body, {
      elementFrom: "host",
      policy: "require-trusted-types-for 'script'; trusted-types parlance-room",
    });
    const page = await newPage(host.url);
    const [one, two, three] = ["#one", "#two", "#three"].map((id) => page.locator(id));
    for (const room of [one!, two!, three!]) await online(room);
    await type(one!, "to you");
    for (const room of [two!, three!]) await message(room, "to you").waitFor();
    await type(two!, "@ada and to you alone");
    for (const room of [one!, three!])
      await room.locator("article.private", { hasText: "and to you alone" }).waitFor();
    reportsNothing();
  });

  test.each([
    { colorScheme: "light", lang: "en" },
    { colorScheme: "dark", lang: "zh-CN" },
  ] as const)("fits into 320 px, without a violation that axe finds: %o", async ({ colorScheme, lang }) => {
    const ming = await member("小明");
    await ming.say(`${"long".repeat(100)} https://example.org/`);
    const body = `<main><h1>Shop</h1><parlance-room server="%ROOM%" token-from="token/ada"></parlance-room></main>`;
    const host = await hostPage(body, { lang });
    const page = await newPage(host.url, { viewport: { width: 320, height: 640 }, colorScheme });
    const room = page.locator("parlance-room");
    await online(room);
    await type(room, "/help");
    await room.locator(".list").waitFor();
    await room.locator("#input").pressSequentially("@");
    await room.locator("#popup:visible").waitFor();
    expect(await violations(page)).toEqual([]);
    const name = room.locator("article button.who-menu").first();
    await name.click();
    await room.locator("[role=menu]").waitFor();
    expect(
      await room.locator("[role=menu]").evaluate((menu) => menu.getBoundingClientRect().right),
    ).toBeLessThan(320);
    expect(await violations(page)).toEqual([]);
    await page.keyboard.press("Escape");
    expect(
      await name.evaluate((button) => (button.getRootNode() as ShadowRoot).activeElement === button),
    ).toBe(true);
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(320);
    const log = room.locator("#log");
    expect(await log.evaluate(({ scrollWidth, clientWidth }) => scrollWidth - clientWidth)).toBe(0);
    expect(await room.locator("#room").getAttribute("lang")).toBe(lang);
    reportsNothing();
  });

  test("asks for another token if the first one has expired, and names what is wrong with both", async () => {
    let asked = 0;
    const lifetimes = [-60, 600, -60, -60];
    const token = (name: string) => tokenOf(name, lifetimes[asked++]);
    const body = `<parlance-room server="%ROOM%" token-from="token/ada"></parlance-room>`;
    const host = await hostPage(body, { token });
    const page = await newPage(host.url);
    await online(page);
    expect(asked).toBe(2);
    await page.evaluate(() => {
      const room = document.querySelector("parlance-room")!;
      room.addEventListener("error", (event) => {
        document.title = (event as CustomEvent<{ reason: string }>).detail.reason;
      });
      room.setAttribute("token-from", "token/bob");
    });
    await page.locator("#login-problem", { hasText: "Sign in again" }).waitFor();
    expect([await page.title(), asked]).toEqual(["ACCESS_TOKEN_INVALID", 4]);
    lifetimes.push(600);
    await page.click("#enter");
    await online(page);
    reportsNothing();
  });

  test("goes on with the next token when one expires, and asks to sign in once there is none", async () => {
    const ming = await member("小明");
    let asked = 0;
    const token = async (name: string) => (++asked < 3 ? tokenOf(name, 2) : "");
    const body = `<parlance-room server="%ROOM%" token-from="token/ada"></parlance-room>`;
    const host = await hostPage(body, { token });
    const page = await newPage(host.url);
    await online(page);
    await expect.poll(() => asked, { timeout: 10_000 }).toBe(2);
    await ming.say("go on");
    await message(page, "go on").waitFor();
    await page.getByText("Sign in to this site").waitFor();
    expect(await page.locator("#login-problem").textContent()).toBe("");
    reportsNothing();
  });

  test("names who was removed by a moderator, and lets the page enter again", async () => {
    const body = `<parlance-room id="one" server="%ROOM%" token-from="token/ada"></parlance-room>
      <parlance-room id="two" server="%ROOM%" token-from="token/boss"></parlance-room>`;
    const host = await hostPage(body, {
      script: `const one = document.querySelector("#one");
        one.addEventListener("error", ({ detail }) => { document.title = detail.reason + ": " + detail.message; });
        globalThis.enter = () => one.enter();`,
    });
    const page = await newPage(host.url);
    const [one, two] = [page.locator("#one"), page.locator("#two")];
    for (const room of [one, two]) await online(room);
    await type(two, "/kick ada");
    await expect.poll(() => page.title()).toMatch(/^REMOVED: .*moderator/);
    expect(await one.locator("#login-problem").textContent()).toMatch(/moderator/);
    await page.evaluate(() => (globalThis as unknown as { enter(): void }).enter());
    await online(one);
    reportsNothing();
  });

  test("works where nothing can be stored", async () => {
    const refused = `for (const area of ["localStorage", "sessionStorage"])
      Object.defineProperty(globalThis, area, { get() { throw new DOMException("denied", "SecurityError"); } });`;
    const body = `<parlance-room server="%ROOM%" token-from="token/ada"></parlance-room>
      <parlance-room id="guest" server="%ROOM%"></parlance-room>`;
    const page = await newPage((await hostPage(body)).url, {}, refused);
    await online(page.locator("parlance-room").first());
    const guest = page.locator("#guest");
    await guest.locator("#nickname").fill("guest");
    await guest.locator("#nickname").press("Enter");
    await online(guest);
    await type(guest, "hello");
    await message(page.locator("parlance-room").first(), "hello").waitFor();
    reportsNothing();
  });

  test("is the same member when it is moved, or removed and inserted again, and can leave then", async () => {
    const ming = await member("小明");
    await ming.say("before");
    const body = `<parlance-room server="%ROOM%" token-from="token/ada"></parlance-room><main></main>`;
    const page = await newPage((await hostPage(body)).url);
    await online(page);
    await message(page, "before").waitFor();
    const idOf = async () => (await ming.users()).users.find(({ nickname }) => nickname === "ada")?.id;
    const id = await idOf();
    const room = await page.locator("parlance-room").elementHandle();
    await page.evaluate((element) => document.querySelector("main")!.append(element!), room);
    await ming.say("while it moves");
    await message(page, "while it moves").waitFor();
    await room!.evaluate((element) => element.remove());
    await ming.say("meanwhile");
    await page.evaluate((element) => document.querySelector("main")!.append(element!), room);
    await online(page);
    for (const text of ["before", "while it moves", "meanwhile"]) {
      await message(page, text).waitFor();
      expect(await message(page, text).count()).toBe(1);
    }
    expect(await idOf()).toBe(id);
    const { events } = await ming.history({
      count: 100,
      wanted: ({ kind }) => kind === "joined" || kind === "left",
    });
    expect(events.map(({ kind }) => kind)).toEqual(["joined", "joined"]);
    await room!.evaluate(async (element) => {
      element.remove();
      await (element as unknown as { leave(): Promise<void> }).leave();
    });
    expect(await nicknames(ming)).toEqual(["小明"]);
    reportsNothing();
  });

  test("counts what arrives out of sight, and passes each message on", async () => {
    const ming = await member("小明");
    await ming.say("old");
    const body = `<parlance-room server="%ROOM%"></parlance-room>`;
    const host = await hostPage(body, {
      script: `const room = document.querySelector("parlance-room");
        globalThis.seen = [];
        room.addEventListener("message", ({ detail }) => seen.push([detail.kind, detail.sender, detail.text, detail.own, detail.id !== "" && detail.senderId !== ""]));
        room.addEventListener("unread", ({ detail }) => seen.push(detail.count));
        // Before the element is defined, or after: either is the host's to choose.
        room.accessToken = async () => (await fetch("token/ada", { method: "POST" })).text();`,
    });
    const page = await newPage(host.url);
    await online(page);
    await message(page, "old").waitFor();
    const seen = () => page.evaluate(() => (globalThis as unknown as { seen: unknown[] }).seen);
    await page.locator("parlance-room").evaluate((room) => room.toggleAttribute("hidden", true));
    await expect.poll(() => page.locator("parlance-room").isHidden()).toBe(true);
    await ming.say("one");
    await expect.poll(seen).toContain(1);
    await ming.whisper("ada", "two");
    await expect.poll(seen).toContain(2);
    await page.locator("parlance-room").evaluate((room) => room.toggleAttribute("hidden", false));
    await expect.poll(seen).toContain(0);
    await type(page.locator("parlance-room"), "mine");
    await expect.poll(async () => (await seen()).length).toBe(6);
    expect(await seen()).toEqual([
      ["group", "小明", "one", false, true],
      1,
      ["private", "小明", "two", false, true],
      2,
      0,
      ["group", "ada", "mine", true, true],
    ]);
    reportsNothing();
  });

  const frame = `<iframe title="chat" src="%ROOM%" width="600" height="400"></iframe>`;

  test.each([
    ["", ""],
    [
      ", also where it may store nothing",
      `if (self !== top) {
        const refuse = () => { throw new DOMException("denied", "SecurityError"); };
        for (const area of ["localStorage", "sessionStorage"]) Object.defineProperty(globalThis, area, { get: refuse });
        globalThis.SharedWorker = class { constructor() { refuse(); } };
      }`,
    ],
  ])("leaves the page itself to frames of the pages that are named%s", async (_, script) => {
    // Another site than the room's.
    const url = `http://localhost:${hostPort}`;
    const room = await startRoom("--frame-ancestors", url);
    server = room;
    const ming = await member("小明");
    await hostPage(frame, { elementFrom: "script", policy: `frame-src ${room.url}` });
    const page = await newPage(url, {}, script);
    const inner = page.frameLocator("iframe");
    await inner.locator("#nickname").fill("ada");
    await inner.locator("#nickname").press("Enter");
    await inner.locator("[data-phase=online]").waitFor();
    await ming.say("in a frame");
    await inner.getByText("in a frame").waitFor();
    reportsNothing();
  });

  test("leaves nothing to frames of other pages", async () => {
    const host = await hostPage(frame, { elementFrom: "script", policy: `frame-src ${server.url}` });
    const page = await newPage(host.url);
    await expect.poll(() => report.problems.join()).toContain("frame-ancestors");
    expect(await page.frameLocator("iframe").locator("#nickname").count()).toBe(0);
  });

  test("enters once the room is there", async () => {
    const body = `<parlance-room server="%ROOM%" token-from="token/ada"></parlance-room>`;
    const host = await hostPage(body, { elementFrom: "host" });
    await server.stop("SIGKILL");
    const page = await newPage(host.url);
    await page.locator("#login-problem", { hasText: "cannot be reached" }).waitFor();
    await startRoom("--listen", new URL(server.url).host);
    await online(page);
    expect(report.elsewhere).toEqual([]);
  });

  test("asks guests of an open room for a nickname, and is the same guest after a reload", async () => {
    const ming = await member("小明");
    await ming.say("hi");
    const body = `<parlance-room id="one" server="%ROOM%"></parlance-room>
      <parlance-room id="two" server="%ROOM%"></parlance-room>`;
    const page = await newPage((await hostPage(body)).url);
    for (const name of ["one", "two"]) {
      await page.locator(`#${name} #nickname`).fill(name);
      await page.locator(`#${name} #nickname`).press("Enter");
      await online(page.locator(`#${name}`));
    }
    await page.reload();
    for (const name of ["one", "two"]) await online(page.locator(`#${name}`));
    expect(await nicknames(ming)).toEqual(["one", "two", "小明"].toSorted());
    reportsNothing();
  });
});
