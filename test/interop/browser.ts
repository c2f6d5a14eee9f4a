import { access } from "node:fs/promises";
import { join } from "node:path";
import { freePort } from "../support/free-port.js";
import { examples, readInstructions } from "./readme.js";
import { openRoom, type Room } from "./room.js";
import { runShell } from "./shell-process.js";

/** The part of playwright-core that is used; it is imported only where there is a browser. */
interface Page {
  goto(url: string): Promise<unknown>;
  fill(selector: string, text: string): Promise<void>;
  press(selector: string, key: string): Promise<void>;
  textContent(selector: string): Promise<string | null>;
  close(options: { runBeforeUnload: boolean }): Promise<void>;
}
interface Browser {
  newPage(): Promise<Page>;
  close(): Promise<void>;
}
interface Playwright {
  readonly chromium: { launch(options: object): Promise<Browser> };
}

const CHROMIUM = process.env.CHROMIUM ?? "/usr/bin/chromium";
const SEE_LIMIT_MS = 30_000;
const LOOK_EVERY_MS = 50;

/** Runs a check and reports it. */
export type Attempt = <T>(title: string, work: () => Promise<T>) => Promise<T | undefined>;

// In a variable: the package may be absent where the browser is not tested.
const PLAYWRIGHT: string = "playwright-core";

/** What the browser's tests lack; undefined if nothing. */
export async function missingForBrowser(): Promise<string | undefined> {
  const has = async (there: Promise<unknown>) =>
    (await Promise.allSettled([there]))[0]?.status === "fulfilled";
  if (!(await has(access(CHROMIUM)))) return `${CHROMIUM} (or what CHROMIUM names)`;
  return (await has(import(PLAYWRIGHT))) ? undefined : `the npm package ${PLAYWRIGHT}`;
}

/** Two pages in a real browser chat over plain HTTP/1.1. */
export async function tryBrowser(attempt: Attempt): Promise<void> {
  const cwd = join(examples, "browser");
  const [install, generate, serve] = readInstructions("browser").prepare;
  const built = await attempt("browser builds by its README", async () => {
    for (const line of [install!, generate!]) {
      const command = runShell(line, cwd);
      if ((await command.ended) !== 0) throw new Error(`${line}\n${command.output()}`);
    }
    return true;
  });
  if (!built) return;
  const port = await freePort();
  const origin = `http://127.0.0.1:${port}`;
  const files = runShell(serve!.replace("127.0.0.1:8000", `127.0.0.1:${port}`), cwd);
  const { chromium } = (await import(PLAYWRIGHT)) as Playwright;
  const browser = await chromium.launch({ executablePath: CHROMIUM, args: ["--no-sandbox"] });
  const room = await openRoom("--allow-origin", origin, "--grace", "10s");
  try {
    const served = await attempt("browser is served by its README", async () => {
      await files.printed(`:${port}`, SEE_LIMIT_MS);
      return true;
    });
    if (served) await chatInPages(browser, room, origin, attempt);
  } finally {
    await browser.close();
    await files.interrupt();
    await room.close();
  }
}

async function chatInPages(browser: Browser, room: Room, origin: string, attempt: Attempt): Promise<void> {
  const carol = await room.enter("carol");
  const open = async (nickname: string, query = "") => {
    const page = await browser.newPage();
    await page.goto(`${origin}/?server=${room.url}${query}`);
    await type(page, nickname);
    return page;
  };
  let [ada, bob]: Page[] = [];

  await attempt("browser: two pages come into the room, one of them over gRPC-Web", async () => {
    ada = await open("ada");
    await sees(ada, "online as ada");
    bob = await open("bob", "&protocol=grpcweb");
    for (const page of [ada, bob]) await sees(page, "* bob joined");
    await carol.receives(
      "bob joining",
      ({ kind }) => kind.case === "joined" && kind.value.user?.nickname === "bob",
    );
  });
  await attempt("browser: one page sends, the other and TypeScript receive", async () => {
    await type(ada!, "hello <b>all</b>");
    for (const page of [ada!, bob!]) await sees(page, "ada: hello <b>all</b>");
    await carol.receives(
      "ada",
      ({ kind }) => kind.case === "groupMessage" && kind.value.text === "hello <b>all</b>",
    );
  });
  await attempt("browser: a private message reaches its two ends alone", async () => {
    await type(bob!, "@ada psst");
    for (const page of [ada!, bob!]) await sees(page, "bob -> ada: psst");
    const { cursor } = await carol.say("end");
    await carol.receives("the end", (event) => event.cursor === cursor);
    if (carol.events().some(({ kind }) => kind.case === "privateMessage"))
      throw new Error("carol received it");
  });
  await attempt("browser: a page answers !ping, in the room and privately", async () => {
    await carol.sendTo("bob", "!ping");
    await carol.receives(
      "bob's pong",
      ({ kind }) => kind.case === "privateMessage" && kind.value.text === "pong",
    );
    await carol.say("!ping");
    for (const line of ["ada: carol: pong", "bob: carol: pong"]) await sees(ada!, line);
  });
  await attempt("browser: who ignores group chat does not see it", async () => {
    await type(bob!, "/i");
    await sees(bob!, "* ignoring");
    await carol.say("unseen by bob");
    await carol.sendTo("bob", "seen by bob");
    await sees(bob!, "carol -> bob: seen by bob");
    await type(bob!, "hi");
    await sees(bob!, "IGNORING:");
    if ((await bob!.textContent("#lines"))?.includes("unseen")) throw new Error("bob saw it");
  });
  await attempt("browser: a taken nickname is reported by its reason", async () => {
    const page = await open("ada");
    await sees(page, "NICKNAME_TAKEN:");
    await page.close({ runBeforeUnload: true });
  });
  await attempt("browser: pages resume after the server was restarted", async () => {
    await room.restart();
    await carol.say("you missed this");
    for (const [page, name] of [
      [ada!, "ada"],
      [bob!, "bob"],
    ] as const)
      await sees(page, `back as ${name}`);
    await sees(ada!, "carol: you missed this");
    const lines = (await ada!.textContent("#lines")) ?? "";
    if (lines.split("hello <b>all</b>").length !== 2) throw new Error(`received twice: ${lines}`);
  });
  await attempt("browser: a page that is closed leaves, at once or after the grace", async () => {
    await ada!.close({ runBeforeUnload: true });
    await carol.receives(
      "ada leaving",
      ({ kind }) => kind.case === "left" && kind.value.user?.nickname === "ada",
    );
  });
  await attempt("browser: a page of another origin is refused by the browser", async () => {
    const page = await browser.newPage();
    await page.goto(`${origin.replace("127.0.0.1", "localhost")}/?server=${room.url}`);
    await type(page, "eve");
    await sees(page, "Failed to fetch");
  });
}

async function type(page: Page, text: string): Promise<void> {
  await page.fill("#typed", text);
  await page.press("#typed", "Enter");
}

/** Waits until the page shows these words. */
async function sees(page: Page, words: string): Promise<void> {
  let shown: string | null = "";
  for (const start = Date.now(); Date.now() - start < SEE_LIMIT_MS; ) {
    shown = await page.textContent("#lines");
    if (shown?.includes(words)) return;
    await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS));
  }
  throw new Error(`${JSON.stringify(words)} is not in ${JSON.stringify(shown)}`);
}
