/** Menus on names and messages: what is done to people, and to what was said. */
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { enter, hasChromium, launch, looks, message, openPage, type, violations } from "./browser.js";
import { contents, NOTHING, Room } from "./room.js";

const SECRET = "correct horse battery";

describe.skipIf(!hasChromium)("acting by the page", () => {
  let browser: Browser;
  beforeAll(async () => {
    browser = await launch();
  });
  afterAll(() => browser.close());

  const items = (page: Page) => page.getByRole("menuitem").allTextContents();
  const notice = (page: Page, text: string | RegExp) => page.locator(".notice", { hasText: text }).last();
  const problem = (page: Page, text: string) => page.locator(".problem", { hasText: text }).last();

  /** Opens the menu on the name of the sender. */
  async function openMenuOn(page: Page, text: string): Promise<void> {
    await message(page, text).locator("button.who-menu").click();
    await page.locator("[role=menu]").waitFor();
  }

  async function choose(page: Page, name: string): Promise<void> {
    await page.getByRole("menuitem", { name }).click();
  }

  /** A page whose reader is an owner, or has another role. */
  async function enterAs(room: Room, nickname: string, role: "owner" | "moderator"): Promise<Page> {
    const page = await room.page();
    await enter(page, nickname);
    await type(page, `/register ${SECRET}`);
    await notice(page, "your nickname is registered now").waitFor();
    await room.appoint(nickname, role);
    await notice(page, `you are ${role === "owner" ? "an owner" : "a moderator"} now`).waitFor();
    return page;
  }

  test("a guest can address and ignore, by mouse and by keys", async () => {
    await using room = await Room.open(browser);
    const ming = await room.member("小明");
    await ming.say("one");
    const page = await room.page();
    await enter(page, "ada");
    await openMenuOn(page, "one");
    expect(await items(page)).toEqual(["Private message", "Ignore"]);
    expect(await page.getByRole("menu").getAttribute("aria-label")).toBe("Actions on 小明");
    const { height } = (await page.getByRole("menuitem").first().boundingBox())!;
    expect(height).toBeGreaterThanOrEqual(24);
    await page.keyboard.press("ArrowDown");
    await page.keyboard.press("ArrowDown");
    expect(await page.evaluate(() => document.activeElement?.textContent)).toBe("Private message");
    await page.keyboard.press("End");
    await page.keyboard.press("Enter");
    await notice(page, "ignoring 小明 until they leave").waitFor();
    await ming.say("two");
    await page.click("#own");
    await page.locator("[role=menu]").waitFor();
    await page.keyboard.press("Escape");
    await expect.poll(() => page.locator("[role=menu]").count()).toBe(0);

    // By the keyboard alone: the log, its last message, that message's menu.
    await page.keyboard.press("F6");
    await page.keyboard.press("ArrowUp");
    expect(await page.evaluate(() => document.activeElement?.querySelector(".text")?.textContent)).toBe(
      "one",
    );
    await page.keyboard.press("m");
    await page.locator("[role=menu]").waitFor();
    expect(await items(page)).toEqual(["Reply", "Private message", "Show again"]);
    await choose(page, "Show again");
    await notice(page, "小明 is shown again").waitFor();
    await ming.say("three");
    await message(page, "three").waitFor();
    expect(await message(page, "two").count()).toBe(0);
    await openMenuOn(page, "three");
    await choose(page, "Private message");
    expect(await page.inputValue("#input")).toBe("@小明 ");
    expect(room.reported).toEqual(NOTHING);
  });

  test("the names of those who are online have menus, too, also for the keyboard", async () => {
    await using room = await Room.open(browser);
    await (await room.member("小明")).say("hi");
    const page = await room.page();
    await enter(page, "ada");
    await type(page, "/ls");
    const name = page.locator(".list button.who-menu", { hasText: "小明" });
    await name.waitFor();
    const { width, height } = (await name.boundingBox())!;
    expect(Math.min(width, height)).toBeGreaterThanOrEqual(24);
    await page.keyboard.press("Shift+Tab");
    expect(await name.evaluate((button) => button === document.activeElement)).toBe(true);
    await page.keyboard.press("Enter");
    await page.locator("[role=menu]").waitFor();
    expect(await items(page)).toEqual(["Private message", "Ignore"]);
    await page.keyboard.press("Escape");
    await expect.poll(() => name.evaluate((button) => button === document.activeElement)).toBe(true);
  });

  test("who is ignored still is after a reload", async () => {
    await using room = await Room.open(browser);
    const ming = await room.member("小明");
    await ming.say("one");
    const page = await room.page();
    await enter(page, "ada");
    await openMenuOn(page, "one");
    await choose(page, "Ignore");
    await notice(page, "ignoring 小明").waitFor();
    await page.reload();
    await page.locator("[data-phase=online] #log").waitFor();
    await type(page, "/ignore");
    await notice(page, "you ignore 小明").waitFor();
  });

  test("an owner mutes, removes, bans and erases, after a question that names the person", async () => {
    await using room = await Room.open(browser);
    const mallory = await room.member("mallory");
    const page = await enterAs(room, "ada", "owner");
    await mallory.say("buy now");
    await openMenuOn(page, "buy now");
    const harsh = ["Mute...", "Remove from the room...", "Ban...", "Erase their latest messages..."];
    expect(await items(page)).toEqual(["Private message", "Ignore", ...harsh]);
    await choose(page, "Mute");
    const mute = page.getByRole("dialog", { name: "Mute mallory?" });
    await mute.getByLabel("For how long").selectOption({ label: "1 h" });
    await mute.getByLabel("Reason").fill("too loud");
    await mute.getByRole("button", { name: "Mute" }).click();
    await notice(page, /ada muted mallory .*(1 h|60 min).*too loud/).waitFor();
    await expect(mallory.say("can you hear me")).rejects.toThrow(/muted/);

    await openMenuOn(page, "buy now");
    await choose(page, "Erase their latest");
    const erase = page.getByRole("dialog", { name: "Erase the latest messages of mallory?" });
    await erase.getByRole("button", { name: "Cancel" }).click();
    expect(await message(page, "buy now").count()).toBe(1);
    await openMenuOn(page, "buy now");
    await choose(page, "Erase their latest");
    await erase.getByRole("button", { name: "Erase" }).click();
    await page.locator("article.erased", { hasText: "This message was erased" }).waitFor();
    expect(await contents(page)).not.toContain("buy now");

    await page.locator("article.erased button.who-menu").click();
    await choose(page, "Remove");
    const kick = page.getByRole("dialog", { name: "Remove mallory from the room?" });
    await kick.getByRole("button", { name: "Remove" }).click();
    await notice(page, "ada removed mallory").waitFor();
    await notice(page, "mallory was removed").waitFor();
    await (await room.member("mallory")).say("back again");
    await openMenuOn(page, "back again");
    await choose(page, "Ban");
    const ban = page.getByRole("dialog", { name: "Ban mallory from the room?" });
    await ban.getByLabel("Reason").fill("spam");
    await ban.getByRole("button", { name: "Ban" }).click();
    await notice(page, /ada banned mallory .*spam/).waitFor();
    await page.click("#own");
    await choose(page, "Bans in force");
    await notice(page, "mallory").waitFor();
    await page.click("#own");
    await choose(page, "Issue an invite");
    await page
      .getByRole("dialog", { name: "Issue an invite" })
      .getByRole("button", { name: "Issue" })
      .click();
    await notice(page, /invite \S+ \(1 login, for 7 d\)/).waitFor();
    expect(room.reported).toEqual(NOTHING);
  });

  test("nothing is offered against an equal, and a refusal is in words", async () => {
    await using room = await Room.open(browser);
    const owner = await room.member("eve");
    await owner.register(SECRET);
    await room.appoint("eve");
    const page = await enterAs(room, "ada", "moderator");
    await owner.say("hello");
    await openMenuOn(page, "hello");
    expect(await items(page)).toEqual(["Private message", "Ignore"]);
    await page.keyboard.press("Escape");
    await type(page, "/kick eve");
    await problem(page, "Not allowed").waitFor();
  });

  test("a message that was erased loses its text everywhere", async () => {
    await using room = await Room.open(browser);
    const ming = await room.member("小明");
    const eve = await room.member("eve");
    const secret = await ming.say("the password is hunter2");
    await eve.say("do not write that here", { replyToId: secret.id });
    await ming.edit(secret.id, "the password is hunter2, sorry");
    const context = await room.context();
    const page = await openPage(context, room.url);
    await enter(page, "ada");
    await message(page, "do not write that here").waitFor();
    expect(await page.locator(".quote", { hasText: "hunter2" }).count()).toBe(2);
    await page.locator("#input").fill("/find password");
    await page.keyboard.press("Enter");
    await page.locator("#found li", { hasText: "hunter2" }).first().waitFor();
    await page.fill("#find-text", "");
    await page.locator("article", { hasText: "the password" }).locator("button.more").click({ force: true });
    await choose(page, "Reply");
    await page.locator("#subject", { hasText: "hunter2" }).waitFor();

    await ming.redact([secret.id]);
    await notice(page, "1 message of 小明 was erased").waitFor();
    await page.locator("article.erased", { hasText: "This message was erased" }).waitFor();
    await page.locator(".notice.erased").waitFor();
    expect(await contents(page)).not.toContain("hunter2");
    const later = await openPage(context, room.url);
    await later.locator("article.erased").waitFor();
    expect(await contents(later)).not.toContain("hunter2");
    await page.reload();
    await message(page, "do not write that here").waitFor();
    expect(await contents(page)).not.toContain("hunter2");
    expect(room.reported).toEqual(NOTHING);
  });

  test("a reader replies, changes what it wrote, and takes it back, by keys", async () => {
    await using room = await Room.open(browser);
    const ming = await room.member("小明");
    await ming.say("lunch?");
    const page = await room.page();
    await enter(page, "ada");
    await message(page, "lunch?").waitFor();
    await page.keyboard.press("F6");
    await page.keyboard.press("ArrowUp");
    await page.keyboard.press("Enter");
    await page.locator("#subject", { hasText: "Reply to 小明: lunch?" }).waitFor();
    await page.keyboard.type("yes, at noon");
    await page.keyboard.press("Enter");
    await message(page, "yes, at noon").waitFor();
    await page.locator(".quote", { hasText: "小明: lunch?" }).waitFor();
    expect(await page.locator("#subject").isHidden()).toBe(true);

    await page.keyboard.press("F6");
    await page.keyboard.press("ArrowUp");
    await page.keyboard.press("e");
    await page.locator("#subject", { hasText: "Edit: yes, at noon" }).waitFor();
    expect(await page.inputValue("#input")).toBe("yes, at noon");
    await page.keyboard.press("Escape");
    expect(await page.inputValue("#input")).toBe("");
    await page.keyboard.press("F6");
    await page.keyboard.press("ArrowUp");
    await page.keyboard.press("e");
    await page.locator("#subject:visible").waitFor();
    await page.fill("#input", "yes, at one");
    await page.keyboard.press("Enter");
    await notice(page, "you changed this to: yes, at one").waitFor();
    await page.locator("article", { hasText: "yes, at noon" }).locator(".edited").waitFor();

    await page.keyboard.press("F6");
    await page.keyboard.press("ArrowUp");
    await page.keyboard.press("Delete");
    const dialog = page.getByRole("dialog", { name: "Erase this message of yours?" });
    // What cannot be undone is not under the first key.
    expect(
      await dialog.getByRole("button", { name: "Cancel" }).evaluate((one) => one === document.activeElement),
    ).toBe(true);
    await dialog.getByRole("button", { name: "Erase" }).click();
    await page.locator("article.erased").waitFor();
    expect(await page.locator("#log").textContent()).not.toMatch(/at (noon|one)/);
    expect(room.reported).toEqual(NOTHING);
  });

  test("a typed command that cannot be undone asks, and is confirmed by Enter", async () => {
    await using room = await Room.open(browser);
    const page = await room.page();
    await enter(page, "ada");
    await type(page, "slip of the tongue");
    await message(page, "slip of the tongue").waitFor();
    await type(page, "/redact");
    await problem(page, "This erases your message").waitFor();
    await expect.poll(() => page.inputValue("#input")).toBe("/redact");
    expect(await message(page, "slip of the tongue").count()).toBe(1);
    await page.keyboard.press("Enter");
    await page.locator("article.erased").waitFor();
  });

  test("a reply to a private message is private", async () => {
    await using room = await Room.open(browser);
    const ming = await room.member("小明");
    const page = await room.page();
    await enter(page, "ada");
    await ming.whisper("ada", "psst");
    await message(page, "psst").locator("button.more").click({ force: true });
    await choose(page, "Reply");
    await page.locator("#recipient", { hasText: "Private to 小明" }).waitFor();
    await page.keyboard.type("what is it?");
    await page.keyboard.press("Enter");
    await page.locator("article.private.own", { hasText: "what is it?" }).waitFor();
    await page.locator(".quote", { hasText: "小明: psst" }).waitFor();
  });

  test.each(looks)("has no violation that axe finds: %o", async (look) => {
    await using room = await Room.open(browser);
    const ming = await room.member("小明");
    const robot = await room.member("robot", { bot: true });
    const ada = await room.member("ada");
    await ada.register(SECRET);
    await room.appoint("ada");
    const bad = await ming.say("bad");
    const first = await ming.say("看 https://example.org/");
    await robot.say("ok", { replyToId: first.id });
    await ming.edit(first.id, "看这里");
    await ming.redact([bad.id]);
    const page = await room.page({ ...look, viewport: { width: 320, height: 640 } });
    await page.click("#is-registered");
    await page.fill("#nickname", "ada");
    await page.fill("#secret", SECRET);
    await page.keyboard.press("Enter");
    await message(page, "ok").waitFor();
    await message(page, "ok").locator("button.more").click({ force: true });
    await page.locator("[role=menu]").waitFor();
    expect(await violations(page)).toEqual([]);
    await page.keyboard.press("End");
    await page.keyboard.press("Enter");
    await page.locator("dialog").waitFor();
    expect(await violations(page)).toEqual([]);
    await page.keyboard.press("Escape");
    await message(page, "ok").locator("button.more").click({ force: true });
    await page.locator("[role=menu]").waitFor();
    await page.keyboard.press("Enter");
    await page.locator("#subject:visible").waitFor();
    await page.click("#search");
    await page.fill("#find-text", "ok");
    await page.keyboard.press("Enter");
    await page.locator("#found li").first().waitFor();
    expect(await violations(page)).toEqual([]);
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(320);
    expect(room.reported).toEqual(NOTHING);
  });
});
