import {
  copyFileSync,
  existsSync,
  renameSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { describe, expect, test } from "vitest";
import { createManualClock } from "../../../../test/support/manual-clock.js";
import { recordObservations } from "../../../../test/support/observations.js";
import { bytes, fill, readAll, seqs, texts } from "../../contract/events.js";
import { Database } from "../database.js";
import { backup, check } from "../maintenance.js";
import { openStore, testPath } from "../test-store.js";

async function subject(path = testPath()) {
  const clock = createManualClock();
  const { seen, observe } = recordObservations();
  const store = await openStore({ path, clock, observe });
  await fill(store, 300);
  const append = (text = "x") => store.log.append(bytes(text));
  return { path, clock, store, seen, append };
}

const notApplied = { outcome: "not-applied" };
const kinds = (seen: readonly { readonly kind: string }[]) => seen.map(({ kind }) => kind);

function damages(path: string): readonly [string, RegExp, () => void][] {
  return [
    ["removed", /was removed or moved away/, () => rmSync(path)],
    ["moved away", /was removed or moved away/, () => renameSync(path, `${path}.old`)],
    [
      "replaced by a copy",
      /was replaced by another file/,
      () => {
        backup(path, `${path}.copy`);
        renameSync(`${path}.copy`, path);
      },
    ],
    ["emptied", /was cut to 0 bytes/, () => truncateSync(path, 0)],
    ["cut by a page", /was cut to \d+ bytes/, () => truncateSync(path, 4096)],
  ];
}

describe("the open file", () => {
  test.each(damages("").map(([name]) => name))(
    "%s: writes are refused within a second, with one line",
    async (name) => {
      const { path, clock, seen, append, store } = await subject();
      const [, sentence, damage] = damages(path).find(([one]) => one === name)!;
      // Everything is in the file by now, as it is after an hour of rest.
      const database = new Database(path);
      database.exec("pragma wal_checkpoint(truncate)");
      database.close();
      clock.advance(1000);
      damage();
      clock.advance(1000);
      await expect(append()).rejects.toMatchObject(notApplied);
      await expect(store.values.put("k", bytes("x"))).rejects.toMatchObject(notApplied);
      clock.advance(5000);
      await expect(append()).rejects.toThrow(sentence);
      expect(seen).toEqual([
        {
          kind: "store_failed",
          reopening: false,
          error: expect.objectContaining({ message: expect.stringMatching(sentence) }),
        },
      ]);
    },
  );

  test("a busy store notices before the second is over", async () => {
    const { path, clock, append } = await subject();
    rmSync(path);
    clock.advance(50);
    await expect(append()).rejects.toMatchObject(notApplied);
  });

  test("moved away holds all that was acknowledged, and moved back is written again", async () => {
    const { path, clock, append, seen, store } = await subject();
    await append("last");
    const { epoch } = await store.log.head();
    renameSync(path, `${path}.old`);
    clock.advance(1000);
    for (const suffix of ["", "-wal", "-shm"]) rmSync(`${testPath()}${suffix}`, { force: true });
    const alone = testPath();
    copyFileSync(`${path}.old`, alone);
    expect(check(alone)).toMatchObject({ problems: [], events: { last: 301, count: 301 } });
    await expect(append()).rejects.toMatchObject(notApplied);
    renameSync(`${path}.old`, path);
    clock.advance(1000);
    expect(await append()).toMatchObject({ epoch, seq: 302 });
    expect(seen).toEqual([
      expect.objectContaining({ kind: "store_failed" }),
      { kind: "store_recovered", downMs: 1000 },
    ]);
  });

  test("replaced by a copy: the copy stays as it was, also when the server stops", async () => {
    const { path, clock, append, store } = await subject();
    backup(path, `${path}.copy`);
    await append("after the copy");
    renameSync(`${path}.copy`, path);
    clock.advance(1000);
    await store.close();
    expect(check(path)).toMatchObject({ problems: [], events: { last: 300, count: 300 } });
    const again = await openStore({ path });
    expect(seqs(await readAll(again))).toHaveLength(300);
  });

  test.each(["-wal", "-shm"])(
    "without its %s is reopened, and nothing acknowledged is missing",
    async (suffix) => {
      const { path, clock, append, seen, store } = await subject();
      await append("last");
      rmSync(`${path}${suffix}`);
      clock.advance(1000);
      expect(await append("next")).toMatchObject({ seq: 302 });
      expect(existsSync(`${path}${suffix}`)).toBe(true);
      expect(texts(await readAll(store)).slice(-2)).toEqual(["last", "next"]);
      expect(kinds(seen)).toEqual(["store_failed", "store_recovered"]);
      await store.close();
      expect(check(path)).toMatchObject({ problems: [], events: { count: 302 } });
    },
  );

  test("vacuumed by another program is no damage", async () => {
    const { path, clock, append, seen, store } = await subject();
    for (let i = 0; i < 40; i++) await store.values.put(`k${i}`, new Uint8Array(20_000));
    for (let i = 0; i < 40; i++) await store.values.delete(`k${i}`);
    const tool = new Database(path);
    tool.exec("pragma wal_checkpoint(truncate)");
    clock.advance(1000);
    tool.exec("vacuum; pragma wal_checkpoint(truncate)");
    tool.close();
    clock.advance(1000);
    expect(await append()).toMatchObject({ seq: 301 });
    expect(seen).toEqual([]);
  });

  test("behind a symbolic link that is pointed at another file counts as replaced", async () => {
    const link = testPath();
    const target = testPath();
    symlinkSync(target, link);
    const { clock, append } = await subject(link);
    const other = testPath();
    writeFileSync(other, "");
    rmSync(link);
    symlinkSync(other, link);
    clock.advance(1000);
    await expect(append()).rejects.toThrow(/was replaced/);
  });

  test("that is gone is not created anew when the store is reopened", async () => {
    const { path, clock, append, seen, store } = await subject();
    for (const suffix of ["", "-wal", "-shm"]) rmSync(`${path}${suffix}`);
    clock.advance(10_000);
    await expect(append()).rejects.toMatchObject(notApplied);
    expect(kinds(seen)).toEqual(["store_failed"]);
    await store.close();
    expect(existsSync(path)).toBe(false);
  });
});
