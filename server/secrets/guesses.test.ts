import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { CountedGuesses } from "./guesses.js";

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

const at = (budget: string) => ({ ip: budget, budget });
const seconds = 1_000;

async function fail(guesses: CountedGuesses, times: number, subject: string, budget: string) {
  for (let i = 0; i < times; i++) await guesses.failed(subject, at(budget));
}

test("ten failures are free, then the delay doubles up to 15 minutes", async () => {
  const guesses = new CountedGuesses();
  await fail(guesses, 9, "ada", "a");
  expect(await guesses.waitMs("ada", at("a"))).toBe(0);
  const delays: number[] = [];
  for (let i = 0; i < 13; i++) {
    await guesses.failed("ada", at("a"));
    const waitMs = await guesses.waitMs("ada", at("a"));
    delays.push(waitMs / seconds);
    vi.advanceTimersByTime(waitMs);
    expect(await guesses.waitMs("ada", at("a"))).toBe(0);
  }
  expect(delays).toEqual([1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 900, 900, 900]);
});

test("failures are forgotten ten minutes after the first", async () => {
  const guesses = new CountedGuesses();
  await fail(guesses, 9, "ada", "a");
  vi.advanceTimersByTime(600 * seconds);
  await fail(guesses, 9, "ada", "a");
  expect(await guesses.waitMs("ada", at("a"))).toBe(0);
});

test("an address is kept from every nickname, and a nickname from every address", async () => {
  const guesses = new CountedGuesses();
  await fail(guesses, 10, "ada", "a");
  expect(await guesses.waitMs("bob", at("a"))).toBe(seconds);
  expect(await guesses.waitMs("ada", at("b"))).toBe(seconds);
  expect(await guesses.waitMs("bob", at("b"))).toBe(0);
});

test("a nickname under attack admits an address that was admitted before", async () => {
  const guesses = new CountedGuesses();
  guesses.succeeded("ada", at("home"));
  await fail(guesses, 20, "ada", "a");
  expect(await guesses.waitMs("ada", at("home"))).toBe(0);
  expect(await guesses.waitMs("ada", at("b"))).toBeGreaterThan(0);
});

test("an exempt address has no count, and is admitted to no nickname by an earlier success", async () => {
  const guesses = new CountedGuesses();
  guesses.succeeded("ada", at(""));
  await fail(guesses, 10, "ada", "");
  expect(await guesses.waitMs("ada", at(""))).toBe(seconds);
  expect(await guesses.waitMs("bob", at(""))).toBe(0);
});

test("what is counted is bounded", async () => {
  const guesses = new CountedGuesses();
  for (let i = 0; i < 15_000; i++) await guesses.failed(`name${i}`, at(`address${i}`));
  expect(guesses.size).toBe(20_000);
});
