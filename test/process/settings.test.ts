import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { createConnectTransport } from "@connectrpc/connect-node";
import { afterEach, describe, expect, onTestFinished, test } from "vitest";
import { createApp } from "../../server/app.js";
import { readCommand } from "../../server/cli/arguments.js";
import { settings } from "../../server/cli/settings.js";
import { createLog } from "../../server/ops/log.js";
import { login, refusalOf, refused } from "../support/people.js";
import { runServer } from "../support/process.js";
import { listen, type TestServer } from "../support/server.js";

test("the server reads every setting", async () => {
  const command = readCommand(["--listen", "127.0.0.1:0", "--store", "memory:"], {});
  if (command.kind !== "serve") throw new Error("not a serve command");
  const read = new Set<string | symbol>();
  const config = new Proxy(command.config, {
    get(target, key) {
      read.add(key);
      return Reflect.get(target, key);
    },
    ownKeys() {
      throw new Error("a copy of all settings would count as reading each of them");
    },
  });
  const app = await createApp({ config, log: createLog("silent", () => undefined) });
  await app.listen();
  await app.close();
  const main = readFileSync(join(import.meta.dirname, "../../server/main.ts"), "utf8");
  const unread = settings
    .map(([key]) => key)
    .filter((key) => !read.has(key) && !new RegExp(`\\b${key}\\b`).test(main));
  expect(unread).toEqual([]);
});

test("`config` prints the settings in use, and a wrong file is one line and exit code 2", async () => {
  const { code, stdout } = await runServer(["config", "--grace", "7s"], { PARLANCE_IDLE: "9s" });
  expect([code, stdout]).toEqual([0, expect.stringMatching(/^grace = "7s" +# --grace$/m)]);
  expect(stdout).toMatch(/^idle = "9s" +# PARLANCE_IDLE$/m);
  const refusal = await runServer(["--config", "/nowhere.toml"]);
  expect(refusal).toMatchObject({ code: 2, stdout: "" });
  expect(refusal.stderr).toMatch(
    /^parlance-server: \/nowhere\.toml cannot be read: ENOENT \(see --help\)\n$/,
  );
});

test("the settings file in docs/operating.md is one", () => {
  const page = readFileSync(join(import.meta.dirname, "../../docs/operating.md"), "utf8");
  const path = join(mkdtempSync(join(tmpdir(), "parlance-")), "server.toml");
  writeFileSync(path, /^```toml\n(.*?)^```$/ms.exec(page)![1]!);
  onTestFinished(() => rmSync(dirname(path), { recursive: true }));
  expect(readCommand(["--config", path], {})).toMatchObject({
    config: {
      keepDays: 7,
      maxMembers: 500,
      reservedNames: ["admin", "deploy"],
      motd: "Be kind.\nQuestions to ada.",
    },
  });
});

describe("limits of the room", () => {
  let server: TestServer;
  afterEach(() => server.close());
  const enter = (nickname: string) =>
    login(createConnectTransport({ baseUrl: server.url, httpVersion: "1.1" }), nickname);

  test("--max-members", async () => {
    server = await listen("--max-members", "1");
    await enter("ada");
    expect(await refused(enter("bob"))).toMatchObject({ reason: "ROOM_FULL" });
  });

  test("--max-registrations", async () => {
    server = await listen("--max-registrations", "1");
    const [ada, bob] = [await enter("ada"), await enter("bob")];
    await ada.chat.registerNickname({}, ada.options);
    const refusal = await refused(bob.chat.registerNickname({}, bob.options));
    expect(refusal).toMatchObject({ reason: "ROOM_FULL", detail: { limit: 1 } });
  });

  test("--max-feeds", async () => {
    server = await listen("--max-feeds", "1");
    const ada = await enter("ada");
    const first = ada.listen();
    await first.next("caughtUp");
    const [one, two] = [first, ada.listen()];
    // Whichever the rule lets go, one feed remains.
    const error = await Promise.race([one.ended, two.ended]);
    expect(refusalOf(error!)).toMatchObject({ code: "ResourceExhausted" });
    expect(server.app.counts().feeds).toBe(1);
    await Promise.all([one.close(), two.close()]);
  });

  test("--max-text-bytes and --max-text-lines, which clients read at Login", async () => {
    server = await listen("--max-text-bytes", "10", "--max-text-lines", "2");
    const ada = await enter("ada");
    const { limits } = await ada.chat.login({ nickname: "bob" });
    expect(limits).toMatchObject({ maxTextBytes: 10, maxTextLines: 2 });
    await ada.say("0123456789");
    expect(await refused(ada.say("0123456789a"))).toMatchObject({ detail: { field: "text" } });
    await ada.say("a\nb");
    expect(await refused(ada.say("a\nb\nc"))).toMatchObject({ detail: { field: "text" } });
  });

  test("--reserved-names, in any case, besides the commands of clients", async () => {
    server = await listen("--reserved-names", "deploy, Release");
    for (const name of ["deploy", "DEPLOY", "release", "help"])
      expect(await refused(enter(name))).toMatchObject({ reason: "NICKNAME_RESERVED" });
    await enter("ada");
  });
});
