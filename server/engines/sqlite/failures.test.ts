import { DatabaseSync, StatementSync } from "node:sqlite";
import { expect, onTestFinished, test, vi } from "vitest";
import { createManualClock } from "../../../test/support/manual-clock.js";
import { recordObservations } from "../../../test/support/observations.js";
import type { Entry, Position } from "../../room/ports.js";
import { bytes, fill, hold, readAll, texts } from "../contract/events.js";
import { resultCode } from "./database.js";
import { openStore, testPath } from "./test-store.js";

type Failure = { readonly code: number; readonly when: "before commit" | "after commit" | "at open" };

/** Makes Node's SQLite fail as long as `fault.next` is set, at the point that it names. */
function failing() {
  const fault: { next: Failure | undefined } = { next: undefined };
  const failAt = (when: Failure["when"]) => {
    if (fault.next?.when !== when) return;
    throw Object.assign(new Error("injected"), { code: "ERR_SQLITE_ERROR", errcode: fault.next.code });
  };
  const { run } = StatementSync.prototype;
  const running = vi.spyOn(StatementSync.prototype, "run").mockImplementation(function (
    this: StatementSync,
    ...values
  ) {
    if (this.sourceSQL !== "commit") return Reflect.apply(run, this, values);
    failAt("before commit");
    const result = Reflect.apply(run, this, values);
    failAt("after commit");
    return result;
  });
  const { exec } = DatabaseSync.prototype;
  const opening = vi.spyOn(DatabaseSync.prototype, "exec").mockImplementation(function (
    this: DatabaseSync,
    sql,
  ) {
    if (sql.includes("wal_checkpoint")) failAt("at open");
    Reflect.apply(exec, this, [sql]);
  });
  onTestFinished(() => {
    running.mockRestore();
    opening.mockRestore();
  });
  return fault;
}

async function subject() {
  const fault = failing();
  const clock = createManualClock();
  const { seen, observe } = recordObservations();
  const store = await openStore({ path: testPath(), clock, observe });
  await fill(store, 2);
  return { fault, clock, store, seen };
}

test("a full disk refuses writes as not applied, reads go on, and writes work again with space", async () => {
  const { fault, clock, store, seen } = await subject();
  const { epoch } = await store.log.head();
  fault.next = { code: resultCode.full, when: "before commit" };
  await expect(store.log.append(bytes("x"))).rejects.toMatchObject({ outcome: "not-applied" });
  await expect(store.values.put("k", bytes("x"))).rejects.toMatchObject({ outcome: "not-applied" });
  expect(texts(await readAll(store))).toEqual(["event 1", "event 2"]);
  clock.advance(1_500);
  fault.next = undefined;
  expect(await store.log.append(bytes("x"))).toMatchObject({ epoch, seq: 3 });
  expect(seen).toEqual([
    { kind: "store_failed", error: expect.objectContaining({ code: resultCode.full }), reopening: false },
    { kind: "store_recovered", downMs: 1_500 },
  ]);
});

test("after any other failure the outcome is unknown, and the file is reopened with a new epoch", async () => {
  const { fault, clock, store } = await subject();
  const { epoch } = await store.log.head();
  const hints: ((Entry & Position) | undefined)[] = [];
  await store.log.watch((entry) => void hints.push(entry));
  fault.next = { code: resultCode.ioError, when: "before commit" };
  await expect(store.log.append(bytes("x"), { key: "k" })).rejects.toMatchObject({ outcome: "unknown" });
  expect(hints).toEqual([]);
  await expect(store.log.append(bytes("y"))).rejects.toMatchObject({ outcome: "not-applied" });
  await expect(store.log.head()).rejects.toMatchObject({ outcome: "not-applied" });
  fault.next = undefined;
  clock.advance(1000);
  expect(hints).toEqual([undefined]);
  const place = await store.log.append(bytes("x"), { key: "k" });
  expect(place).toMatchObject({ seq: 3, duplicate: false });
  expect(place.epoch).not.toBe(epoch);
  expect((await store.log.read({ epoch, seq: 2 }, 10)).entries).toHaveLength(1);
});

test("an event that was written although its append failed is found again by its key", async () => {
  const { fault, clock, store } = await subject();
  const { epoch } = await store.log.head();
  fault.next = { code: resultCode.ioError, when: "after commit" };
  await expect(store.log.append(bytes("x"), { key: "k" })).rejects.toMatchObject({ outcome: "unknown" });
  fault.next = undefined;
  clock.advance(1000);
  expect(await store.log.append(bytes("x"), { key: "k" })).toMatchObject({ epoch, seq: 3, duplicate: true });
  expect(texts(await readAll(store))).toEqual(["event 1", "event 2", "x"]);
});

test("reopening is retried until it succeeds, and members keep their names meanwhile", async () => {
  const { fault, clock, store, seen } = await subject();
  const { name, token } = await hold(store);
  fault.next = { code: resultCode.ioError, when: "before commit" };
  await expect(store.log.append(bytes("x"))).rejects.toMatchObject({ outcome: "unknown" });
  fault.next = { code: resultCode.ioError, when: "at open" };
  clock.advance(5000);
  await expect(store.log.head()).rejects.toMatchObject({ outcome: "not-applied" });
  fault.next = undefined;
  clock.advance(1000);
  expect(await store.log.append(bytes("x"), { fence: { name, token } })).toMatchObject({ seq: 3 });
  const states = seen.filter(({ kind }) => kind !== "store_reopen_failed");
  expect(states).toEqual([
    { kind: "store_failed", error: expect.objectContaining({ code: resultCode.ioError }), reopening: true },
    { kind: "store_recovered", downMs: 6_000 },
  ]);
  expect(seen.length - states.length).toBe(5);
});

test("a store that failed can be closed before it is reopened", async () => {
  const { fault, clock, store } = await subject();
  fault.next = { code: resultCode.ioError, when: "before commit" };
  const writes = [store.log.append(bytes("x")), store.log.append(bytes("y"))];
  await store.close();
  for (const write of writes) await expect(write).rejects.toMatchObject({ outcome: "unknown" });
  fault.next = undefined;
  clock.advance(5000);
  await expect(store.log.head()).rejects.toMatchObject({ outcome: "not-applied" });
});
