import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { Refusal } from "../errors.js";
import { checkText } from "./text.js";

const limits = { maxTextBytes: 4_096, maxTextLines: 50 };

/** The rule that was broken and its limit, or "accepted". */
function verdict(text: string): string {
  try {
    checkText(text, limits);
    return "accepted";
  } catch (error) {
    if (!(error instanceof Refusal) || error.reason !== "TEXT_INVALID") throw error;
    expect(error.detail.field).toBe("text");
    return [error.detail.rule, error.detail.limit].filter((part) => part !== undefined).join(" ");
  }
}

describe("texts of all languages are allowed", () => {
  test.each([
    "hello",
    "你好，世界 👋🏽",
    "two\nlines\twith a tab",
    "👨‍👩‍👧‍👦",
    "سلام, \u2067parlance\u2069!",
    "\u200fשלום\u200e",
    ".",
    "  indented",
  ])("%j", (text) => {
    expect(verdict(text)).toBe("accepted");
  });
});

describe("a text is refused with the rule it breaks", () => {
  test.each([
    ["", "empty"],
    [" \n\t\u3000", "empty"],
    ["\u200b\u2060\ufeff\u00ad", "empty"],
    ["\u3164", "empty"],
    ["a\rb", "control"],
    ["a\u0000", "control"],
    ["\u001b[31mred", "control"],
    ["a\u007f", "control"],
    ["a\u0085b", "control"],
    ["\u009b31m", "control"],
    ["a\u202eb", "bidi"],
    ["a\u202db\u202c", "bidi"],
    ["a\u202ab\u202c", "bidi"],
    ["a\u2067b", "bidi"],
    ["a\u2069\u2067b", "bidi"],
    ["\u2067a\nb\u2069", "bidi"],
    ["a\ud83d", "not_unicode"],
    ["\ude00\ud83d", "not_unicode"],
  ])("%j: %s", (text, rule) => {
    expect(verdict(text)).toBe(rule);
  });
});

describe("a text that shows nothing is empty", () => {
  /** Assigned characters that no property tells from visible ones. */
  const blankGlyphs = new Map([
    [0x2800, "Braille pattern blank"],
    [0xfffc, "object replacement character"],
    [0x13441, "Egyptian hieroglyph full blank"],
    [0x13442, "Egyptian hieroglyph half blank"],
    [0x1d159, "musical symbol null notehead"],
  ]);
  /** Unicode's property Prepended_Concatenation_Mark: format characters that are drawn. */
  const drawnFormats = "600 601 602 603 604 605 6dd 70f 890 891 8e2 110bd 110cd"
    .split(" ")
    .map((hex) => parseInt(hex, 16));

  /** Mostly unassigned and private use, all of one kind. */
  const isSampled = (point: number, character: string) =>
    !/[\p{Cn}\p{Co}]/u.test(character) || isNoncharacter(point) || point < 0x3000 || point % 64 === 0;

  function showsNothing(point: number, character: string): boolean {
    const kinds = /[\p{Z}\p{C}\p{M}\p{White_Space}\p{Default_Ignorable_Code_Point}]/u;
    // May be drawn: by a font of its own, or by a Unicode version newer than this Node's.
    const mayBeDrawn = /[\p{Co}\p{Cn}]/u.test(character) && !isNoncharacter(point);
    if (drawnFormats.includes(point)) return false;
    if (mayBeDrawn && !/\p{Default_Ignorable_Code_Point}/u.test(character)) return false;
    return kinds.test(character) || blankGlyphs.has(point);
  }

  const isNoncharacter = (point: number) =>
    (point >= 0xfdd0 && point <= 0xfdef) || (point & 0xfffe) === 0xfffe;

  test("for every code point alone, repeated and between spaces; beside a letter it is not", () => {
    const wrong: string[] = [];
    for (let point = 0; point <= 0x10ffff; point++) {
      const character = String.fromCodePoint(point);
      if (!isSampled(point, character)) continue;
      // Refused for another reason, wherever they are.
      if (verdict(`a${character}`) !== "accepted") continue;
      const expected = showsNothing(point, character) ? "empty" : "accepted";
      for (const text of [character, character.repeat(3), ` ${character}\n`])
        if (verdict(text) !== expected) wrong.push(`${point.toString(16)}: ${verdict(text)}`);
    }
    expect(wrong).toEqual([]);
  });

  test("for any mixture of them", () => {
    const nothing = Array.from({ length: 0x110000 }, (_, point) => point).filter((point) => {
      const character = String.fromCodePoint(point);
      return showsNothing(point, character) && !/\p{Surrogate}/u.test(character);
    });
    expect(nothing.length).toBeGreaterThan(6_000);
    const characters = fc.constantFrom(...nothing).map((point) => String.fromCodePoint(point));
    fc.assert(
      fc.property(fc.array(characters, { minLength: 1, maxLength: 20 }), (parts) => {
        expect(verdict(parts.join(""))).not.toBe("accepted");
      }),
      { numRuns: 1_000 },
    );
  });
});

test("4,096 bytes are allowed, one more is not, in any script", () => {
  expect(verdict("a".repeat(4_096))).toBe("accepted");
  expect(verdict("a".repeat(4_097))).toBe("too_long 4096");
  expect(verdict("é".repeat(2_048))).toBe("accepted");
  expect(verdict(`${"é".repeat(2_048)}a`)).toBe("too_long 4096");
  expect(verdict(`${"明".repeat(1_365)}a`)).toBe("accepted");
  expect(verdict("明".repeat(1_366))).toBe("too_long 4096");
  expect(verdict("😀".repeat(1_024))).toBe("accepted");
  expect(verdict(`${"😀".repeat(1_024)}a`)).toBe("too_long 4096");
});

test("50 lines are allowed, 51 are not", () => {
  expect(verdict(`a${"\n".repeat(49)}`)).toBe("accepted");
  expect(verdict(`a${"\n".repeat(50)}`)).toBe("too_many_lines 50");
});

test("any text is refused for its bytes exactly when it has too many", () => {
  const small = { maxTextBytes: 20, maxTextLines: 1_000 };
  fc.assert(
    fc.property(fc.string({ unit: "grapheme", maxLength: 30 }), (text) => {
      const tooLong = new TextEncoder().encode(text).length > 20;
      let rule: string | undefined;
      try {
        checkText(text, small);
      } catch (error) {
        rule = (error as Refusal).detail.rule;
      }
      expect(rule === "too_long").toBe(tooLong);
    }),
  );
});
