import { expect, test } from "vitest";
import { createManualClock } from "../../test/support/manual-clock.js";
import { Repeats } from "./repeats.js";

function subject() {
  const clock = createManualClock();
  const repeats = new Repeats(clock);
  const lines: string[] = [];
  const add = (kind: string, address?: string) =>
    repeats.add(kind, address, (seen) =>
      lines.push([kind, seen.count, seen.address ?? "-", seen.addresses ?? 1].join(" ")),
    );
  return { clock, repeats, lines, add };
}

test("the first of a kind is written at once, the rest once a minute with their count", () => {
  const { clock, lines, add } = subject();
  add("a", "10.0.0.1");
  add("b");
  for (let i = 0; i < 5; i++) add("a", i < 3 ? "10.0.0.2" : "10.0.0.1");
  expect(lines.splice(0)).toEqual(["a 1 10.0.0.1 1", "b 1 - 1"]);
  clock.advance(60_000);
  expect(lines.splice(0)).toEqual(["a 5 10.0.0.2 2"]);
  add("a", "10.0.0.3");
  expect(lines).toEqual([]);
  clock.advance(60_000);
  expect(lines.splice(0)).toEqual(["a 1 10.0.0.3 1"]);
  clock.advance(60_000);
  add("a", "10.0.0.3");
  expect(lines).toEqual(["a 1 10.0.0.3 1"]);
});

test("a flush writes what was counted, once", () => {
  const { clock, repeats, lines, add } = subject();
  for (let i = 0; i < 3; i++) add("a", "10.0.0.1");
  repeats.flush();
  clock.advance(120_000);
  expect(lines).toEqual(["a 1 10.0.0.1 1", "a 2 10.0.0.1 1"]);
});

test("however many kinds and addresses there are, lines and memory are bounded", () => {
  const { clock, lines, add } = subject();
  for (let i = 0; i < 10_000; i++) add(`kind ${i}`, `10.0.${i >> 8}.${i & 255}`);
  expect(lines).toHaveLength(501);
  clock.advance(60_000);
  expect(lines.splice(501)).toEqual(["kind 9999 9499 10.0.1.245 1000"]);
});
