import { expect, test } from "vitest";
import { isOfOneScript } from "./scripts.js";

test("the table knows the script of every letter and mark that this Node knows", () => {
  const unknown: string[] = [];
  for (let point = 0; point <= 0x10ffff; point++) {
    const character = String.fromCodePoint(point);
    if (/[\p{L}\p{M}\p{N}]/u.test(character) && !isOfOneScript(character)) unknown.push(point.toString(16));
  }
  expect(unknown).toEqual([]);
});

test("what Japanese, Taiwanese and Koreans mix is one; their sum is not", () => {
  expect(isOfOneScript("abc田中さんサン")).toBe(true);
  expect(isOfOneScript("abc台ㄅ")).toBe(true);
  expect(isOfOneScript("abc金김")).toBe(true);
  expect(isOfOneScript("金김さ")).toBe(false);
  expect(isOfOneScript("aя")).toBe(false);
  expect(isOfOneScript("яさ")).toBe(false);
});

test("digits and marks that all scripts share go with any", () => {
  expect(isOfOneScript("я1_-.")).toBe(true);
  expect(isOfOneScript("я\u0301")).toBe(true);
});
