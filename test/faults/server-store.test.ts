import { readFileSync, statSync, truncateSync, writeFileSync } from "node:fs";
import { join as joinPath } from "node:path";
import { createConnectTransport } from "@connectrpc/connect-node";
import { describe, expect, test } from "vitest";
import { Database } from "../../server/engines/sqlite/database.js";
import { login } from "../support/people.js";
import { runServer } from "../support/process.js";
import { restartable } from "./server-support.js";
import { mounted, openStore, testFolder, whyNoMounts } from "./store-support.js";

const newPath = () => joinPath(testFolder(), "room.db");

/** A closed store of some pages. */
async function writtenStore(): Promise<string> {
  const path = newPath();
  const store = await openStore(path);
  await Promise.all(Array.from({ length: 500 }, () => store.log.append(new Uint8Array(200))));
  await store.close();
  return path;
}

/** Starts a server that is expected to refuse the store. */
const startOn = (path: string) => runServer(["--listen", "127.0.0.1:0", "--store", `sqlite:${path}`]);

describe("a second server on the same store", () => {
  test("exits at once with one line that names the first; kill -9 of the first releases the store", async () => {
    const path = newPath();
    const server = await restartable(path);
    const first = await server.start();
    const refusal = await startOn(path);
    expect(refusal).toMatchObject({ code: 1, stdout: "" });
    expect(refusal.stderr).toMatch(
      /^parlance-server: another parlance-server \(process \d+, since \S+Z\) uses \S+\n$/,
    );
    expect(refusal.stderr).toContain(`(process ${first.child.pid}, `);
    expect(refusal.stderr).toContain(path);

    const transport = createConnectTransport({ baseUrl: server.url, httpVersion: "1.1" });
    const ada = await login(transport, "ada");
    await ada.say("the first is unharmed");
    await first.stop("SIGKILL");
    await server.start();
    const feed = ada.listen({ backlog: 1 });
    await feed.next("caughtUp");
    expect(feed.summary()).toEqual(["hello", "ada: the first is unharmed", "caughtUp"]);
  });
});

const damages: readonly [string, RegExp, (path: string) => void][] = [
  [
    "cut short",
    /is damaged: it has \d+ of its \d+ bytes/,
    (path) => truncateSync(path, Math.floor(statSync(path).size / 2)),
  ],
  [
    "with a page overwritten",
    /is damaged: /,
    (path) => overwrite(path, (bytes) => bytes.fill(0xa5, 3 * 4096, 4 * 4096)),
  ],
  [
    "that is a text file",
    /is not a Parlance store: it is not a SQLite file/,
    (path) => writeFileSync(path, "my diary\n".repeat(99)),
  ],
  [
    "of a newer server",
    /was written by a newer parlance-server/,
    (path) => overwrite(path, (bytes) => bytes.writeUInt32BE(99, 60)),
  ],
];

function overwrite(path: string, change: (bytes: Buffer) => void): void {
  const bytes = readFileSync(path);
  change(bytes);
  writeFileSync(path, bytes);
}

async function expectRefused(path: string, sentence: RegExp): Promise<void> {
  const before = readFileSync(path);
  const { code, stdout, stderr } = await startOn(path);
  expect([code, stdout]).toEqual([1, ""]);
  expect(stderr).toMatch(/^parlance-server: [^\n]+\n$/);
  expect(stderr).toMatch(sentence);
  expect(stderr).toContain(path);
  expect(readFileSync(path).equals(before)).toBe(true);
}

describe("a store is refused with one clear line and exit code 1, and left unchanged:", () => {
  test.each(damages)("one %s", async (_, sentence, damage) => {
    const path = await writtenStore();
    damage(path);
    await expectRefused(path, sentence);
  });

  test("another program's SQLite file", async () => {
    const path = newPath();
    const database = new Database(path);
    database.exec("create table diary (day text); insert into diary values ('monday')");
    database.close();
    await expectRefused(path, /is not a Parlance store: it is another program's SQLite file/);
  });
});

const noMounts = whyNoMounts();

test.skipIf(noMounts)(
  `a store on a read-only disk ends the start with one line${noMounts ? ` (${noMounts})` : ""}`,
  async () => {
    const disk = mounted(testFolder(), "-t", "tmpfs", "-o", "ro", "tmpfs");
    for (const path of [joinPath(disk, "room.db"), joinPath(disk, "new", "room.db")]) {
      const { code, stdout, stderr } = await startOn(path);
      expect([code, stdout]).toEqual([1, ""]);
      expect(stderr).toMatch(/^parlance-server: [^\n]+read-only file system[^\n]+\n$/);
    }
  },
);
