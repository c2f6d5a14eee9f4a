import { existsSync, readdirSync, readFileSync, readlinkSync, writeFileSync } from "node:fs";
import { basename, dirname } from "node:path";
import { platform } from "node:process";
import { expect, onTestFinished, test, vi } from "vitest";
import { fill } from "../contract/events.js";
import { Database, resultCode, SqliteError, withoutSqliteWarning } from "./database.js";
import { openStore, testPath } from "./test-store.js";

/** Opens a database that is closed after the running test. */
function openDatabase(path: string, options?: { readOnly: boolean }): Database {
  const database = new Database(path, options);
  onTestFinished(() => {
    try {
      database.close();
    } catch {
      // The test has closed it.
    }
  });
  return database;
}

function errorOf(call: () => unknown): SqliteError {
  try {
    call();
  } catch (error) {
    expect(error).toBeInstanceOf(SqliteError);
    return error as SqliteError;
  }
  throw new Error("nothing was thrown");
}

test("rows come back with safe numbers, texts, bytes and nulls", () => {
  const database = openDatabase(testPath());
  database.exec("create table t (a integer, b text, c blob, d)");
  const insert = database.prepare("insert into t values (?, ?, ?, ?)");
  insert.run(Number.MAX_SAFE_INTEGER, "你好 \u{1f600}", Uint8Array.of(0, 255), null);
  insert.run(-1, "", new Uint8Array(0), 0.5);
  const rows = database.prepare("select * from t").all();
  expect(rows.map((row) => ({ ...row }))).toEqual([
    { a: Number.MAX_SAFE_INTEGER, b: "你好 \u{1f600}", c: Uint8Array.of(0, 255), d: null },
    { a: -1, b: "", c: new Uint8Array(0), d: 0.5 },
  ]);
  expect(database.prepare("select a from t where a = ?").get(7)).toBeUndefined();
});

test("texts that differ after a NUL are different keys", () => {
  const database = openDatabase(testPath());
  database.exec("create table t (a text primary key)");
  database.prepare("insert into t values (?)").run("a\u0000b");
  const found = database.prepare("select 1 from t where a = ?");
  expect(["a", "a\u0000", "a\u0000b", "a\u0000c"].map((key) => found.get(key) !== undefined)).toEqual([
    false,
    false,
    true,
    false,
  ]);
});

test("every failure is a SqliteError with SQLite's message, its primary code and the cause", () => {
  const path = testPath();
  const database = openDatabase(path);
  database.exec("create table t (a integer primary key); insert into t values (1)");
  const duplicate = errorOf(() => database.prepare("insert into t values (?)").run(1));
  expect(duplicate).toMatchObject({ message: "UNIQUE constraint failed: t.a", code: 19 });
  expect(duplicate.cause).toBeInstanceOf(Error);
  expect(errorOf(() => database.prepare("no sql")).code).toBe(1);
  expect(errorOf(() => new Database(`${path}/below`)).code).toBe(resultCode.cantOpen);
  database.exec("begin exclusive");
  const other = openDatabase(path);
  expect(errorOf(() => other.exec("begin exclusive")).code).toBe(resultCode.busy);
  const text = testPath();
  writeFileSync(text, "my diary ".repeat(1000));
  const foreign = openDatabase(text);
  expect(errorOf(() => foreign.exec("select 1 from sqlite_schema")).code).toBe(resultCode.notADatabase);
});

test("a closed connection fails with an error of Node, which has no result code", () => {
  const database = new Database(testPath());
  const statement = database.prepare("select 1");
  database.close();
  for (const call of [() => statement.get(), () => database.exec("select 1"), () => database.close()]) {
    expect(errorOf(call).code).toBe(0);
  }
});

test("opened read-only, a file is neither created nor changed", () => {
  const path = testPath();
  expect(errorOf(() => new Database(path, { readOnly: true })).code).toBe(resultCode.cantOpen);
  expect(existsSync(path)).toBe(false);
  const writer = new Database(path);
  writer.exec("pragma journal_mode = wal; create table t (a); insert into t values (1)");
  writer.close();
  const before = readFileSync(path);
  const reader = new Database(path, { readOnly: true });
  expect(reader.prepare("select a from t").get()).toMatchObject({ a: 1 });
  expect(errorOf(() => reader.exec("insert into t values (2)")).code).toBe(resultCode.readOnly);
  reader.close();
  expect(readFileSync(path).equals(before)).toBe(true);
});

test.each([":memory:", "file:room.db?mode=memory", "a?b#c%41.db"])("the name %j is a file's", (name) => {
  const folder = dirname(testPath());
  vi.spyOn(process, "cwd").mockReturnValue(folder);
  onTestFinished(() => void vi.restoreAllMocks());
  const database = openDatabase(name);
  database.exec("create table t (a)");
  database.close();
  expect(readdirSync(folder)).toEqual([name]);
});

test.skipIf(platform !== "linux")("a closed store holds no file open", async () => {
  const path = testPath();
  const held = () =>
    readdirSync("/proc/self/fd")
      .map((fd) => (existsSync(`/proc/self/fd/${fd}`) ? readlinkSync(`/proc/self/fd/${fd}`) : ""))
      .filter((file) => file.startsWith(path))
      .map((file) => basename(file));
  const store = await openStore({ path });
  await fill(store, 3);
  for (const file of ["room.db", "room.db-wal", "room.db-shm", "room.db.lock"])
    expect(held()).toContain(file);
  await store.close();
  expect(held()).toEqual([]);
});

test("of all warnings only SQLite's experimental one is dropped, and only while SQLite is loaded", () => {
  const emitted = vi.spyOn(process, "emitWarning").mockImplementation(() => undefined);
  onTestFinished(() => emitted.mockRestore());
  const experimental = "SQLite is an experimental feature and might change at any time";
  const result = withoutSqliteWarning(() => {
    process.emitWarning(experimental, "ExperimentalWarning");
    process.emitWarning("Something else is an experimental feature", "ExperimentalWarning");
    process.emitWarning("SQLite has news", "DeprecationWarning", "DEP0000");
    return "loaded";
  });
  process.emitWarning(experimental, "ExperimentalWarning");
  expect(result).toBe("loaded");
  expect(emitted.mock.calls).toEqual([
    ["Something else is an experimental feature", "ExperimentalWarning"],
    ["SQLite has news", "DeprecationWarning", "DEP0000"],
    [experimental, "ExperimentalWarning"],
  ]);
});
