/**
 * A power cut, as near as a running machine comes to one: the store is on a loop device, its writer is stopped, and
 * what the device has received by then is copied. What only the page cache knew is not in the copy.
 */
import { copyFileSync, mkdirSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { check } from "../../server/engines/sqlite/maintenance.js";
import { StoreRefused } from "../../server/engines/store-refused.js";
import {
  lostOf,
  mounted,
  openStore,
  readLog,
  run,
  startWriter,
  testFolder,
  whyNoMounts,
} from "./store-support.js";

const deviceBytes = 64 * 2 ** 20;
const events = 2000;
const reason = whyNoMounts("losetup", "mkfs.ext4");

/** Writes until enough is answered, cuts the power, and answers what was answered and the folder as it comes back. */
async function cutPower(synchronous: "full" | "off") {
  const folder = testFolder();
  const [device, copy] = [join(folder, "device"), join(folder, "copy")];
  const [before, after] = [join(folder, "before"), join(folder, "after")];
  mkdirSync(before);
  mkdirSync(after);
  writeFileSync(device, "");
  truncateSync(device, deviceBytes);
  run("mkfs.ext4", "-q", device);
  // Nothing goes to the device unless it is asked to: the usual 5 s would make the moment of the cut uncertain.
  mounted(before, "-o", "loop,commit=300", device);
  const writer = await startWriter(join(before, "room.db"), { synchronous });
  await expect.poll(() => writer.answered.size, { timeout: 15_000, interval: 5 }).toBeGreaterThan(events);
  await writer.pause();
  copyFileSync(device, copy);
  await writer.kill();
  mounted(after, "-o", "loop", copy);
  return { answered: writer.answered, path: join(after, "room.db") };
}

/** Without flushes the file itself may be torn; then nothing of it is left to read. */
function refusedAsDamaged(error: unknown): [] {
  expect(error).toBeInstanceOf(StoreRefused);
  return [];
}

describe.skipIf(reason)(`power cut${reason ? ` (${reason})` : ""}`, () => {
  test("every answered event survives, and the store is sound", async () => {
    const { answered, path } = await cutPower("full");
    expect(check(path).problems).toEqual([]);
    const log = await readLog(await openStore(path));
    expect(lostOf(answered, log)).toEqual([]);
    expect(answered.size).toBeGreaterThan(events);
  }, 60_000);

  test("without the flush the same cut loses answered events, so this test would notice", async () => {
    const { answered, path } = await cutPower("off");
    const log = await openStore(path).then(readLog, refusedAsDamaged);
    expect(lostOf(answered, log).length).toBeGreaterThan(0);
  }, 60_000);
});
