/** The page in a real Chromium: how fast it opens, what many messages cost it, and several tabs. */
import { join } from "node:path";
import { type Browser, type CDPSession, chromium, type Page } from "playwright-core";
import { chromiumPath } from "../../host/browser.js";
import { residentBytes } from "../../host/proc.js";
import type { PageJob, Report } from "../../job.js";
import { call, login } from "../dialects/connect-h1.js";
import { createHistogram } from "../histogram.js";
import { type Link, openLink } from "../link.js";
import { inParallel, pause } from "../wait.js";

const probe = join(import.meta.dirname, "probe.js");
const senders = 8;
/** Messages that are sent without waiting for the page. */
const atOnce = 1_000;
const liveLines = 20;
const jumps = 40;

export async function page(job: PageJob, report: Report): Promise<void> {
  const browser = await chromium.launch({ executablePath: chromiumPath, args: ["--no-sandbox"] });
  try {
    await timeOpening(browser, job, report);
    await timeRows(browser, job, report);
    await timeTabs(browser, job, report);
  } finally {
    await browser.close();
  }
}

const address = ({ host, port }: PageJob) => `http://${host}:${port}/`;

/** A fresh browser profile each time, so that nothing is cached. */
async function openFresh(browser: Browser, job: PageJob): Promise<Page> {
  const context = await browser.newContext({ locale: "en-US", viewport: { width: 1280, height: 800 } });
  await context.addInitScript({ path: probe });
  const opened = await context.newPage();
  await opened.goto(address(job));
  return opened;
}

async function timeOpening(browser: Browser, job: PageJob, report: Report): Promise<void> {
  const [paint, ready] = [createHistogram(), createHistogram()];
  for (let n = 0; n < job.openings; n += 1) {
    const opened = await openFresh(browser, job);
    ready.add(await opened.evaluate<number>("probe.ready()"), 1);
    paint.add(await opened.evaluate<number>("probe.firstPaintMs()"), 1);
    await opened.context().close();
  }
  const figures = { firstPaintMs: paint.quantile(0.5), readyMs: ready.quantile(0.5) };
  report({ workload: "page opening", figures });
}

/** Enters, passes the messages of the job through, then jumps in them and times single lines. */
async function timeRows(browser: Browser, job: PageJob, report: Report): Promise<void> {
  const opened = await openFresh(browser, job);
  const devtools = await opened.context().newCDPSession(opened);
  await enter(opened, "reader");
  report({ workload: "page joined", figures: { heapBytes: await heapBytes(devtools) } });

  const stays = await Promise.all(Array.from({ length: senders }, (_, n) => stayOf(job, `sender${n}`)));
  const say = (n: number, text: string) => {
    const { link, token } = stays[n % senders]!;
    return call(link, "Broadcast", token, { text }).then(() => {});
  };
  const fromMs = performance.now();
  for (let from = 0; from < job.messages; from += atOnce) {
    await inParallel(senders, senders, async (sender) => {
      for (let n = sender; n < atOnce; n += senders)
        await say(sender, `message ${from + n} of many, as long as most`);
    });
    // A page that falls far behind leaves rows out, and the rows are what is measured.
    await settled(opened, say, `${from + atOnce} of many`);
  }
  const seconds = (performance.now() - fromMs) / 1_000;
  await pause(2_000);
  const times = await opened.evaluate<number[]>(`probe.jumps(${jumps})`);
  const live = createHistogram();
  for (let n = 0; n < liveLines; n += 1) {
    live.add(await lateness(opened, say, `live line ${n}`), 1);
    await pause(100);
  }
  const jumped = createHistogram();
  for (const ms of times) jumped.add(ms, 1);
  report({
    workload: "page rows",
    figures: {
      messages: job.messages,
      seconds,
      rows: await opened.evaluate<number>("probe.rows()"),
      heapBytes: await heapBytes(devtools),
      maxRssBytes: await rendererBytes(browser),
      jumpP50Ms: jumped.quantile(0.5),
      jumpMaxMs: jumped.maxMs,
      lineP50Ms: live.quantile(0.5),
      lineMaxMs: live.maxMs,
    },
  });
  for (const { link } of stays) link.drop();
  await opened.context().close();
}

/** From sending a message to the last tab that has drawn it. */
async function timeTabs(browser: Browser, job: PageJob, report: Report): Promise<void> {
  const first = await openFresh(browser, job);
  await enter(first, "tabs");
  const others = await Promise.all(
    Array.from({ length: job.tabs - 1 }, async () => {
      const tab = await first.context().newPage();
      await tab.goto(address(job));
      await tab.locator("#input:visible").waitFor();
      return tab;
    }),
  );
  const { link, token } = await stayOf(job, "speaker");
  const last = createHistogram();
  for (let n = 0; n < 5; n += 1) {
    const text = `to every tab ${n}`;
    // A hidden tab draws no frames: it has the message when the row is in its document.
    const shown = [first, ...others].map((tab) => tab.evaluate<number>(`probe.added("${text}")`));
    await pause(300);
    const fromMs = now();
    await call(link, "Broadcast", token, { text });
    last.add(Math.max(...(await Promise.all(shown))) - fromMs, 1);
  }
  report({
    workload: "page tabs",
    figures: { tabs: job.tabs, lineP50Ms: last.quantile(0.5), lineMaxMs: last.maxMs },
  });
  link.drop();
  await first.context().close();
}

async function enter(opened: Page, nickname: string): Promise<void> {
  await opened.locator("#enter:enabled").waitFor();
  await opened.fill("#nickname", nickname);
  await opened.keyboard.press("Enter");
  await opened.locator("[data-phase=online] #input").waitFor();
  await opened.locator(".notice").first().waitFor();
}

interface Stay {
  readonly link: Link;
  readonly token: string;
}

async function stayOf(job: PageJob, nickname: string): Promise<Stay> {
  const link = await openLink(job, "connectH1");
  return { link, token: await login(link, nickname) };
}

type Say = (n: number, text: string) => Promise<void>;

async function settled(opened: Page, say: Say, text: string): Promise<void> {
  const shown = opened.evaluate<number>(`probe.shown("${text}")`);
  await say(0, text);
  await shown;
}

/** ms from sending a line to the frame that shows it. */
async function lateness(opened: Page, say: Say, text: string): Promise<number> {
  const shown = opened.evaluate<number>(`probe.shown("${text}")`);
  // Until the page watches for it.
  await opened.evaluate("0");
  const fromMs = now();
  await say(0, text);
  return (await shown) - fromMs;
}

/** Clock of the machine, ms since 1970, as the page has it. */
const now = () => performance.timeOrigin + performance.now();

async function heapBytes(devtools: CDPSession): Promise<number> {
  await devtools.send("HeapProfiler.collectGarbage");
  const { usedSize } = await devtools.send("Runtime.getHeapUsage");
  return usedSize;
}

/** Resident memory of the largest renderer. */
async function rendererBytes(browser: Browser): Promise<number> {
  const devtools = await browser.newBrowserCDPSession();
  const { processInfo } = await devtools.send("SystemInfo.getProcessInfo");
  const renderers = processInfo.filter(({ type }) => type === "renderer");
  return Math.max(...renderers.map(({ id }) => residentBytes(id)));
}
