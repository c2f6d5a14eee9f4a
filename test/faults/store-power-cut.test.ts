import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { check } from "../../server/engines/sqlite/maintenance.js";
import { StoreRefused } from "../../server/engines/store-refused.js";
import { cuttableDisk, whyNoCuts } from "./cuttable-disk.js";
import { lostOf, openStore, readLog, startWriter } from "./store-support.js";

const events = 2000;
const reason = whyNoCuts();

/** Writes until enough is acknowledged, cuts the power, and returns what was acknowledged and the store afterwards. */
async function cutPower(synchronous: "full" | "off") {
  const disk = cuttableDisk();
  const writer = await startWriter(join(disk.folder, "room.db"), { synchronous });
  await expect.poll(() => writer.answered.size, { timeout: 15_000, interval: 5 }).toBeGreaterThan(events);
  await writer.pause();
  const after = disk.cut();
  await writer.kill();
  return { answered: writer.answered, path: join(after, "room.db") };
}

/** Without flushes the file itself may be torn and unreadable. */
function refusedAsDamaged(error: unknown): [] {
  expect(error).toBeInstanceOf(StoreRefused);
  return [];
}

describe.skipIf(reason)(`power cut${reason ? ` (${reason})` : ""}`, () => {
  test("every acknowledged event survives, and the store is sound", async () => {
    const { answered, path } = await cutPower("full");
    expect(check(path).problems).toEqual([]);
    const log = await readLog(await openStore(path));
    expect(lostOf(answered, log)).toEqual([]);
    expect(answered.size).toBeGreaterThan(events);
  }, 60_000);

  test("without the flush the same cut loses acknowledged events, so this test would detect it", async () => {
    const { answered, path } = await cutPower("off");
    const log = await openStore(path).then(readLog, refusedAsDamaged);
    expect(lostOf(answered, log).length).toBeGreaterThan(0);
  }, 60_000);
});
