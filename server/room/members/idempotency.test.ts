import { describe, expect, test } from "vitest";
import { IdempotencyCache } from "./idempotency.js";

describe("the idempotency cache", () => {
  test("returns the first result to a retry, also while the first call is in progress", async () => {
    const cache = new IdempotencyCache();
    let done = 0;
    const work = async () => ++done;
    const [first, second] = await Promise.all([
      cache.once("a", "say", 0, work),
      cache.once("a", "say", 0, work),
    ]);
    expect([first, second]).toEqual([
      { result: 1, again: false },
      { result: 1, again: true },
    ]);
    expect(await cache.once("", "say", 0, work)).toEqual({ result: 2, again: false });
  });

  test("refuses a request_id that was used for another request, until it has expired", async () => {
    const cache = new IdempotencyCache();
    await cache.once("a", "say", 0, async () => 1);
    const reused = { reason: "REQUEST_INVALID", detail: { field: "request_id", rule: "reused" } };
    await expect(cache.once("a", "other", 0, async () => 2)).rejects.toMatchObject(reused);
    expect(await cache.once("a", "say", 0, async () => 3)).toEqual({ result: 1, again: true });
    expect(await cache.once("a", "other", 300_001, async () => 4)).toEqual({ result: 4, again: false });
  });

  test("does not cache a failure", async () => {
    const cache = new IdempotencyCache();
    await expect(cache.once("a", "say", 0, () => Promise.reject(new Error("no")))).rejects.toThrow("no");
    expect(await cache.once("a", "say", 0, async () => 5)).toEqual({ result: 5, again: false });
  });

  test("expires a result after five minutes", async () => {
    const cache = new IdempotencyCache();
    await cache.once("a", "say", 0, async () => 1);
    expect((await cache.once("a", "say", 300_000, async () => 2)).again).toBe(true);
    expect((await cache.once("a", "say", 300_001, async () => 2)).again).toBe(false);
  });
});
