import { describe, expect, onTestFinished, test } from "vitest";
import { createManualClock } from "../../test/support/manual-clock.js";
import type { Appended, Store } from "../room/ports.js";
import { boundWrites, type WriteBounds } from "./bounded.js";
import { contract } from "./contract.js";
import { createMemoryStore } from "./memory.js";
import { testIds } from "./test-ids.js";

contract(
  "a store with bounded writes",
  async (limits) => {
    const clock = createManualClock();
    const memory = createMemoryStore({ clock, ids: testIds, ...limits });
    const store = boundWrites(memory, clock, { maxInFlight: 10_000 });
    await store.open();
    return { store, clock, dispose: () => store.close() };
  },
  { keeps: false },
);

/** A memory store whose appends settle when the test calls `settleAll`. */
async function slowStore(bounds: WriteBounds) {
  const clock = createManualClock();
  const memory = createMemoryStore({ clock, ids: testIds });
  await memory.open();
  onTestFinished(() => memory.close());
  const held: (() => void)[] = [];
  const slow: Store = {
    ...memory,
    log: {
      ...memory.log,
      append: (data, options) =>
        new Promise<Appended>((resolve, reject) => {
          held.push(() => memory.log.append(data, options).then(resolve, reject));
        }),
    },
  };
  const { log, values } = boundWrites(slow, clock, bounds);
  const append = (key = "k") => log.append(new Uint8Array(1), { key });
  const settleAll = () => held.splice(0).forEach((settle) => void settle());
  return { clock, log, values, append, settleAll };
}

describe("a slow engine", () => {
  test("one write too many is refused at once as not applied; once others settle there is room again", async () => {
    const { append, settleAll, log } = await slowStore({ maxInFlight: 2 });
    const accepted = [append("a"), append("b")];
    await expect(append("c")).rejects.toMatchObject({ outcome: "not-applied" });
    settleAll();
    await Promise.all(accepted);
    const late = append("c");
    settleAll();
    expect(await late).toMatchObject({ seq: 3, duplicate: false });
    expect((await log.head()).last).toBe(3);
  });

  test("after the timeout a write's outcome is unknown, and a retry with the same key reveals it", async () => {
    const { clock, append, settleAll } = await slowStore({ patienceMs: 3_000 });
    const write = append();
    const refused = expect(write).rejects.toMatchObject({ outcome: "unknown" });
    clock.advance(3_000);
    await refused;
    settleAll();
    const again = append();
    settleAll();
    expect(await again).toMatchObject({ seq: 1, duplicate: true });
  });

  test("each write has its own timeout, counted from its own start", async () => {
    const { clock, append, settleAll } = await slowStore({ patienceMs: 3_000 });
    const first = append("a");
    clock.advance(2_000);
    const second = append("b");
    const refused = expect(first).rejects.toMatchObject({ outcome: "unknown" });
    clock.advance(1_500);
    await refused;
    settleAll();
    expect(await second).toMatchObject({ duplicate: false });
  });

  test("a write whose caller gave up still counts until the engine is done", async () => {
    const { clock, append, settleAll, values } = await slowStore({ maxInFlight: 1, patienceMs: 3_000 });
    const refused = expect(append()).rejects.toMatchObject({ outcome: "unknown" });
    clock.advance(3_000);
    await refused;
    await expect(values.put("v", new Uint8Array(1))).rejects.toMatchObject({ outcome: "not-applied" });
    expect(await values.get("v")).toBeNull();
    settleAll();
    await expect.poll(() => values.put("v", new Uint8Array(1)).catch(() => null)).toBeGreaterThan(0);
  });
});
