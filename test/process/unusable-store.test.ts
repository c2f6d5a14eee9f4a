/** A path that cannot be used ends every command of the server in bounded time, with one line and exit code 1. */
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { platform } from "node:process";
import { describe, expect, onTestFinished, test } from "vitest";
import { runServer } from "../support/process.js";

const places: readonly (readonly [string, (path: string) => string])[] = [
  [
    "a folder",
    (path) => {
      mkdirSync(path);
      return path;
    },
  ],
  [
    "a FIFO",
    (path) => {
      execFileSync("mkfifo", [path]);
      return path;
    },
  ],
  [
    "a link to itself",
    (path) => {
      symlinkSync(path, path);
      return path;
    },
  ],
  [
    "in a file instead of a folder",
    (path) => {
      writeFileSync(path, "");
      return join(path, "room.db");
    },
  ],
  ["where no folder can be made", () => "/proc/parlance/deep/room.db"],
];

describe.skipIf(platform === "win32")("a path that is", () => {
  test.each(places)("%s", async (_, make) => {
    const folder = mkdtempSync(join(tmpdir(), "parlance-unusable-"));
    onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
    const path = make(join(folder, "room.db"));
    const commands = [
      ["--listen", "127.0.0.1:0", "--store", `sqlite:${path}`],
      ["check", path],
      ["backup", join(folder, "copy.db"), "--store", `sqlite:${path}`],
      ["salvage", path, join(folder, "salvaged.db")],
    ];
    const ends = await Promise.all(commands.map((args) => runServer(args)));
    for (const { code, stdout, stderr } of ends) {
      expect([code, stdout]).toEqual([1, ""]);
      expect(stderr).toMatch(/^parlance-server: (?!fault)[^\n]+\n$/);
    }
  });
});
