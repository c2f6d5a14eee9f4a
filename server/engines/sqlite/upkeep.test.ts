import { expect, test } from "vitest";
import { createManualClock } from "../../../test/support/manual-clock.js";
import { bytes, fill, readAll, seqs, text } from "../contract/events.js";
import { Database } from "./database.js";
import { check } from "./maintenance.js";
import { migrate, steps } from "./schema.js";
import { keptEpochs } from "./state.js";
import { openStore, testPath } from "./test-store.js";

test("a store opened with a lower limit is trimmed step by step until it fits", async () => {
  const path = testPath();
  const clock = createManualClock();
  const before = await openStore({ path, clock });
  await fill(before, 7000);
  await before.close();
  const store = await openStore({ path, clock, maxEvents: 10 });
  expect(await store.log.head()).toMatchObject({ first: 1, last: 7000 });
  clock.advance(10_000);
  await expect.poll(store.log.head).toMatchObject({ first: 6991, last: 7000 });
  expect(seqs(await readAll(store))).toHaveLength(10);
});

test("expired keys and values leave the file without a write", async () => {
  const path = testPath();
  const clock = createManualClock();
  const store = await openStore({ path, clock });
  await Promise.all(Array.from({ length: 1500 }, (_, i) => store.log.append(bytes("x"), { key: `k${i}` })));
  await store.values.put("short", bytes("x"), { ttlMs: 1000 });
  await store.values.put("kept", bytes("x"));
  expect(check(path)).toMatchObject({ rememberedKeys: 1500, values: 2 });
  clock.advance(310_000);
  await expect.poll(() => check(path)).toMatchObject({ rememberedKeys: 0, values: 1 });
});

test("the newest thousand epochs are remembered, and a position older than those is lost", async () => {
  const path = testPath();
  const first = await openStore({ path });
  await fill(first, 1);
  const { epoch: newest } = await first.log.head();
  await first.close();
  const database = new Database(path);
  database.exec(`
    with recursive n(i) as (select 1 union all select i + 1 from n where i < ${keptEpochs})
    insert into epoch (epoch, upto) select 'epoch-' || i, 1 from n`);
  database.close();
  const store = await openStore({ path });
  expect(check(path).epochs).toHaveLength(keptEpochs);
  for (const epoch of ["epoch-2", newest]) {
    expect((await store.log.read({ epoch, seq: 1 }, 10)).entries).toEqual([]);
  }
  await expect(store.log.read({ epoch: "epoch-1", seq: 1 }, 10)).rejects.toMatchObject({ reason: "epoch" });
});

test("a restored copy is a fork: its readers go on, or learn that they are ahead", async () => {
  const path = testPath();
  const store = await openStore({ path });
  await fill(store, 5);
  const { epoch } = await store.log.head();
  const copy = testPath();
  const database = new Database(path);
  database.prepare("vacuum into ?").run(copy);
  database.close();
  await fill(store, 5);
  const restored = await openStore({ path: copy });
  await restored.log.append(bytes("after the fork"));
  const fork = await restored.log.head();
  expect(fork.epoch).not.toBe(epoch);
  const lost = { reason: "future", resume: { epoch: fork.epoch, seq: 5 } };
  await expect(restored.log.read({ epoch, seq: 8 }, 10)).rejects.toMatchObject(lost);
  const page = await restored.log.read({ epoch, seq: 5 }, 10);
  expect(page.entries.map((entry) => text(entry.data))).toEqual(["after the fork"]);
});

test("an older schema is migrated to the newest, step by step, with its content", () => {
  const path = testPath();
  const database = new Database(path);
  migrate(database, path);
  database.exec("insert into event (seq, at, data) values (1, 1, x'41')");
  migrate(database, path, [
    ...steps,
    "alter table event add column mark text; update event set mark = 'old'",
    "create table extra (a)",
  ]);
  expect(database.prepare("select mark from event").get()).toMatchObject({ mark: "old" });
  expect(database.prepare("select count(*) as n from extra").get()).toMatchObject({ n: 0 });
  expect(database.prepare("pragma user_version").get()).toMatchObject({ user_version: steps.length + 2 });
  expect(() => migrate(database, path)).toThrow("newer parlance-server");
  database.close();
});

test("a migration that fails leaves the file at its schema", () => {
  const path = testPath();
  const database = new Database(path);
  migrate(database, path);
  expect(() => migrate(database, path, [...steps, "create table half (a)", "no sql at all"])).toThrow();
  expect(database.prepare("pragma user_version").get()).toMatchObject({ user_version: steps.length });
  expect(database.prepare("select 1 as x from sqlite_schema where name = 'half'").get()).toBeUndefined();
  database.close();
});
