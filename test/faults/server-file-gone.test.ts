/** The store's file goes away under the running server: nothing is acknowledged that the next start will not find. */
import {
  copyFileSync,
  existsSync,
  linkSync,
  mkdirSync,
  renameSync,
  rmSync,
  symlinkSync,
  truncateSync,
} from "node:fs";
import { dirname, join as joinPath } from "node:path";
import { createConnectTransport } from "@connectrpc/connect-node";
import { describe, expect, test } from "vitest";
import { backup, check } from "../../server/engines/sqlite/maintenance.js";
import { login, type Person, refused } from "../support/people.js";
import { runServer, type Starting } from "../support/process.js";
import { readyz, restartable } from "./server-support.js";
import { testFolder } from "./store-support.js";

const unavailable = { code: "Unavailable", reason: "STORE_UNAVAILABLE" };

async function talking() {
  const path = joinPath(testFolder(), "sub", "room.db");
  const server = await restartable(path);
  const running = await server.start("--log-level", "info");
  const transport = createConnectTransport({ baseUrl: server.url, httpVersion: "1.1" });
  const ada = await login(transport, "ada");
  for (let i = 1; i <= 50; i++) await ada.say(`before ${i}`);
  return { path, server, running, transport, ada };
}

/** Sends all the time until a second and a half have passed; returns the texts acknowledged after the first second. */
async function acknowledgedLate(ada: Person): Promise<string[]> {
  const since = performance.now();
  const late: string[] = [];
  for (let i = 0; performance.now() - since < 1_500; i++) {
    const started = performance.now();
    const done = await ada.say(`after ${i}`).then(
      () => true,
      () => false,
    );
    if (done && started - since > 1_000) late.push(`after ${i}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  return late;
}

const linesOf = ({ output }: Starting, pattern: RegExp) =>
  output.stderr.split("\n").filter((line) => pattern.test(line));

async function expectRefused(ada: Person, running: Starting, cause: RegExp): Promise<void> {
  expect(await acknowledgedLate(ada)).toEqual([]);
  expect(await refused(ada.say("refused"))).toMatchObject(unavailable);
  const lines = linesOf(running, /cannot be written/);
  expect(lines).toHaveLength(1);
  expect(lines[0]).toMatch(cause);
  expect(await readyz(running)).toBe(503);
}

const copies = (path: string, to: string) => {
  for (const suffix of ["", "-wal"])
    if (existsSync(`${path}${suffix}`)) copyFileSync(`${path}${suffix}`, `${to}${suffix}`);
};

describe("under the running server the store's file is", { timeout: 20_000 }, () => {
  test("removed, with its side files: the next start begins anew, and nothing was acknowledged in between", async () => {
    const { path, server, running, ada } = await talking();
    for (const suffix of ["", "-wal", "-shm"]) rmSync(`${path}${suffix}`);
    await expectRefused(ada, running, /was removed or moved away/);
    expect(await running.stop()).toBe(0);
    expect(existsSync(path)).toBe(false);
    await server.start();
  });

  test("gone with its folder", async () => {
    const { path, running, ada } = await talking();
    rmSync(dirname(path), { recursive: true });
    await expectRefused(ada, running, /was removed or moved away/);
    expect(await running.stop()).toBe(0);
  });

  test("moved away: it is complete there, and moved back it is written again, with one line", async () => {
    const { path, server, running, ada } = await talking();
    const away = joinPath(dirname(path), "away.db");
    renameSync(path, away);
    await expectRefused(ada, running, /was removed or moved away/);
    const alone = joinPath(testFolder(), "alone.db");
    copyFileSync(away, alone);
    expect(check(alone)).toMatchObject({ problems: [], events: { first: 1 } });
    expect(check(alone).events.count).toBeGreaterThanOrEqual(51);
    renameSync(away, path);
    await expect.poll(() => linesOf(running, /can be written again/)).toHaveLength(1);
    expect(await readyz(running)).toBe(200);
    await ada.say("back");
    await running.stop("SIGKILL");
    await server.start();
    const feed = ada.listen({ backlog: 1 });
    await feed.next("caughtUp");
    expect(feed.summary()).toContain("ada: back");
  });

  test("replaced by a backup: the next start has the backup, whole", async () => {
    const { path, server, running, ada } = await talking();
    const copy = joinPath(testFolder(), "copy.db");
    backup(path, copy);
    await ada.say("not in the backup");
    renameSync(copy, path);
    await expectRefused(ada, running, /was replaced by another file/);
    await running.stop("SIGKILL");
    expect(check(path)).toMatchObject({ problems: [], events: { last: 51, count: 51 } });
    await server.start();
    const feed = ada.listen({ backlog: 1 });
    await feed.next("caughtUp");
    expect(feed.summary()).toContain("ada: before 50");
  });

  test("cut off: writes are refused for good, and the next start refuses the file", async () => {
    const { path, server, running, ada } = await talking();
    const whole = joinPath(testFolder(), "whole.db");
    copies(path, whole);
    truncateSync(path, 0);
    await expectRefused(ada, running, /was cut to 0 bytes|malformed/);
    await running.stop("SIGKILL");
    for (const suffix of ["-wal", "-shm"]) rmSync(`${path}${suffix}`, { force: true });
    copies(whole, path);
    await server.start();
    const feed = ada.listen({ backlog: 1 });
    await feed.next("caughtUp");
    expect(feed.summary()).toContain("ada: before 50");
  });

  test("bereft of its write-ahead log: what was acknowledged is saved, and the room goes on", async () => {
    const { path, server, running, ada } = await talking();
    rmSync(`${path}-wal`);
    await expect.poll(() => linesOf(running, /can be written again/), { timeout: 5_000 }).toHaveLength(1);
    expect(await readyz(running)).toBe(200);
    await ada.say("after the loss");
    await running.stop("SIGKILL");
    expect(check(path).problems).toEqual([]);
    await server.start();
    const feed = ada.listen({ backlog: 2 });
    await feed.next("caughtUp");
    expect(feed.summary().filter((line) => line.startsWith("ada"))).toEqual([
      "ada: before 50",
      "ada: after the loss",
    ]);
  });
});

describe("a second server on the same file by another name", { timeout: 20_000 }, () => {
  const startOn = (path: string) => runServer(["--listen", "127.0.0.1:0", "--store", `sqlite:${path}`]);

  test("a symbolic link, of the file or of its folder, is refused, naming the first", async () => {
    const { path, running, ada } = await talking();
    const folder = testFolder();
    symlinkSync(path, joinPath(folder, "link.db"));
    symlinkSync(dirname(path), joinPath(folder, "link"));
    for (const other of [joinPath(folder, "link.db"), joinPath(folder, "link", "room.db")]) {
      const { code, stderr } = await startOn(other);
      expect([code, stderr]).toEqual([1, expect.stringMatching(/^parlance-server: another [^\n]+\n$/)]);
      expect(stderr).toContain(`(process ${running.child.pid}, `);
    }
    await ada.say("the first is unharmed");
  });

  test("a hard link is refused", async () => {
    const { path, running, ada } = await talking();
    mkdirSync(joinPath(dirname(path), "elsewhere"));
    const other = joinPath(dirname(path), "elsewhere", "room.db");
    linkSync(path, other);
    const { code, stderr } = await startOn(other);
    expect([code, stderr]).toEqual([1, expect.stringMatching(/^parlance-server: [^\n]+hard links[^\n]+\n$/)]);
    if (process.platform === "linux") expect(stderr).toContain(`process ${running.child.pid} uses it`);
    await ada.say("the first is unharmed");
  });
});
