import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { check } from "../../server/engines/sqlite/maintenance.js";
import type { Store } from "../../server/room/ports.js";
import { Unavailable } from "../../server/room/ports.js";
import { lostOf, mounted, openStore, readLog, testFolder, whyNoMounts } from "./store-support.js";

const reason = whyNoMounts();
const smallDisk = () => mounted(testFolder(), "-t", "tmpfs", "-o", "size=3m", "tmpfs");
const padding = ".".repeat(500);

/** Appends until the store refuses; returns what was acknowledged, and the refusal. */
async function writeUntilRefused(store: Store) {
  const answered = new Map<number, number>();
  for (let n = 1; n < 100_000; n++) {
    try {
      const { seq } = await store.log.append(new TextEncoder().encode(`event-${n}${padding}`));
      answered.set(n, seq);
    } catch (refusal) {
      return { answered, refusal };
    }
  }
  throw new Error("the disk never filled");
}

function strip(log: Awaited<ReturnType<typeof readLog>>) {
  return log.map((entry) => ({ ...entry, data: entry.data.subarray(0, entry.data.length - padding.length) }));
}

describe.skipIf(reason)(`disk full${reason ? ` (${reason})` : ""}`, () => {
  test("writes are refused as not applied, reads continue, and with space writes work again", async () => {
    const disk = smallDisk();
    const ballast = join(disk, "ballast");
    const path = join(disk, "room.db");
    writeFileSync(ballast, Buffer.alloc(2 ** 20));
    const store = await openStore(path);
    const { epoch } = await store.log.head();
    const { answered, refusal } = await writeUntilRefused(store);
    expect(refusal).toBeInstanceOf(Unavailable);
    expect(refusal).toMatchObject({ outcome: "not-applied" });
    await expect(store.log.append(new Uint8Array(500))).rejects.toMatchObject({ outcome: "not-applied" });
    expect(lostOf(answered, strip(await readLog(store)))).toEqual([]);
    rmSync(ballast);
    expect(await store.log.append(new Uint8Array(500))).toMatchObject({ epoch, seq: answered.size + 1 });
    expect(lostOf(answered, strip(await readLog(store)))).toEqual([]);
    expect(check(path).problems).toEqual([]);
  });

  test("a store on a full disk cannot be opened; with space it can, and nothing is lost", async () => {
    const disk = smallDisk();
    const ballast = join(disk, "ballast");
    const path = join(disk, "room.db");
    writeFileSync(ballast, Buffer.alloc(2 ** 20));
    const store = await openStore(path);
    const { answered } = await writeUntilRefused(store);
    await store.close();
    await expect(openStore(path)).rejects.toBeInstanceOf(Unavailable);
    rmSync(ballast);
    const log = await readLog(await openStore(path));
    expect(lostOf(answered, strip(log))).toEqual([]);
  });
});
