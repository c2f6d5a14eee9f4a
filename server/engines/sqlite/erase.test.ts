import { readdirSync, readFileSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import fc from "fast-check";
import { expect, onTestFinished, test } from "vitest";
import { createManualClock } from "../../../test/support/manual-clock.js";
import { recordObservations } from "../../../test/support/observations.js";
import { systemClock } from "../../system.js";
import { bytes, fill, readAll, texts } from "../contract/events.js";
import { Database } from "./database.js";
import { backup, check } from "./maintenance.js";
import { salvage } from "./salvage.js";
import { openStore, testPath } from "./test-store.js";

/** Which of the texts are in any file of the store's folder. */
function inFiles(path: string, wanted: readonly string[]): string[] {
  const folder = dirname(path);
  const files = readdirSync(folder).map((name) => readFileSync(join(folder, name), "latin1"));
  const found = new Set(files.flatMap((file) => file.match(/<\d{6}>/g) ?? []));
  return wanted.filter((text) => found.has(text));
}

/** Another program that reads the store. Returns the function that ends its snapshot. */
function readElsewhere(path: string): () => void {
  const reader = new Database(path, { readOnly: true });
  reader.exec("begin");
  reader.prepare("select count(*) from event").get();
  let isOpen = true;
  const end = () => {
    if (isOpen) reader.close();
    isOpen = false;
  };
  onTestFinished(end);
  return end;
}

/** All of the same length, so that none is a part of another. */
const secret = (i: number) => `<${String(i).padStart(6, "0")}>`;
const message = (i: number, size = 40) =>
  bytes(
    secret(i)
      .repeat(size / 8 + 1)
      .slice(0, size),
  );

test("what was erased is in no file once the append resolves, be it longer than a page", async () => {
  const path = testPath();
  const store = await openStore({ path });
  const sizes = [20, 200, 3_000, 5_000, 50_000, 40];
  for (const [i, size] of sizes.entries())
    await store.log.append(message(i, size), { key: `k${i}`, tag: "tag" });
  expect(
    inFiles(
      path,
      sizes.map((_, i) => secret(i)),
    ),
  ).toHaveLength(6);
  await store.log.append(bytes("erased"), { key: "erase", erase: [1, 3, 4, 5] });
  expect(
    inFiles(
      path,
      sizes.map((_, i) => secret(i)),
    ),
  ).toEqual([secret(1), secret(5)]);
  expect(statSync(`${path}-wal`).size).toBe(0);
  expect((await readAll(store)).map(({ data }) => data.length)).toEqual([0, 200, 0, 0, 0, 40, 6]);
  expect(check(path).problems).toEqual([]);
});

test("no order of appending, erasing and trimming leaves a trace, and none harms another event", async () => {
  const sizes = fc.constantFrom([12, 32], [12, 400], [12, 9_000]);
  const step = fc.record({
    count: fc.integer({ min: 1, max: 60 }),
    size: fc.nat(),
    near: fc.array(fc.nat(40), { maxLength: 5 }),
    far: fc.array(fc.nat(), { maxLength: 20 }),
  });
  const steps = fc.array(step, { minLength: 10, maxLength: 20, size: "max" });
  const history = fc.record({ maxEvents: fc.integer({ min: 20, max: 320 }), sizes, steps });
  await fc.assert(
    fc.asyncProperty(history, async ({ maxEvents, sizes: [least = 0, most = 0], steps }) => {
      const path = testPath();
      const store = await openStore({ path, maxEvents });
      const written = new Map<number, Uint8Array>();
      const erased = new Set<number>();
      for (const { count, size, near, far } of steps) {
        const before = await store.log.head();
        for (let seq = before.last + 1; seq <= before.last + count; seq++)
          written.set(seq, message(seq, least + ((seq * size) % (most - least))));
        await Promise.all([...written.values()].slice(-count).map((data) => store.log.append(data)));
        const { first, last } = await store.log.head();
        const chosen = [...near, ...far].map((i) => first + (i % (last - first + 1)));
        const { seq } = await store.log.append(bytes("erased"), { erase: chosen });
        written.set(seq, bytes("erased"));
        for (const gone of chosen) erased.add(gone);
        expect(inFiles(path, [...erased].map(secret))).toEqual([]);
      }
      for (const { seq, data } of await readAll(store))
        expect([seq, data]).toEqual([seq, erased.has(seq) ? new Uint8Array() : written.get(seq)]);
      await store.close();
      expect(check(path).problems).toEqual([]);
    }),
    { numRuns: 6, endOnFailure: true },
  );
}, 120_000);

test("the append waits for another program that reads the store", async () => {
  const path = testPath();
  const store = await openStore({ path, clock: systemClock });
  await store.log.append(message(1));
  const end = readElsewhere(path);
  let isDone = false;
  const erasing = store.log.append(bytes("erased"), { erase: [1] }).then(() => {
    isDone = true;
  });
  await expect.poll(async () => texts(await readAll(store))).toEqual(["", "erased"]);
  expect(isDone).toBe(false);
  expect(inFiles(path, [secret(1)])).toEqual([secret(1)]);
  end();
  await erasing;
  expect(inFiles(path, [secret(1)])).toEqual([]);
});

test("if that does not end, the outcome is unknown; a retry erases it from the files, and so does time", async () => {
  const path = testPath();
  const clock = createManualClock();
  const { seen, observe } = recordObservations();
  const store = await openStore({ path, clock, observe });
  await fill(store, 1);
  await store.log.append(message(2));
  await store.log.append(message(3));
  const end = readElsewhere(path);
  const refused = async (erase: number, key: string) => {
    const erasing = store.log.append(bytes("erased"), { key, erase: [erase] });
    const outcome = expect(erasing).rejects.toMatchObject({ outcome: "unknown" });
    for (let i = 0; i < 50; i++) {
      await new Promise((resolve) => setImmediate(resolve));
      clock.advance(50);
    }
    await outcome;
  };
  await refused(2, "a");
  await refused(3, "b");
  expect(seen).toMatchObject(Array(2).fill({ kind: "store_cleanup_failed", step: "checkpoint" }));
  expect(texts(await readAll(store))).toEqual(["event 1", "", "", "erased", "erased"]);
  expect(inFiles(path, [secret(2), secret(3)])).toHaveLength(2);
  end();
  expect(await store.log.append(bytes("erased"), { key: "a", erase: [2] })).toMatchObject({
    seq: 4,
    duplicate: true,
  });
  expect(inFiles(path, [secret(2), secret(3)])).toEqual([]);

  await store.log.append(message(6));
  const endAgain = readElsewhere(path);
  await refused(6, "c");
  endAgain();
  clock.advance(1_000);
  expect(inFiles(path, [secret(6)])).toEqual([]);
});

test("what a reader kept in the file is erased after a restart", async () => {
  const path = testPath();
  const first = await openStore({ path, clock: systemClock });
  await first.log.append(message(1));
  const end = readElsewhere(path);
  const erasing = first.log.append(bytes("erased"), { erase: [1] });
  const outcome = expect(erasing).rejects.toMatchObject({ outcome: "unknown" });
  await expect.poll(async () => texts(await readAll(first))).toEqual(["", "erased"]);
  await first.close();
  await outcome;
  const clock = createManualClock();
  const store = await openStore({ path, clock });
  expect(inFiles(path, [secret(1)])).toEqual([secret(1)]);
  end();
  clock.advance(1_000);
  expect(inFiles(path, [secret(1)])).toEqual([]);
  expect(texts(await readAll(store))).toEqual(["", "erased"]);
});

test("a backup and a salvaged store have the void events in their places, and no trace", async () => {
  const path = testPath();
  const store = await openStore({ path });
  for (let i = 1; i <= 5; i++) await store.log.append(message(i), { notice: i % 2 === 0 });
  await store.log.append(bytes("erased"), { erase: [2, 3] });
  const [copied, salvaged] = [testPath(), testPath()];
  expect(backup(path, copied)).toMatchObject({ events: 6, last: 6 });
  await store.close();
  expect(salvage(path, salvaged)).toMatchObject({ events: 6, lost: 0 });
  for (const target of [copied, salvaged]) {
    expect(inFiles(target, [1, 2, 3, 4, 5].map(secret))).toEqual([1, 4, 5].map(secret));
    expect(check(target).problems).toEqual([]);
    const opened = await openStore({ path: target });
    expect((await readAll(opened)).map(({ data }) => data.length)).toEqual([40, 0, 0, 40, 40, 6]);
  }
});
