import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import { lend } from "../../test/support/lending.js";
import { createManualClock } from "../../test/support/manual-clock.js";
import { Fenced, Unavailable } from "../room/ports.js";
import { bytes, fill, hold, readAll, texts } from "./contract/events.js";
import type { Open } from "./contract/subject.js";
import { contract } from "./contract.js";
import { createMemoryStore } from "./memory.js";
import { createSqliteStore } from "./sqlite.js";
import { testIds } from "./test-ids.js";

const inMemory: Open = async (limits) => {
  const clock = createManualClock();
  const store = createMemoryStore({ clock, ids: testIds, ...limits });
  await store.open();
  const { lent } = await (await lend(store)).borrow();
  await lent.open();
  return { store: lent, clock, dispose: lent.close };
};

const inFile: Open = async (limits) => {
  const folder = mkdtempSync(join(tmpdir(), "parlance-store-"));
  const clock = createManualClock();
  async function start() {
    const store = createSqliteStore({ path: join(folder, "room.db"), clock, ids: testIds, ...limits });
    await store.open();
    const { lender, borrow } = await lend(store);
    const { lent } = await borrow();
    await lent.open();
    const end = async () => {
      await lent.close();
      await lender.close();
      await store.close();
    };
    return { lent, end };
  }
  let current = await start();
  return {
    store: current.lent,
    clock,
    async restart() {
      await current.end();
      current = await start();
      return current.lent;
    },
    async dispose() {
      await current.end();
      rmSync(folder, { recursive: true, force: true });
    },
  };
};

contract("lent, in memory", inMemory, { keeps: false });
contract("lent, in a file", inFile, { keeps: true });

describe("a store that is lent to several", () => {
  async function lentTwice() {
    const store = createMemoryStore({ clock: createManualClock(), ids: testIds });
    await store.open();
    const { lender, borrow } = await lend(store);
    const [one, two] = [await borrow(), await borrow()];
    for (const { lent } of [one, two]) await lent.open();
    onTestFinished(async () => {
      await one.lent.close();
      await two.lent.close();
    });
    return { store, lender, one, two };
  }

  test("hints each of them of what the other one appends, and of its own once", async () => {
    const { one, two } = await lentTwice();
    const hints: string[] = [];
    for (const [name, { lent }] of Object.entries({ one, two }))
      await lent.log.watch((entry) => void hints.push(`${name} ${entry?.seq}`));
    await one.lent.log.append(bytes("x"));
    // Hints precede the result.
    expect(hints).toContain("one 1");
    await two.lent.log.append(bytes("y"));
    await expect.poll(() => hints.toSorted()).toEqual(["one 1", "one 2", "two 1", "two 2"]);
  });

  test("ends the leases of a connection that is lost, at once, and no others", async () => {
    const { one, two } = await lentTwice();
    const [lost, kept] = [await hold(one.lent, "lost"), await hold(two.lent, "kept")];
    one.socket.destroy();
    await expect.poll(() => two.lent.names.find(lost.name)).toMatchObject({ live: false });
    const inspection = await two.lent.names.inspect(kept.lease, 60_000);
    expect(inspection.renewed).toBe(true);
    expect(inspection.dead).toMatchObject([{ name: "lost", token: lost.token }]);
    await expect(
      two.lent.log.append(bytes("x"), { fence: { name: lost.name, token: lost.token } }),
    ).rejects.toThrow(Fenced);
  });

  test("gives what is in flight an unknown outcome when the lender dies, and refuses what comes later", async () => {
    const { lender, one } = await lentTwice();
    const appended = one.lent.log.append(bytes("x"));
    const settled = expect(appended).rejects.toMatchObject({ outcome: "unknown" });
    await lender.close();
    await settled;
    const later = one.lent.log.head();
    await expect(later).rejects.toThrow(Unavailable);
    await expect(later).rejects.toMatchObject({ outcome: "not-applied" });
  });

  test("keeps no hints for one that does not read, and hints it without an entry once it does", async () => {
    const { store, one, two } = await lentTwice();
    const hints: (number | undefined)[] = [];
    await one.lent.log.watch((entry) => void hints.push(entry?.seq));
    one.socket.pause();
    const large = new Uint8Array(64 * 1024);
    // Far beyond what the kernel and the lender hold for it.
    for (let i = 0; i < 200; i++) await two.lent.log.append(large);
    one.socket.resume();
    await expect.poll(() => hints).toContain(undefined);
    expect(hints.length).toBeLessThan(200);
    await store.log.append(bytes("after"));
    await expect.poll(() => hints.at(-1)).toBe(201);
    expect((await one.lent.log.read(null, 300)).entries).toHaveLength(201);
  });

  test("sends of a position nothing but the position, whatever else the object has", async () => {
    const { one } = await lentTwice();
    await fill(one.lent, 3);
    const { epoch } = await one.lent.log.head();
    const progress = { epoch, seq: 1, viewer: { leaving: Promise.resolve(), feeds: new Set([() => {}]) } };
    const { entries } = await one.lent.log.read(progress, 10);
    expect(entries.map(({ seq }) => seq)).toEqual([2, 3]);
  });

  test("rejects a call that cannot be sent, and no other of the same turn", async () => {
    const { one } = await lentTwice();
    const wrong = Promise.resolve(bytes("late")) as unknown as Uint8Array;
    const [before, failed, after] = await Promise.allSettled([
      one.lent.values.put("a", bytes("1")),
      one.lent.values.put("b", wrong),
      one.lent.values.put("c", bytes("3")),
    ]);
    expect([before.status, after.status]).toEqual(["fulfilled", "fulfilled"]);
    expect(failed).toMatchObject({ reason: { message: "put has an argument that cannot be sent" } });
    expect(await one.lent.values.get("b")).toBeNull();
  });

  test("keeps the bytes that it was given, whatever else came with them", async () => {
    const { one, two } = await lentTwice();
    await Promise.all([fill(one.lent, 50), fill(two.lent, 50)]);
    const stored = texts(await readAll(one.lent));
    expect(stored).toHaveLength(100);
    expect(new Set(stored).size).toBe(50);
  });
});
