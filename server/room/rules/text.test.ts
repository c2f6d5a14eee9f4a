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
