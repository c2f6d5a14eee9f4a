import { existsSync } from "node:fs";
import { type Browser, type BrowserContext, chromium, type Page } from "playwright-core";

/** Debian's; another one by PARLANCE_CHROMIUM. */
const executablePath = process.env.PARLANCE_CHROMIUM ?? "/usr/bin/chromium";

/** Whether these tests can run here. */
export const hasChromium = existsSync(executablePath);

export function launch(): Promise<Browser> {
  // The sandbox needs privileges that containers withhold.
  return chromium.launch({ executablePath, args: ["--no-sandbox"] });
}

/** What the browser reported while the pages of a context were open. */
export interface Report {
  /** Addresses of requests, other than to the room's origin. */
  readonly elsewhere: string[];
  /** Errors and warnings of the console, violations of the security policy among them. */
  readonly problems: string[];
}

/** Collects what all pages of the context request and report. `origin`: the room's. */
export function watch(context: BrowserContext, origin: string): Report {
  const report: Report = { elsewhere: [], problems: [] };
  context.on("request", (request) => {
    const url = request.url();
    if (!url.startsWith(`${origin}/`) && !url.startsWith("data:")) report.elsewhere.push(url);
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
export function message(page: Page, text: string) {
  return page.locator("article", { has: page.getByText(text, { exact: true }) });
}
