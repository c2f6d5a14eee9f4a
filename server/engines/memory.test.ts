import { createManualClock } from "../../test/support/manual-clock.js";
import { contract } from "./contract.js";
import { createMemoryStore } from "./memory.js";
import { testIds } from "./test-ids.js";

contract(
  "memory",
  async (limits) => {
    const clock = createManualClock();
    const store = createMemoryStore({ clock, ids: testIds, ...limits });
    await store.open();
    return { store, clock, dispose: store.close };
  },
  { keeps: false },
);
