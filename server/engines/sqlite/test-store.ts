import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { onTestFinished } from "vitest";
import type { Store } from "../../room/ports.js";
import { createManualClock } from "../manual-clock.js";
import type { SqliteStoreOptions } from "../sqlite.js";
import { createSqliteStore } from "../sqlite.js";
import { testIds } from "../test-ids.js";

/** A path for a store in a folder that goes with the running test. */
export function testPath(): string {
  const folder = mkdtempSync(join(tmpdir(), "parlance-store-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return join(folder, "room.db");
}

/** An open store that the running test closes, on a clock of its own unless it is given one. */
export async function openStore(options: Partial<SqliteStoreOptions> & { path: string }): Promise<Store> {
  const store = createSqliteStore({ clock: createManualClock(), ids: testIds, ...options });
  await store.open();
  onTestFinished(() => store.close());
  return store;
}
