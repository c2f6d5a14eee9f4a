/** Entering, as GetRoom and the room's refusals ask for it; registering. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { enter, hasChromium, launch, looks, message, openPage, type, violations } from "./browser.js";
import { contents, NOTHING, Room } from "./room.js";

const SECRET = "correct horse battery";

describe.skipIf(!hasChromium)("entering by the page", () => {
  let browser: Browser;
  beforeAll(async () => {
    browser = await launch();
  });
  afterAll(() => browser.close());

  const isShown = (page: Page, id: string) => page.locator(`#${id}`).isVisible();
  const problem = (page: Page) => page.locator("#login-problem");

  async function attempt(page: Page, filled: Readonly<Record<string, string>>): Promise<void> {
    await page.locator("#enter:enabled").waitFor();
    for (const [id, text] of Object.entries(filled)) await page.fill(`#${id}`, text);
    await page.keyboard.press("Enter");
  }

  test("a registered nickname asks for its secret, which is kept nowhere", async () => {
    await using room = await Room.open(browser);
    await (await room.member("ada")).register(SECRET);
    const page = await room.page();
    expect(await isShown(page, "secret")).toBe(false);
    await attempt(page, { nickname: "ada" });
    await problem(page)
      .filter({ hasText: '"ada" is registered. If it is yours, enter its secret' })
      .waitFor();
    expect(await page.locator("#suggestion").isVisible()).toBe(true);
    expect(await page.evaluate(() => document.activeElement?.id)).toBe("secret");
    const kinds = await page
      .locator("#login input:visible")
      .evaluateAll((inputs) => inputs.map((input) => input.getAttribute("autocomplete")));
    expect(kinds).toEqual(["username", "current-password"]);

    await attempt(page, { secret: "a wrong guess" });
    await problem(page).filter({ hasText: 'That is not the secret of "ada"' }).waitFor();
    expect(await page.inputValue("#secret")).toBe("");
    await attempt(page, { secret: SECRET });
    await page.locator("[data-phase=online] #log").waitFor();
    await type(page, "it is me");
    await message(page, "it is me").locator("[role=img][title='registered nickname']").waitFor();
    expect(await contents(page)).not.toContain(SECRET);
    expect(await page.inputValue("#secret")).toBe("");
    expect(room.reported).toEqual(NOTHING);
  });

  test("the field of the secret can be asked for", async () => {
    await using room = await Room.open(browser);
    await (await room.member("ada")).register(SECRET);
    const page = await room.page();
    await page.click("#is-registered");
    await attempt(page, { nickname: "ada", secret: SECRET });
    await page.locator("[data-phase=online] #log").waitFor();
  });

  test("a room with a door asks for an invite or its passphrase", async () => {
    await using room = await Room.open(browser, (folder) => {
      const file = join(folder, "passphrase");
      writeFileSync(file, "open sesame\n", { mode: 0o600 });
      return ["--entry", "invite", "--passphrase-file", file];
    });
    const page = await room.page();
    await page.locator("#invite:visible").waitFor();
    await attempt(page, { nickname: "ada" });
    await problem(page).filter({ hasText: "This room asks for an invite or its passphrase. Ask" }).waitFor();
    await attempt(page, { invite: "open" });
    await problem(page).filter({ hasText: "That invite or passphrase is not valid" }).waitFor();
    await attempt(page, { invite: "open sesame" });
    await page.locator("[data-phase=online] #log").waitFor();
    expect(room.reported).toEqual(NOTHING);
  });

  test("a room for registered nicknames states it, and asks for the secret", async () => {
    await using room = await Room.open(browser, () => ["--entry", "registered"]);
    const page = await room.page();
    await page.locator("#entry", { hasText: "This room is for registered nicknames" }).waitFor();
    await attempt(page, { nickname: "ada" });
    await problem(page)
      .filter({ hasText: "This room is for registered nicknames. If you have one" })
      .waitFor();
  });

  test("a closed room states until when", async () => {
    await using room = await Room.open(browser);
    const owner = await room.member("ada");
    await owner.register(SECRET);
    await room.appoint("ada");
    await owner.moderate((client, options) => client.updateRoom({ closeFor: { seconds: 600n } }, options));
    const page = await room.page();
    await page.locator("#entry", { hasText: "Guests cannot enter now, try again in 10 min" }).waitFor();
    await attempt(page, { nickname: "bob" });
    await problem(page).filter({ hasText: "This room is closed to guests for 10 min more" }).waitFor();
  });

  const external = (folder: string, ...more: string[]) => {
    const file = join(folder, "key");
    writeFileSync(file, "k".repeat(32), { mode: 0o600 });
    const access = ["--access-secret-file", file, "--access-issuer", "i", "--access-audience", "a"];
    return ["--entry", "external", ...access, ...more];
  };

  test("a room of an application asks for nothing, and states how it is entered", async () => {
    await using room = await Room.open(browser, external);
    const context = await room.context();
    const page = await context.newPage();
    await page.goto(room.url);
    await problem(page).filter({ hasText: "This room is entered through the application" }).waitFor();
    expect(await page.locator("#login input:visible").count()).toBe(0);
    expect(room.reported).toEqual(NOTHING);
  });

  test("whom a proxy names is in the room without a question", async () => {
    const flags = ["--trust-header", "x-forwarded-user", "--trusted-proxy", "127.0.0.1"];
    await using room = await Room.open(browser, (folder) => external(folder, ...flags));
    const context = await room.context({ extraHTTPHeaders: { "x-forwarded-user": "ada" } }, (made) =>
      made.addInitScript("delete globalThis.SharedWorker"),
    );
    const page = await openPage(context, room.url);
    await page.locator("[data-phase=online] #log").waitFor();
    await page.locator("#own", { hasText: "ada" }).waitFor();
  });

  test.each([
    ["en-US", /banned.*60 min more: spam/],
    ["zh-CN", /禁止进入.*60 分钟：spam/],
  ])("a banned person reads why and for how long: %s", async (locale, words) => {
    await using room = await Room.open(browser, () => ["--exempt", "192.0.2.1"]);
    const owner = await room.member("ada");
    await owner.register(SECRET);
    await room.appoint("ada");
    const page = await room.page({ locale });
    await enter(page, "mallory");
    const target = { case: "nickname", value: "mallory" } as const;
    await owner.moderate((client, options) =>
      client.ban({ target, duration: { seconds: 3_600n }, reason: "spam", spareAddress: true }, options),
    );
    // What ended the stay, and then what refuses the next one.
    await problem(page).filter({ hasText: "spam" }).waitFor();
    await attempt(page, { nickname: "mallory" });
    await problem(page).filter({ hasText: words }).waitFor();
  });

  test("a full room is said to be full", async () => {
    await using room = await Room.open(browser, () => ["--max-members", "1"]);
    await (await room.member("ada")).say("hi");
    const page = await room.page();
    await attempt(page, { nickname: "bob" });
    await problem(page).filter({ hasText: /full/i }).waitFor();
  });

  test("registers from the menu: the secret is shown once, and works", async () => {
    await using room = await Room.open(browser);
    const context = await room.context();
    const page = await openPage(context, room.url);
    const other = await openPage(context, room.url);
    await page.bringToFront();
    await enter(page, "ada");
    await page.click("#own");
    await page.getByRole("menuitem", { name: "Register this nickname" }).click();
    await page.getByRole("dialog", { name: "Make ada your nickname" }).waitFor();
    const field = page.locator("dialog input[type=password]");
    expect(await field.getAttribute("autocomplete")).toBe("new-password");
    await page.locator("dialog button[type=submit]").click();
    const made = page.locator(".made-secret");
    const secret = (await made.textContent())!;
    expect(secret).toMatch(/^prl_[\w-]{27}$/);
    expect(await page.locator("dialog input[autocomplete=new-password]").inputValue()).toBe(secret);
    await page.locator("dialog button[type=submit]").click();
    await page.locator(".notice", { hasText: "your nickname is registered now" }).waitFor();
    await other.locator(".notice", { hasText: "your nickname is registered now" }).waitFor();
    const third = await openPage(context, room.url);
    await third.locator(".notice", { hasText: "your nickname is registered now" }).waitFor();
    for (const tab of [page, other, third]) expect(await contents(tab)).not.toContain(secret);

    await page.bringToFront();
    const session = await room.member("ada", { secret });
    expect(session.self.nickname).toBe("ada");
    await page.click("#own");
    await page.getByRole("menuitem", { name: "Give the nickname up" }).click();
    await page.getByRole("dialog", { name: "Give ada up?" }).getByText("Give it up").click();
    await page
      .locator(".notice", { hasText: "no longer" })
      .or(page.locator(".notice", { hasText: "guest" }))
      .waitFor();
    expect(room.reported).toEqual(NOTHING);
  });

  test("a registration that the room refuses is refused in words", async () => {
    await using room = await Room.open(browser);
    const owner = await room.member("eve");
    await owner.register(SECRET);
    await room.appoint("eve");
    await owner.moderate((client, options) => client.updateRoom({ registration: false }, options));
    const page = await room.page();
    await enter(page, "ada");
    await page.click("#own");
    await page.getByRole("menuitem", { name: "Register this nickname" }).click();
    await page.locator("dialog button[type=submit]").click();
    await page.locator(".problem", { hasText: /not .*regist|regist.* not/i }).waitFor();
    expect(await page.locator("dialog").count()).toBe(0);
  });

  test("a typed secret is masked, not recalled, and not shown", async () => {
    await using room = await Room.open(browser);
    const page = await room.page();
    await enter(page, "ada");
    await type(page, "/help");
    await page.locator("#input").pressSequentially(`/register ${SECRET}`);
    await page.locator("#input.secret").waitFor();
    await page.keyboard.press("Enter");
    await page.locator(".notice", { hasText: "ada has the secret that you chose. This page" }).waitFor();
    await page.keyboard.press("ArrowUp");
    expect(await page.inputValue("#input")).toBe("/help");
    expect(await contents(page)).not.toContain(SECRET);
    await page.fill("#input", "/register");
    await page.keyboard.press("Enter");
    await page.locator(".made-secret").waitFor();
  });

  test.each(looks)("has no violation that axe finds: %o", async (look) => {
    await using room = await Room.open(browser, (folder) => {
      const file = join(folder, "passphrase");
      writeFileSync(file, "open sesame\n", { mode: 0o600 });
      return ["--entry", "invite", "--passphrase-file", file];
    });
    const ada = await room.member("ada", { invite: "open sesame" });
    await ada.register(SECRET);
    const page = await room.page({ ...look, viewport: { width: 390, height: 780 } });
    await page.locator("#invite:visible").waitFor();
    await attempt(page, { nickname: "ada", invite: "x" });
    await page.locator("#secret:visible").waitFor();
    expect(await violations(page)).toEqual([]);
    await attempt(page, { nickname: "bob", secret: "", invite: "open sesame" });
    await page.locator("[data-phase=online] #log").waitFor();
    await page.click("#own");
    await page.locator("[role=menu]").waitFor();
    expect(await violations(page)).toEqual([]);
    await page.keyboard.press("Enter");
    await page.locator("dialog").waitFor();
    expect(await violations(page)).toEqual([]);
    await page.locator("dialog button[type=submit]").click();
    await page.locator(".made-secret").waitFor();
    expect(await violations(page)).toEqual([]);
    expect(room.reported).toEqual(NOTHING);
  });
});
