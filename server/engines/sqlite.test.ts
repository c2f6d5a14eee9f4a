import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createManualClock } from "../../test/support/manual-clock.js";
import { contract } from "./contract.js";
import { createSqliteStore } from "./sqlite.js";
import { testIds } from "./test-ids.js";

contract(
  "sqlite",
  async (limits) => {
    const folder = mkdtempSync(join(tmpdir(), "parlance-store-"));
    const clock = createManualClock();
    const create = () => createSqliteStore({ path: join(folder, "room.db"), clock, ids: testIds, ...limits });
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
  },
  { keeps: true },
);
