import { afterAll, beforeAll, describe } from "vitest";
import { createManualClock } from "../../test/support/manual-clock.js";
import { DURABLE, engines, type RedisServer, startRedis } from "../../test/support/redis-server.js";
import { contract } from "./contract.js";
import { createRedisStore } from "./redis.js";
import { testIds } from "./test-ids.js";

for (const { program, isUsable } of engines)
  describe.skipIf(!isUsable)(`with ${program}`, () => {
    let server: RedisServer;
    beforeAll(async () => {
      server = await startRedis(DURABLE, program);
    });
    afterAll(() => server.dispose());

    contract(
      "redis",
      async (limits) => {
        const clock = createManualClock();
        const room = testIds.random();
        const create = () =>
          createRedisStore({ url: server.url, room, clock, testClock: clock, ids: testIds, ...limits });
        let store = create();
        await store.open();
        return {
          store,
          clock,
          async restart() {
            await store.close();
            await server.restart();
            store = create();
            await store.open();
            return store;
          },
          dispose: () => store.close(),
        };
      },
      { keeps: true },
    );
  });
