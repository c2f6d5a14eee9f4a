/** Lines that wait, and the search in what was said before. */
import { join } from "node:path";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { enter, hasChromium, launch, looks, message, type, violations } from "./browser.js";
import { NOTHING, Room } from "./room.js";

describe.skipIf(!hasChromium)("reading and waiting in the page", () => {
  let browser: Browser;
  beforeAll(async () => {
    browser = await launch();
  });
  afterAll(() => browser.close());

  const durable = (folder: string) => [
    "--store",
    `sqlite:${join(folder, "room.db")}`,
    "--admin-socket",
    "off",
  ];
  const pending = (page: Page) => page.locator("#pending li");

  test("what is typed while the server is away waits, can be changed or dropped, and is sent once", async () => {
    await using room = await Room.open(browser, durable);
    const page = await room.page();
    await enter(page, "ada");
    const start = await room.kill(durable);
    await page.locator("[data-phase=offline]").waitFor();
    for (const text of ["first", "second", "third", "/register correct horse battery"])
      await type(page, text);
    await expect.poll(() => pending(page).count()).toBe(4);
    expect(await pending(page).first().textContent()).toContain("1/4first");
    expect(await pending(page).last().textContent()).toContain("/register ********");
    expect(await page.locator("#status").textContent()).toContain("4 pending");

    await pending(page).filter({ hasText: "second" }).getByRole("button", { name: "Edit" }).click();
    await expect.poll(() => page.inputValue("#input")).toBe("second");
    await type(page, "second, changed");
    await pending(page).filter({ hasText: "third" }).getByRole("button", { name: "Cancel" }).click();
    await page.locator(".problem", { hasText: "1 pending line cancelled" }).waitFor();
    // On an empty input, as in the terminal: the last one comes back.
    await page.locator("#input").press("ArrowUp");
    await expect.poll(() => page.inputValue("#input")).toBe("second, changed");
    await page.keyboard.press("Enter");
    await pending(page).filter({ hasText: "register" }).getByRole("button", { name: "Cancel" }).click();
    await expect.poll(() => pending(page).count()).toBe(2);

    await start();
    await page.locator("[data-phase=online]").waitFor();
    await message(page, "second, changed").waitFor();
    await expect.poll(() => pending(page).count()).toBe(0);
    const texts = page.locator("article.own .text");
    await expect.poll(() => texts.allTextContents()).toEqual(["first", "second, changed"]);
  });

  test.each(looks)("has no violation that axe finds while lines wait: %o", async (look) => {
    await using room = await Room.open(browser, durable);
    const page = await room.page({ ...look, viewport: { width: 320, height: 640 } });
    await enter(page, "ada");
    await room.kill(durable);
    await page.locator("[data-phase=offline]").waitFor();
    for (const text of ["one", "@bob two"]) await type(page, text);
    await expect.poll(() => pending(page).count()).toBe(2);
    expect(await violations(page)).toEqual([]);
  });

  test("leaving the page asks while lines wait", async () => {
    await using room = await Room.open(browser, durable);
    const page = await room.page();
    await enter(page, "ada");
    await room.kill(durable);
    await page.locator("[data-phase=offline]").waitFor();
    await type(page, "wait");
    await pending(page).waitFor();
    const dialog = page.waitForEvent("dialog");
    const closing = page.close({ runBeforeUnload: true });
    expect((await dialog).type()).toBe("beforeunload");
    await (await dialog).dismiss();
    await closing;
    expect(await pending(page).count()).toBe(1);
  });

  /** As many messages as a room has after a while. */
  async function fill(room: Room, count: number, needle: string): Promise<void> {
    const ming = await room.member("小明");
    await ming.say(needle);
    for (let from = 0; from < count; from += 100)
      await Promise.all(Array.from({ length: 100 }, (_, i) => ming.say(`message ${from + i}`)));
    await ming.say("the end");
  }

  test("a search opens what it found in its place, from where the reader goes on", async () => {
    await using room = await Room.open(browser);
    await fill(room, 600, "a needle in the hay");
    const page = await room.page();
    await enter(page, "ada");
    await message(page, "the end").waitFor();
    expect(await message(page, "a needle in the hay").count()).toBe(0);
    await page.click("#search");
    await page.locator("#find-text").waitFor();
    await page.keyboard.type("NEEDLE");
    await page.keyboard.press("Enter");
    const found = page.locator("#found li", { hasText: "a needle in the hay" });
    await found.waitFor();
    await page.locator("#found [role=status]", { hasText: "All that is kept was searched" }).waitFor();
    await found.locator("button").click();
    const opened = page.locator("article.opened");
    await opened.waitFor();
    expect(await opened.locator(".text").textContent()).toBe("a needle in the hay");
    expect(await opened.evaluate((row) => row === document.activeElement)).toBe(true);
    const inSight = await opened.evaluate((row) => {
      const { top, bottom } = row.getBoundingClientRect();
      const log = document.querySelector("#log")!.getBoundingClientRect();
      return top >= log.top && bottom <= log.bottom;
    });
    expect(inSight).toBe(true);
    await message(page, "message 3").waitFor();

    // What arrives meanwhile is counted, and shown when the reader is back.
    const eve = await room.member("eve");
    await eve.say("news");
    await page.locator("#latest", { hasText: "1 new" }).waitFor();
    expect(await message(page, "news").count()).toBe(0);
    const shown = await page.locator("article").count();
    await page.locator("#log").evaluate((log) => log.scrollTo(0, log.scrollHeight));
    await expect.poll(() => page.locator("article").count()).toBeGreaterThan(shown);
    await page.click("#latest");
    await message(page, "news").waitFor();
    await message(page, "the end").waitFor();
    expect(await page.locator("#latest").isHidden()).toBe(true);
    await eve.say("more news");
    await message(page, "more news").waitFor();
    expect(room.reported).toEqual(NOTHING);
  });

  test("scrolling on from an opened message reaches the present", async () => {
    await using room = await Room.open(browser);
    await fill(room, 300, "a needle in the hay");
    const page = await room.page();
    await enter(page, "ada");
    await type(page, "/find needle");
    await page.locator("#found li button").click();
    await page.locator("article.opened").waitFor();
    await expect
      .poll(
        async () => {
          await page.locator("#log").evaluate((log) => log.scrollTo(0, log.scrollHeight));
          return page.locator("#latest").isHidden();
        },
        { timeout: 20_000 },
      )
      .toBe(true);
    await message(page, "the end").waitFor();
    const eve = await room.member("eve");
    await eve.say("news");
    await message(page, "news").waitFor();
  });

  test("a search that finds nothing states it, and one without a text asks for one", async () => {
    await using room = await Room.open(browser);
    const page = await room.page();
    await enter(page, "ada");
    await type(page, "/find");
    await expect.poll(() => page.evaluate(() => document.activeElement?.id)).toBe("find-text");
    await page.keyboard.type("nowhere");
    await page.keyboard.press("Enter");
    await page.locator("#found [role=status]", { hasText: 'Nothing found with "nowhere"' }).waitFor();
    await page.keyboard.press("Escape");
    await expect.poll(() => page.evaluate(() => document.activeElement?.id)).toBe("input");
    expect(await page.locator("#found").isHidden()).toBe(true);
  });
});
