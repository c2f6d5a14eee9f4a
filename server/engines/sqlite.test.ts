import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, test } from "vitest";
import type { Limits } from "./contract.js";
import { contract } from "./contract.js";
import { createManualClock } from "./manual-clock.js";
import type { OpenDriver } from "./sqlite/driver.js";
import { openLibsql } from "./sqlite/libsql.js";
import { hasNodeSqlite, openNodeSqlite } from "./sqlite/node.js";
import { createSqliteStore } from "./sqlite.js";
import { testIds } from "./test-ids.js";

function onFile(driver: OpenDriver) {
  return async (limits: Limits = {}) => {
    const folder = mkdtempSync(join(tmpdir(), "parlance-store-"));
    const clock = createManualClock();
    const create = () =>
      createSqliteStore({ path: join(folder, "room.db"), clock, ids: testIds, driver, ...limits });
    let store = create();
    await store.open();
    return {
      store,
      clock,
      async restart() {
        await store.close();
        store = create();
        await store.open();
        return store;
      },
      async dispose() {
        await store.close();
        rmSync(folder, { recursive: true, force: true });
      },
    };
  };
}

contract("sqlite by libsql", onFile(openLibsql), { keeps: true });

if (hasNodeSqlite) contract("sqlite by node:sqlite", onFile(openNodeSqlite), { keeps: true });
else describe("sqlite by node:sqlite", () => test.skip("needs Node 22.13 or newer", () => {}));
