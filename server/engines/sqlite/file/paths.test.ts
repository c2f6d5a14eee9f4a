import { execFileSync } from "node:child_process";
import { linkSync, mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { pid, platform } from "node:process";
import { describe, expect, test } from "vitest";
import { fill, readAll } from "../../contract/events.js";
import { StoreRefused } from "../../store-refused.js";
import { openStore, testPath } from "../test-store.js";

const posix = platform !== "win32";
const fifo = (path: string): undefined => void execFileSync("mkfifo", [path]);

async function refusal(path: string): Promise<string> {
  const error = await openStore({ path }).then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  expect(error).toBeInstanceOf(StoreRefused);
  const { message } = error as StoreRefused;
  expect(message).not.toContain("\n");
  return message;
}

/** Makes something at or around a path in a folder of its own, and returns the path to use, if it is another. */
type Unusable = readonly [name: string, sentence: RegExp, make: (path: string) => string | undefined];

const besides = (suffix: string): Unusable[] => [
  [`a FIFO as its ${suffix}`, /is not a regular file$/, (path) => fifo(`${path}${suffix}`)],
  [`a folder as its ${suffix}`, /is a folder$/, (path) => void mkdirSync(`${path}${suffix}`)],
];

const unusable: readonly Unusable[] = [
  ["a folder", /is a folder$/, (path) => void mkdirSync(path)],
  ["a FIFO", /is not a regular file$/, (path) => fifo(path)],
  ["a device", /is not a regular file$/, () => "/dev/null"],
  ["a link to itself", /ELOOP|in a circle/, (path) => void symlinkSync(path, path)],
  [
    "two links in a circle",
    /ELOOP|in a circle/,
    (path): undefined => {
      symlinkSync(`${path}.b`, path);
      symlinkSync(path, `${path}.b`);
    },
  ],
  [
    "a file as its folder",
    /ENOTDIR|EEXIST/,
    (path): string => {
      writeFileSync(path, "");
      return join(path, "room.db");
    },
  ],
  ["a folder in /proc, where none can be made", /ENOENT/, () => "/proc/parlance/deep/room.db"],
  ["a name that is too long", /ENAMETOOLONG/, (path) => join(path, "n".repeat(300), "room.db")],
  ["a path with a zero", /null bytes/, (path) => `${path}\0`],
  ...["-wal", "-shm", "-journal", ".lock", ".lock.json"].flatMap(besides),
];

describe.runIf(posix)("a path that cannot be used is refused at once, in one line:", () => {
  test.each(unusable)("%s", { timeout: 5_000 }, async (_, sentence, make) => {
    const path = testPath();
    expect(await refusal(make(path) ?? path)).toMatch(sentence);
  });
});

describe.runIf(posix)("one file is one store, by whatever name", () => {
  test("through symbolic links of file and folder, a second store is refused, naming the holder", async () => {
    const path = testPath();
    await fill(await openStore({ path }), 3);
    const folder = mkdtempSync(join(dirname(path), "links-"));
    symlinkSync(path, join(folder, "file.db"));
    symlinkSync("file.db", join(folder, "relative.db"));
    symlinkSync(dirname(path), join(folder, "folder"));
    for (const name of ["file.db", "relative.db", join("folder", basename(path))]) {
      expect(await refusal(join(folder, name))).toBe(
        `another parlance-server (process ${pid}, since 2025-06-15T15:06:40.000Z) uses ${path}`,
      );
    }
  });

  test("a link to a file that does not exist yet makes the file, and stays a link", async () => {
    const [link, target] = [testPath(), testPath()];
    symlinkSync(join(dirname(target), "deep", "room.db"), link);
    const store = await openStore({ path: link });
    await fill(store, 3);
    await store.close();
    expect(readdirSync(join(dirname(target), "deep"))).toContain("room.db");
    expect(await readAll(await openStore({ path: join(dirname(target), "deep", "room.db") }))).toHaveLength(
      3,
    );
  });

  test("with a second hard link it is refused by either name, and opened once that is removed", async () => {
    const path = testPath();
    const store = await openStore({ path });
    const other = join(dirname(path), "other.db");
    linkSync(path, other);
    expect(await refusal(other)).toMatch(/has 2 names \(hard links\).*: remove the others$/);
    await fill(store, 3);
    await store.close();
    expect(await refusal(path)).toMatch(/hard links/);
    rmSync(other);
    expect(await readAll(await openStore({ path }))).toHaveLength(3);
  });
});
