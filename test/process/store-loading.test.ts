import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { runServer, startServer } from "../support/process.js";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "parlance-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

describe("on a Node without SQLite", () => {
  // Loading node:sqlite fails here, so what works has not loaded it.
  const env = { NODE_OPTIONS: "--no-experimental-sqlite" };

  test.each(["--help", "--version"])("%s works", async (flag) => {
    const { code, stdout, stderr } = await runServer([flag], env);
    expect([code, stderr]).toEqual([0, ""]);
    expect(stdout).toContain("parlance-server");
  });

  test("a server with --store memory: starts", async () => {
    const server = await startServer(["--store", "memory:"], env);
    await server.stop();
  });

  test.each([
    ["starting on a file", []],
    ["check", ["check"]],
    ["backup", ["backup", "copy.db"]],
  ])("%s fails with one clear line", async (_, words) => {
    const path = join(folder, "room.db");
    await (await startServer(["--store", `sqlite:${path}`])).stop();
    const args = words.map((word) => (word === "copy.db" ? join(folder, word) : word));
    const { code, stdout, stderr } = await runServer([...args, "--store", `sqlite:${path}`], env);
    expect([code, stdout]).toEqual([1, ""]);
    expect(stderr).toMatch(/^parlance-server: this Node\.js has no SQLite [^\n]+\n$/);
  });
});

test("loading SQLite writes no warning to the operator's stderr", async () => {
  const store = `sqlite:${join(folder, "room.db")}`;
  const server = await startServer(["--store", store, "--log-level", "silent"]);
  await server.stop();
  expect(server.output.stderr).toBe("");
  expect(await runServer(["check", "--store", store])).toMatchObject({ code: 0, stderr: "" });
});
