import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { onTestFinished } from "vitest";
import { createManualClock } from "../../../test/support/manual-clock.js";
import type { Store } from "../../room/ports.js";
import type { SqliteStoreOptions } from "../sqlite.js";
import { createSqliteStore } from "../sqlite.js";
import { testIds } from "../test-ids.js";

/** A path for a store, in a folder that is removed after the running test. */
export function testPath(): string {
  const folder = mkdtempSync(join(tmpdir(), "parlance-store-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return join(folder, "room.db");
}

/** Opens a store that is closed after the running test, by default on a manual clock of its own. */
export async function openStore(options: Partial<SqliteStoreOptions> & { path: string }): Promise<Store> {
  const store = createSqliteStore({ clock: createManualClock(), ids: testIds, ...options });
  await store.open();
  onTestFinished(() => store.close());
  return store;
}
