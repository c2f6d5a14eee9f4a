import { describe, expect, test } from "vitest";
import { IdempotencyCache } from "./idempotency.js";

describe("the idempotency cache", () => {
  test("returns the first result to a retry, also while the first call is in progress", async () => {
    const cache = new IdempotencyCache<number>();
    let done = 0;
    const work = async () => ++done;
    const [first, second] = await Promise.all([cache.once("a", 0, work), cache.once("a", 0, work)]);
    expect([first, second]).toEqual([
      { result: 1, again: false },
      { result: 1, again: true },
    ]);
    expect(await cache.once("", 0, work)).toEqual({ result: 2, again: false });
  });

  test("does not cache a failure", async () => {
    const cache = new IdempotencyCache<number>();
    await expect(cache.once("a", 0, () => Promise.reject(new Error("no")))).rejects.toThrow("no");
    expect(await cache.once("a", 0, async () => 5)).toEqual({ result: 5, again: false });
  });

  test("expires a result after five minutes", async () => {
    const cache = new IdempotencyCache<number>();
    await cache.once("a", 0, async () => 1);
    expect((await cache.once("a", 300_000, async () => 2)).again).toBe(true);
    expect((await cache.once("a", 300_001, async () => 2)).again).toBe(false);
  });
});
