import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createConnectTransport } from "@connectrpc/connect-node";
import { afterEach, beforeEach, describe, expect, onTestFinished, test } from "vitest";
import { login, summarize } from "../support/people.js";
import { runServer, type ServerProcess, startServer } from "../support/process.js";
import { hasRedis, startRedis } from "../support/redis-server.js";

let folder: string;
let server: ServerProcess | undefined;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "parlance-"));
});
afterEach(async () => {
  await server?.stop("SIGKILL");
  rmSync(folder, { recursive: true, force: true });
});

const open = async (store: string) => {
  server = await startServer(["--store", store]);
  return createConnectTransport({ baseUrl: server.url, httpVersion: "1.1" });
};

describe("the default store", () => {
  test("is in the user's data folder, and the next start serves the history of the first", async () => {
    const env = { XDG_DATA_HOME: folder, PARLANCE_STORE: undefined };
    const start = async () => {
      server = await startServer([], env);
      return createConnectTransport({ baseUrl: server.url, httpVersion: "1.1" });
    };
    const ada = await login(await start(), "ada");
    await ada.say("see you tomorrow");
    expect(await server?.stop()).toBe(0);
    const bob = await login(await start(), "bob");
    const { events } = await bob.chat.listEvents({}, bob.options);
    expect(events.map(summarize)).toContain("ada: see you tomorrow");
    expect(statSync(join(folder, "parlance", "room.db")).mode & 0o777).toBe(0o600);
    expect((await runServer(["--help"], env)).stdout).toContain(
      `sqlite:${join(folder, "parlance", "room.db")}`,
    );
  });
});

describe("maintenance", () => {
  test("a backup taken under load is sound, and a server starts on it", async () => {
    const store = join(folder, "room.db");
    const target = join(folder, "copy.db");
    const ada = await login(await open(`sqlite:${store}`), "ada");
    await ada.say("before the backup");
    const backup = await runServer(["backup", target, "--store", `sqlite:${store}`]);
    expect([backup.code, backup.stdout]).toEqual([0, expect.stringMatching(/^wrote .*copy\.db: 2 events/)]);
    await ada.say("after the backup");
    const check = await runServer(["check", target]);
    expect([check.code, check.stdout]).toEqual([0, expect.stringMatching(/result: +sound\n$/)]);
    await server?.stop();
    const bob = await login(await open(`sqlite:${target}`), "bob");
    const { events } = await bob.chat.listEvents({}, bob.options);
    expect(events.map(summarize)).toEqual(["+ada", "ada: before the backup"]);
  });

  test("a file that is not a store is refused in one line and left unchanged", async () => {
    const path = join(folder, "letter.txt");
    writeFileSync(path, "Dear room,\n".repeat(500));
    const before = readFileSync(path);
    for (const args of [
      ["check", path],
      ["backup", join(folder, "x.db"), "--store", `sqlite:${path}`],
    ]) {
      const { code, stderr } = await runServer(args);
      expect(code).toBe(1);
      expect(stderr).toMatch(/^parlance-server: [^\n]+\n$/);
    }
    expect(readFileSync(path).equals(before)).toBe(true);
  });
});

describe.skipIf(!hasRedis())("check of a redis: store", () => {
  test("reports what the room has while a server uses it, and creates no room", async () => {
    const engine = await startRedis();
    onTestFinished(() => engine.dispose());
    const ada = await login(await open(engine.url), "ada");
    await ada.say("hello");
    const check = (...args: string[]) => runServer(["check", "--store", engine.url, ...args]);
    const { code, stdout } = await check();
    expect(code).toBe(0);
    expect(stdout).toMatch(/^store: +redis:\/\/127\.0\.0\.1:\d+, room main\nevents: +2, numbers 1 to 2\n/);
    expect(stdout).toMatch(/^names: +1 held, 1 of them announced; 0 without a server\nresult: +sound\n$/m);
    expect(await check("--room", "other")).toMatchObject({
      code: 1,
      stdout: "",
      stderr: expect.stringMatching(/^parlance-server: redis:\S+ has no room other\n$/),
    });
    expect(await engine.command("KEYS", "{parlance:other}*")).toBe("*0\r\n");
    await engine.stop();
    expect((await check()).stderr).toMatch(
      /^parlance-server: the store cannot be read: [^\n]+ECONNREFUSED[^\n]*\n$/,
    );
  });
});
