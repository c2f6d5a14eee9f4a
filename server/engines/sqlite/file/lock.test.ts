import { mkdirSync, rmSync } from "node:fs";
import { expect, test } from "vitest";
import { openStore, testPath } from "../test-store.js";

test("a store whose holder cannot be noted down is not held, and can be opened once that is mended", async () => {
  const path = testPath();
  // Stands in for anything that prevents writing the note, such as a full disk.
  const obstacle = `${path}.lock.json.new`;
  mkdirSync(obstacle);
  await expect(openStore({ path })).rejects.toThrow(/EISDIR/);
  rmSync(obstacle, { recursive: true });
  const store = await openStore({ path });
  expect((await store.log.head()).last).toBe(0);
});
