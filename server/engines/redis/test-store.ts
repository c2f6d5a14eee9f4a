import { expect, onTestFinished } from "vitest";
import { recordObservations } from "../../../test/support/observations.js";
import { systemClock } from "../../system.js";
import { createRedisStore, type RedisStoreOptions } from "../redis.js";
import { testIds } from "../test-ids.js";

/** A store on an engine, not open yet and closed with the test, and what it observes. */
export function storeOn(url: string, options: Partial<RedisStoreOptions> = {}) {
  const { seen, observe } = recordObservations();
  const common = { url, room: "main", clock: systemClock, ids: testIds, observe };
  const store = createRedisStore({ ...common, ...options });
  onTestFinished(() => store.close());
  return { store, seen };
}

/** Calls until the store is there again. */
export async function again<T>(call: () => Promise<T>): Promise<T> {
  let result: T | undefined;
  await expect
    .poll(
      async () => {
        result = await call();
        return "done";
      },
      { timeout: 10_000 },
    )
    .toBe("done");
  return result!;
}
