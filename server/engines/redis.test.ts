import { afterAll, beforeAll, describe } from "vitest";
import { clusterEngineFlags, clusterStore } from "../../test/support/cluster-engine.js";
import { createManualClock } from "../../test/support/manual-clock.js";
import { engines, type RedisServer, startRedis } from "../../test/support/redis-server.js";
import { contract } from "./contract.js";
import { again } from "./redis/test-store.js";
import { createRedisStore } from "./redis.js";
import { testIds } from "./test-ids.js";

// As the user of deploy/compose.cluster.yaml, whose grants have to be enough for all that a store does.
for (const { program, isUsable } of engines)
  describe.skipIf(!isUsable)(`with ${program}`, () => {
    let server: RedisServer;
    beforeAll(async () => {
      server = await startRedis(clusterEngineFlags(), program);
    });
    afterAll(() => server.dispose());

    contract(
      "redis",
      async (limits) => {
        const clock = createManualClock();
        const room = testIds.random();
        const create = () =>
          createRedisStore({
            url: clusterStore(server),
            room,
            clock,
            testClock: clock,
            ids: testIds,
            ...limits,
          });
        let store = create();
        await store.open();
        return {
          store,
          clock,
          async restart() {
            await store.close();
            await server.restart();
            store = create();
            // It may be reading its file still.
            await again(() => store.open());
            return store;
          },
          dispose: () => store.close(),
        };
      },
      { keeps: true },
    );
  });
