import fc from "fast-check";
import { expect, test } from "vitest";
import { nearest } from "./nearest.js";

test.each([
  ["one left out", "alce", "alice"],
  ["one too many", "allice", "alice"],
  ["one mistaken", "alixe", "alice"],
  ["two swapped", "alcie", "alice"],
  ["another case", "ALICA", "alice"],
  ["another width", "ａｌｉｃ", "alice"],
  ["only the beginning", "wil", "wilhelmina"],
  ["the beginning, in Chinese", "小", "小明"],
  ["a short name", "bib", "bob"],
  ["a mark forgotten", "zoé", "zoë"],
])("%s: %s means %s", (_, written, meant) => {
  expect(nearest(written, ["bob", "alice", "wilhelmina", "小明", "zoë"])).toBe(meant);
});

test("returns the nickname as shown", () => {
  expect(nearest("alcie", ["Alice"])).toBe("Alice");
});

test("returns nothing if no candidate is near", () => {
  expect(nearest("alice", ["bob", "zoë", "alexander"])).toBeUndefined();
  expect(nearest("a", ["b", "c"])).toBeUndefined();
  expect(nearest("bob", ["tim"])).toBeUndefined();
  expect(nearest("alice", [])).toBeUndefined();
  expect(nearest("", ["alice"])).toBeUndefined();
});

test("fewer edits win, then the same beginning, then the shorter name", () => {
  expect(nearest("martin", ["marvyn", "martins"])).toBe("martins");
  expect(nearest("ann", ["ahn", "anna"])).toBe("anna");
  expect(nearest("wil", ["wilhelmina", "wilfred"])).toBe("wilfred");
});

test("an edit is counted per grapheme", () => {
  // ढ़ें is four code points.
  expect(nearest("xकमलनग", ["कमलनगढ़ें"])).toBe("कमलनगढ़ें");
});

test("up to a third of a long name may be wrong", () => {
  expect(nearest("xlexxnder", ["alexander"])).toBe("alexander");
  expect(nearest("xlxxxnxer", ["alexander"])).toBeUndefined();
});

test("in a crowd, the name at one edit is found", () => {
  const crowd = Array.from({ length: 3_000 }, (_, at) => `${at}-${(at * 7_919) % 100_003}-member`);
  const edits = fc.constantFrom<(name: string, at: number) => string>(
    (name, at) => name.slice(0, at) + name.slice(at + 1),
    (name, at) => `${name.slice(0, at)}z${name.slice(at)}`,
    (name, at) => `${name.slice(0, at)}z${name.slice(at + 1)}`,
    (name, at) => name.slice(0, at) + (name[at + 1] ?? "") + name[at] + name.slice(at + 2),
  );
  fc.assert(
    fc.property(fc.nat(2_999), fc.nat(5), edits, (who, fromEnd, edit) => {
      const name = crowd[who]!;
      // Only the letters at the end: an edit of the number could yield another member's name.
      const written = edit(name, name.length - 1 - fromEnd);
      expect(nearest(written, crowd)).toBe(name);
    }),
    { numRuns: 50 },
  );
});

test("nothing is near to a very long name", () => {
  expect(nearest("a".repeat(100_000), ["a".repeat(24)])).toBeUndefined();
});
