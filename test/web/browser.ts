import { existsSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { type Browser, type BrowserContext, chromium, type Locator, type Page } from "playwright-core";

/** Debian's; another one by PARLANCE_CHROMIUM. */
const executablePath = process.env.PARLANCE_CHROMIUM ?? "/usr/bin/chromium";

const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

/** Whether these tests can run here. */
export const hasChromium = existsSync(executablePath);

export function launch(): Promise<Browser> {
  // The sandbox needs privileges that containers withhold.
  return chromium.launch({ executablePath, args: ["--no-sandbox"] });
}

/** What the browser reported while the pages of a context were open. */
export interface Report {
  /** Addresses of requests to other origins than are expected. */
  readonly elsewhere: string[];
  /** Errors and warnings of the console, violations of the security policy among them. */
  readonly problems: string[];
}

/** Collects what all pages of the context request and report. `origins`: the room's, and of what embeds it. */
export function watch(context: BrowserContext, ...origins: readonly string[]): Report {
  const report: Report = { elsewhere: [], problems: [] };
  context.on("request", (request) => {
    const url = request.url();
    const isExpected = url.startsWith("data:") || origins.some((origin) => url.startsWith(`${origin}/`));
    if (!isExpected) report.elsewhere.push(url);
  });
  context.on("console", (message) => {
    // A request that failed is reported by the browser itself; the tests look at what the page makes of it.
    const isOwn = !message.text().startsWith("Failed to load resource");
    if (isOwn && ["error", "warning"].includes(message.type())) report.problems.push(message.text());
  });
  context.on("weberror", (error) => report.problems.push(String(error.error().stack)));
  return report;
}

/** Opens the page; resolves when it can be typed into. */
export async function openPage(context: BrowserContext, url: string): Promise<Page> {
  const page = await context.newPage();
  await page.goto(url);
  await page.locator("#nickname:visible, #input:visible").first().waitFor();
  return page;
}

/** Enters under a nickname; resolves when the feed is live. */
export async function enter(page: Page, nickname: string): Promise<void> {
  await page.locator("#enter:enabled").waitFor();
  await page.fill("#nickname", nickname);
  await page.keyboard.press("Enter");
  await page.locator("[data-phase=online] #log").waitFor();
  await page.locator(".notice", { hasText: nickname }).first().waitFor();
}

export async function type(page: Page, text: string): Promise<void> {
  await page.fill("#input", text);
  await page.keyboard.press("Enter");
}

/** The message with this text, once it is shown. */
export function message(room: Page | Locator, text: string): Locator {
  const page = "page" in room ? room.page() : room;
  return room.locator("article", { has: page.getByText(text, { exact: true }) });
}

/** What axe finds wrong in the page as it is now, with the elements concerned. */
export async function violations(page: Page): Promise<unknown> {
  await page.evaluate(axe);
  return page.evaluate(async () => {
    const { axe: run } = globalThis as unknown as {
      axe: { run(context: Document): Promise<{ violations: { id: string; nodes: { html: string }[] }[] }> };
    };
    const { violations: found } = await run.run(document);
    return found.map(({ id, nodes }) => [id, nodes.map(({ html }) => html)]);
  });
}

/** Both languages in both colour schemes. */
export const looks = ["zh-CN", "en-US"].flatMap((locale) =>
  (["light", "dark"] as const).map((colorScheme) => ({ locale, colorScheme })),
);
