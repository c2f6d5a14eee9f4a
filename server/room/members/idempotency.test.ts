import { describe, expect, test } from "vitest";
import { RecentAnswers } from "./idempotency.js";

describe("answers by request_id", () => {
  test("a retry gets the first answer, also while the first is under way", async () => {
    const answers = new RecentAnswers<number>();
    let done = 0;
    const work = async () => ++done;
    const [first, second] = await Promise.all([answers.once("a", 0, work), answers.once("a", 0, work)]);
    expect([first, second]).toEqual([
      { answer: 1, again: false },
      { answer: 1, again: true },
    ]);
    expect(await answers.once("", 0, work)).toEqual({ answer: 2, again: false });
  });

  test("a failure is not kept", async () => {
    const answers = new RecentAnswers<number>();
    await expect(answers.once("a", 0, () => Promise.reject(new Error("no")))).rejects.toThrow("no");
    expect(await answers.once("a", 0, async () => 5)).toEqual({ answer: 5, again: false });
  });

  test("after five minutes the log alone remembers", async () => {
    const answers = new RecentAnswers<number>();
    await answers.once("a", 0, async () => 1);
    expect((await answers.once("a", 300_000, async () => 2)).again).toBe(true);
    expect((await answers.once("a", 300_001, async () => 2)).again).toBe(false);
  });
});
