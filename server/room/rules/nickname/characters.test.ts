import stringWidth from "string-width";
import { expect, test } from "vitest";
import { columnsOf, isOfOneScript } from "./characters.js";

test("a name takes as many columns as on a terminal", () => {
  expect(columnsOf("ada")).toBe(3);
  expect(columnsOf("小明")).toBe(4);
  expect(columnsOf("ｶﾅ")).toBe(2);
  expect(columnsOf("ＡＤＡ")).toBe(6);
  expect(columnsOf("e\u0301")).toBe(1);
  expect(columnsOf("각".normalize("NFD"))).toBe(2);
});

test("each letter and number is as wide as in the client's library", () => {
  const different: string[] = [];
  for (let point = 0; point <= 0x10ffff; point++) {
    const character = String.fromCodePoint(point);
    // Vowels and finals of Hangul never stand alone; the library gives them a column when they do.
    if (!/[\p{L}\p{N}]/u.test(character) || /[\u1160-\u11ff\ud7b0-\ud7ff]/.test(character)) continue;
    if (/\p{Default_Ignorable_Code_Point}/u.test(character)) continue;
    if (columnsOf(character) !== stringWidth(character)) different.push(point.toString(16));
  }
  expect(different).toEqual([]);
});

test("the table has the script of every letter and mark that this Node has", () => {
  const unknown: string[] = [];
  for (let point = 0; point <= 0x10ffff; point++) {
    const character = String.fromCodePoint(point);
    if (/[\p{L}\p{M}\p{N}]/u.test(character) && !isOfOneScript(character)) unknown.push(point.toString(16));
  }
  expect(unknown).toEqual([]);
});

test("the mixtures of Japanese, Taiwanese and Korean are allowed; their union is not", () => {
  expect(isOfOneScript("abc田中さんサン")).toBe(true);
  expect(isOfOneScript("abc台ㄅ")).toBe(true);
  expect(isOfOneScript("abc金김")).toBe(true);
  expect(isOfOneScript("金김さ")).toBe(false);
  expect(isOfOneScript("aя")).toBe(false);
  expect(isOfOneScript("яさ")).toBe(false);
});

test("digits and marks common to all scripts go with any", () => {
  expect(isOfOneScript("я1_-.")).toBe(true);
  expect(isOfOneScript("я\u0301")).toBe(true);
});
