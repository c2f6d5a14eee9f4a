import { join } from "node:path";
import { expect, test } from "vitest";
import { check } from "../../server/engines/sqlite/maintenance.js";
import { StoreRefused } from "../../server/engines/store-refused.js";
import { lostOf, openStore, readLog, startWriter, testFolder } from "./store-support.js";

const kills = 8;
const eventsPerLife = 300;

test(`every acknowledged event is in the log once, after ${kills} times kill -9 under load`, async () => {
  const path = join(testFolder(), "room.db");
  const answered = new Map<number, number>();
  let first = 1;
  for (let life = 0; life < kills; life++) {
    const writer = await startWriter(path, { first, outstanding: 64 });
    await expect
      .poll(() => writer.answered.size, { timeout: 10_000, interval: 1 })
      .toBeGreaterThan(eventsPerLife);
    await writer.kill();
    for (const [n, seq] of writer.answered) {
      expect(answered.get(n) ?? seq).toBe(seq);
      answered.set(n, seq);
    }
    while (answered.has(first)) first++;
    expect(check(path).problems).toEqual([]);
  }
  const log = await readLog(await openStore(path));
  expect(lostOf(answered, log)).toEqual([]);
  expect(new Set(log.map((entry) => new TextDecoder().decode(entry.data))).size).toBe(log.length);
  expect(answered.size).toBeGreaterThan(kills * eventsPerLife);
}, 60_000);

test("a second process is refused with the holder's pid; kill -9 of the holder releases the store", async () => {
  const path = join(testFolder(), "room.db");
  const holder = await startWriter(path);
  const refused = openStore(path);
  await expect(refused).rejects.toThrow(StoreRefused);
  await expect(refused).rejects.toThrow(
    new RegExp(`^another parlance-server \\(process ${holder.pid}, since .+Z\\) uses ${path}$`),
  );
  await expect.poll(() => holder.answered.size).toBeGreaterThan(0);
  await holder.kill();
  const log = await readLog(await openStore(path));
  expect(lostOf(holder.answered, log)).toEqual([]);
});
