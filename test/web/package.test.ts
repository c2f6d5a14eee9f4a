/** The package as its users have it: packed, installed, bundled by esbuild for browsers, and run in a real Chromium. */
import { execFile } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { build } from "esbuild";
import type { Browser } from "playwright-core";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { connect } from "../../client/session/session.js";
import { buildFolder } from "../support/build.js";
import { freePort } from "../support/free-port.js";
import { startServer } from "../support/process.js";
import { hasChromium, launch, message, watch } from "./browser.js";
import { startHostPage } from "./host-page.js";

const run = promisify(execFile);
const root = join(import.meta.dirname, "../..");

const clientApp = `
  import { connect, type Event } from "parlance-chat/client";

  const server: string = (globalThis as unknown as { room: string }).room;
  const session = await connect({ server, nickname: "app", bot: true });
  document.title = session.self.nickname;
  // What was sent before its feed began is replayed.
  for await (const event of session.events({ backlog: 10 }) as AsyncIterable<Event>)
    if (event.kind === "groupMessage" && event.text === "!ping") await session.whisper(event.sender, "pong");
`;

const elementApp = `
  import { ParlanceRoom, type RoomMessage } from "parlance-chat/element";

  const room = new ParlanceRoom();
  room.server = (globalThis as unknown as { room: string }).room;
  room.addEventListener("message", (event) => {
    const { sender, text } = (event as CustomEvent<RoomMessage>).detail;
    document.title = sender + ": " + text;
  });
  document.body.append(room);
`;

describe.skipIf(!hasChromium)("the package in an application for browsers", () => {
  const folder = mkdtempSync(join(tmpdir(), "parlance-app-"));
  let browser: Browser;
  const cleanUp: (() => Promise<unknown>)[] = [];

  beforeAll(async () => {
    const [, { stdout }] = await Promise.all([
      launch().then((launched) => {
        browser = launched;
      }),
      run("npm", ["pack", "--ignore-scripts", "--silent", "--pack-destination", folder], {
        cwd: buildFolder(),
      }),
    ]);
    const installed = join(folder, "node_modules", "parlance-chat");
    mkdirSync(installed, { recursive: true });
    await run("tar", ["-xzf", join(folder, stdout.trim()), "-C", installed, "--strip-components", "1"]);
    // Its dependencies, as npm would install them beside it.
    for (const name of ["@bufbuild", "@connectrpc"])
      symlinkSync(join(root, "node_modules", name), join(folder, "node_modules", name));
    writeFileSync(join(folder, "client.ts"), clientApp);
    writeFileSync(join(folder, "element.ts"), elementApp);
  });
  afterAll(async () => {
    await browser.close();
    rmSync(folder, { recursive: true });
  });
  afterEach(async () => {
    for (const end of cleanUp.splice(0).reverse()) await end();
  });

  /** Runs the application in a page of another origin, under a policy that permits that origin's scripts alone. */
  async function start(entry: string) {
    const { outputFiles } = await build({
      absWorkingDir: folder,
      entryPoints: [entry],
      bundle: true,
      write: false,
      format: "esm",
      platform: "browser",
      target: "chrome123",
    });
    const port = await freePort();
    const server = await startServer(["--allow-origin", `http://127.0.0.1:${port}`]);
    cleanUp.push(() => server.stop("SIGKILL"));
    const script = `globalThis.room = ${JSON.stringify(server.url)};\n${outputFiles[0]!.text}`;
    const token = () => Promise.reject(new Error("no tokens here"));
    const host = await startHostPage({
      port,
      room: server.url,
      body: "",
      token,
      script,
      elementFrom: "script",
    });
    cleanUp.push(host.close);
    const context = await browser.newContext({ locale: "en-US" });
    cleanUp.push(() => context.close());
    const report = watch(context, host.url, server.url);
    const page = await context.newPage();
    await page.goto(host.url);
    const session = await connect({ server: server.url, nickname: "小明" });
    cleanUp.push(() => session.leave({ logout: false }));
    return { page, session, report };
  }

  test("talks by the session library", async () => {
    const { page, session, report } = await start("client.ts");
    await expect.poll(() => page.title()).toBe("app");
    await session.say("!ping");
    for await (const event of session.events({ backlog: 10 })) {
      if (event.kind !== "privateMessage") continue;
      expect(event).toMatchObject({ text: "pong", sender: { nickname: "app" } });
      break;
    }
    expect(report).toEqual({ elsewhere: [], problems: [] });
  });

  test("contains the room as an element", async () => {
    const { page, session, report } = await start("element.ts");
    await page.locator("#nickname").fill("ada");
    await page.locator("#nickname").press("Enter");
    await page.locator("[data-phase=online]").waitFor();
    await session.say("hello, app");
    await message(page, "hello, app").waitFor();
    expect(await page.title()).toBe("小明: hello, app");
    expect(report).toEqual({ elsewhere: [], problems: [] });
  });

  test("has types for both", async () => {
    const options = {
      module: "preserve",
      target: "es2023",
      lib: ["es2023", "esnext.disposable", "dom", "dom.iterable"],
      types: [],
      strict: true,
      noEmit: true,
    };
    const project = { compilerOptions: options, files: ["client.ts", "element.ts"] };
    writeFileSync(join(folder, "tsconfig.json"), JSON.stringify(project));
    const compiler = join(root, "node_modules", "typescript", "bin", "tsc");
    const { stdout } = await run(process.execPath, [compiler, "--project", folder]).catch(
      (error: { stdout: string }) => error,
    );
    expect(stdout).toBe("");
  });
});
