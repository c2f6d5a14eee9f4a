import { expect, test } from "vitest";
import { createExpiring } from "./expiring.js";

test("a key ends at its time, and its memory is freed within a second or so", () => {
  let now = 0;
  const held = createExpiring<string>(() => now);
  held.set("short", "a", 1500);
  held.set("long", "b", 10_000);
  now = 1499;
  expect(held.get("short")).toBe("a");
  now = 1500;
  expect(held.get("short")).toBeUndefined();
  now = 2000;
  held.sweep();
  expect(held.size).toBe(1);
  expect(held.get("long")).toBe("b");
});

test("a key that is set again lives to its new end", () => {
  let now = 0;
  const held = createExpiring<string>(() => now);
  held.set("k", "a", 1000);
  held.set("k", "b", 5000);
  held.set("for ever", "c", 1000);
  held.set("for ever", "d", Number.POSITIVE_INFINITY);
  now = 4000;
  held.sweep();
  expect(held.get("k")).toBe("b");
  now = 1e12;
  held.sweep();
  expect(held.get("k")).toBeUndefined();
  expect(held.get("for ever")).toBe("d");
  expect(held.size).toBe(1);
});
