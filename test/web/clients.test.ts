/** One room, three clients: the page in Chromium, the terminal client in a terminal, and a program in Python. */
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import { useBundle } from "../client/support/bundle.js";
import { startScreen } from "../client/support/pty.js";
import { tieToThisProcess } from "../support/children.js";
import { startServer } from "../support/process.js";
import { enter, hasChromium, launch, message, openPage, type, watch } from "./browser.js";

const hasPython = spawnSync("python3", ["--version"]).status === 0;

describe.skipIf(!(hasChromium && hasPython))("a page, a terminal and a program in Python", () => {
  /** Says that it is here, and replies to ping as it was sent: to everyone or in private. */
  async function startClerk(url: string): Promise<void> {
    const program = join(import.meta.dirname, "clerk.py");
    const clerk = spawn("python3", [program, url, "clerk"], { stdio: ["ignore", "ignore", "inherit"] });
    tieToThisProcess(clerk);
    onTestFinished(async () => {
      clerk.kill();
      if (clerk.exitCode === null && clerk.signalCode === null) await once(clerk, "exit");
    });
  }

  test("talk to everyone and in private, each with both others", async () => {
    const server = await startServer(["--rate", "0"]);
    onTestFinished(async () => void (await server.stop("SIGKILL")));
    const browser = await launch();
    onTestFinished(() => browser.close());
    const context = await browser.newContext({ locale: "en-US" });
    const report = watch(context, server.url);
    const page = await openPage(context, server.url);
    const inPrivate = (text: string) => page.locator("article.private", { hasText: text }).waitFor();
    await enter(page, "ada");
    await using ming = startScreen(useBundle(), { args: ["-s", server.url, "-n", "ming", "--lang", "en"] });
    await ming.shows("* ming joined");

    await startClerk(server.url);
    await message(page, "clerk is here").waitFor();
    await ming.shows("clerk: clerk is here");

    await type(page, "hello from a browser");
    await ming.shows("ada: hello from a browser");
    await type(page, "@ming for your eyes");
    await ming.shows("[private] ada -> you: for your eyes");
    ming.type("hello from a terminal\r");
    await message(page, "hello from a terminal").waitFor();
    ming.type("@ada for yours\r");
    await inPrivate("for yours");

    await type(page, "ping");
    await message(page, "pong to ada").waitFor();
    await type(page, "@clerk ping");
    await inPrivate("pong in private to ada");
    ming.type("ping\r");
    await ming.shows("clerk: pong to ming");
    ming.type("@clerk ping\r");
    await ming.shows("[private] clerk -> you: pong in private to ming");

    // What was between the two others.
    await message(page, "pong to ming").waitFor();
    expect(await page.getByText("in private to ming").count()).toBe(0);
    expect(ming.lines().join("\n")).not.toContain("in private to ada");
    expect(report).toEqual({ elsewhere: [], problems: [] });
  });
});
