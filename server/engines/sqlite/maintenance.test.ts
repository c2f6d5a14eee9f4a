import { existsSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { bytes, fill, hold, readAll } from "../contract/events.js";
import { StoreRefused } from "../store-refused.js";
import { Database } from "./database.js";
import { backup, check } from "./maintenance.js";
import { steps } from "./schema.js";
import { openStore, testPath } from "./test-store.js";

test("a store in use is checked: events, epochs, claims, sizes, and nothing wrong", async () => {
  const path = testPath();
  const first = await openStore({ path });
  await fill(first, 12);
  const { epoch: before } = await first.log.head();
  await first.close();
  const store = await openStore({ path, maxEvents: 10 });
  const { name, token } = await hold(store);
  await store.log.append(bytes("joined"), { key: "k", fence: { name, token, then: "announce" } });
  await hold(store, "bob", "h2");
  const { at } = await store.log.append(bytes("x"));
  const report = check(path);
  expect(report).toMatchObject({
    path,
    schema: steps.length,
    problems: [],
    epoch: (await store.log.head()).epoch,
    events: { first: 5, last: 14, count: 10, oldestAt: at, newestAt: at },
    epochs: [{ epoch: before, upto: 12 }],
    claims: { held: 2, announced: 1 },
    rememberedKeys: 1,
    values: 0,
  });
  expect(report.bytes.file + report.bytes.log).toBeGreaterThan(4096);
});

test("a check reports missing events", async () => {
  const path = testPath();
  const store = await openStore({ path });
  await fill(store, 10);
  await store.close();
  const database = new Database(path);
  database.exec("delete from event where seq in (4, 5, 10)");
  database.close();
  expect(check(path).problems).toEqual([
    "2 events between 1 and 9 are missing",
    "the newest event is 9, but 10 were appended",
  ]);
});

test("a check changes nothing, and refuses a file that is not a store", async () => {
  const path = testPath();
  expect(() => check(path)).toThrow(`${path} does not exist`);
  expect(existsSync(path)).toBe(false);
  writeFileSync(path, "diary ".repeat(1000));
  expect(() => check(path)).toThrow(StoreRefused);
  expect(readFileSync(path, "utf8")).toBe("diary ".repeat(1000));
});

test("a backup of a store in use opens as a store with the same events", async () => {
  const path = testPath();
  const target = testPath();
  const store = await openStore({ path });
  await fill(store, 300);
  const events = await readAll(store);
  const { epoch } = await store.log.head();
  expect(backup(path, target)).toMatchObject({ target, epoch, events: 300, last: 300 });
  expect(statSync(target).mode & 0o777).toBe(0o600);
  expect(check(target).problems).toEqual([]);
  expect(await readAll(await openStore({ path: target }))).toEqual(events);
});

test("a backup never replaces a file, and leaves nothing behind when it fails", () => {
  const path = testPath();
  const target = testPath();
  writeFileSync(target, "older backup");
  expect(() => backup(path, target)).toThrow(`${target} already exists`);
  expect(readFileSync(target, "utf8")).toBe("older backup");
  const nowhere = join(testPath(), "backups");
  expect(() => backup(path, join(nowhere, "room.db"))).toThrow(`the folder ${nowhere} does not exist`);
  const other = testPath();
  expect(() => backup(path, other)).toThrow(`${path} does not exist`);
  expect(existsSync(other) || existsSync(`${other}.partial`)).toBe(false);
});

test("what SQLite cannot read is refused by name", async () => {
  const path = testPath();
  const store = await openStore({ path });
  await fill(store, 3);
  await store.close();
  const database = new Database(path);
  database.exec("drop table seen");
  database.close();
  expect(() => check(path)).toThrow(`${path} cannot be read: no such table: seen`);
});
