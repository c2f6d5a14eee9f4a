import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  readFileSync,
  statSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { pid } from "node:process";
import { describe, expect, test } from "vitest";
import { bytes, fill, readAll, seqs, text } from "../contract/events.js";
import { StoreRefused } from "../store-refused.js";
import { Database } from "./database.js";
import { backup, check } from "./maintenance.js";
import { openStore, testPath } from "./test-store.js";

/** A closed store of several pages. */
async function writtenStore(): Promise<string> {
  const path = testPath();
  const store = await openStore({ path });
  await fill(store, 2000);
  await store.close();
  return path;
}

/** Opening is refused with one sentence that names the file, and the file stays as it was. */
async function expectRefused(path: string, sentence: RegExp): Promise<void> {
  const before = readFileSync(path);
  const refusal = await openStore({ path }).then(
    () => undefined,
    (error: unknown) => error,
  );
  expect(refusal).toBeInstanceOf(StoreRefused);
  const { message } = refusal as StoreRefused;
  expect(message).toMatch(sentence);
  expect(message).toContain(path);
  expect(message).not.toContain("\n");
  expect(readFileSync(path).equals(before)).toBe(true);
}

describe("a file that is not a sound store is refused and left unchanged", () => {
  test("a text file", async () => {
    const path = testPath();
    writeFileSync(path, "my diary, please keep\n".repeat(100));
    await expectRefused(path, /is not a Parlance store: it is not a SQLite file$/);
  });

  test("another program's SQLite file", async () => {
    const path = testPath();
    const database = new Database(path);
    database.exec("create table diary (day text); insert into diary values ('monday')");
    database.close();
    await expectRefused(path, /is not a Parlance store: it is another program's SQLite file$/);
  });

  test("a store cut short", async () => {
    const path = await writtenStore();
    truncateSync(path, Math.floor(statSync(path).size / 2));
    await expectRefused(path, /is damaged: it has \d+ of its \d+ bytes$/);
  });

  test("a store with a page overwritten", async () => {
    const path = await writtenStore();
    const content = readFileSync(path);
    content.fill(0xa5, 3 * 4096, 4 * 4096);
    writeFileSync(path, content);
    await expectRefused(path, /is damaged: /);
  });

  test("a store of a newer version", async () => {
    const path = await writtenStore();
    const content = readFileSync(path);
    content.writeUInt32BE(99, 60);
    writeFileSync(path, content);
    await expectRefused(
      path,
      /was written by a newer parlance-server \(its schema is 99, this one knows 2\)$/,
    );
  });
});

test("a folder in the file's place is refused with a reason", async () => {
  const path = testPath();
  mkdirSync(path);
  writeFileSync(join(path, "something"), "");
  await expect(openStore({ path })).rejects.toThrow(StoreRefused);
});

test("a second store on the same file is refused, naming the holder and since when it holds it", async () => {
  const path = testPath();
  const store = await openStore({ path });
  const since = String.raw`2025-06-15T15:06:40\.000Z`;
  await expect(openStore({ path })).rejects.toThrow(
    new RegExp(`^another parlance-server \\(process ${pid}, since ${since}\\) uses ${path}$`),
  );
  expect(await store.log.append(bytes("still here"))).toMatchObject({ seq: 1 });
  await store.close();
  expect(existsSync(`${path}.lock.json`)).toBe(false);
  expect(seqs(await readAll(await openStore({ path })))).toEqual([1]);
});

test("a store that could not be opened does not stay locked", async () => {
  const path = testPath();
  writeFileSync(path, "no store");
  await expect(openStore({ path })).rejects.toThrow(StoreRefused);
  writeFileSync(path, "");
  expect(await (await openStore({ path })).log.head()).toMatchObject({ last: 0 });
});

test("only the owner may read the store, its log and its lock, also where they were open to others", async () => {
  const path = join(dirname(testPath()), "deep", "folder", "room.db");
  const store = await openStore({ path });
  await fill(store, 10);
  const files = [path, `${path}-wal`, `${path}-shm`, `${path}.lock`, `${path}.lock.json`];
  const modes = () => files.map((file) => statSync(file).mode & 0o777);
  expect(modes()).toEqual(files.map(() => 0o600));
  expect(statSync(dirname(path)).mode & 0o777).toBe(0o700);
  await store.close();
  for (const file of files) if (existsSync(file)) chmodSync(file, 0o644);
  await fill(await openStore({ path }), 10);
  expect(modes()).toEqual(files.map(() => 0o600));
});

test("a write-ahead log left by a deleted store is not taken for the new store's", async () => {
  const path = testPath();
  writeFileSync(`${path}-wal`, "left over");
  const store = await openStore({ path });
  await fill(store, 3);
  expect(seqs(await readAll(store))).toEqual([1, 2, 3]);
});

test("a store whose last change was cut off is rolled back when the server starts, but not by a check", async () => {
  const path = await writtenStore();
  const [aside, cut] = [testPath(), testPath()];
  backup(path, aside);
  const database = new Database(aside);
  // More than the cache holds, so that SQLite changes the file before the transaction ends.
  database.exec("pragma cache_size = 1; begin; update event set data = zeroblob(4000)");
  for (const suffix of ["", "-journal"]) copyFileSync(`${aside}${suffix}`, `${cut}${suffix}`);
  database.exec("rollback");
  database.close();
  expect(() => check(cut)).toThrow(/was left in the middle of a change: start parlance-server on it once$/);
  const [entry] = await readAll(await openStore({ path: cut }));
  expect(text(entry!.data)).toBe("event 1");
  expect(check(cut).problems).toEqual([]);
});
