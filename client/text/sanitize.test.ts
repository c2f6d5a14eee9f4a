import { describe, expect, it } from "vitest";
import { sanitizeRow, sanitizeText } from "./sanitize.js";

describe("foreign text", () => {
  it.each([
    ["a colour", "a\x1b[31mb", "ab"],
    ["a cursor movement", "a\x1b[2J\x1b[1;1Hb", "ab"],
    ["a private mode", "\x1b[?1049hx", "x"],
    ["a title", "a\x1b]0;owned\x07b", "ab"],
    ["the clipboard (OSC 52)", "a\x1b]52;c;cm0gLXJmIC8=\x1b\\b", "ab"],
    ["a hyperlink", "\x1b]8;;http://evil\x1b\\text\x1b]8;;\x1b\\", "text"],
    ["a DCS", "a\x1bP1$r0m\x1b\\b", "ab"],
    ["an 8-bit CSI", "a\x9b31mb", "ab"],
    ["an 8-bit OSC", "a\x9d0;owned\x9cb", "ab"],
    ["a charset switch", "a\x1b(0b", "ab"],
    ["a reset", "a\x1bcb", "ab"],
    ["the opening of an endless OSC", "a\x1b]0;text", "a0;text"],
    ["a nested sequence", "\x1b[3\x1b[31m1mx", "31mx"],
    ["bell, backspace, return, delete", "a\x07\b\r\x7fb", "ab"],
    ["overrides of direction", "a\u202eb\u2066c\u200fd", "abcd"],
    ["zero-width characters", "a\u200bb\ufeffc\u2060d\u00ade", "abcde"],
    ["a joiner outside emoji", "a\u200db\u200c", "ab"],
    ["a tag (hidden text)", "a\u{e0041}\u{e0042}b", "ab"],
    ["a Hangul filler, which looks like a space", "a\u3164b", "ab"],
    ["half a surrogate pair", "a\ud83db", "a\ufffdb"],
  ])("drops %s", (_what, text, shown) => {
    expect(sanitizeText(text)).toBe(shown);
  });

  it.each([
    ["Chinese and English", "你好，world！"],
    ["a family", "👨‍👩‍👧‍👦"],
    ["a skin tone in a joined emoji", "👩🏽‍💻"],
    ["an emoji style", "❤️‍🔥 ☂︎"],
    ["a keycap", "1️⃣"],
    ["a flag", "🇨🇳"],
    ["Vietnamese in parts", "ô\u0309\u0323"],
    ["line breaks", "a\n\nb"],
  ])("keeps %s", (_what, text) => {
    expect(sanitizeText(text)).toBe(text);
  });

  it("keeps four marks on a base and drops the rest of a stack", () => {
    expect(sanitizeText(`a${"\u0301".repeat(500)}b`)).toBe(`a${"\u0301".repeat(4)}b`);
  });

  it("shows a tab as four spaces, and other line separators as line breaks", () => {
    expect(sanitizeText("a\tb\u2028c")).toBe("a    b\nc");
  });

  it("stays in one row where required", () => {
    expect(sanitizeRow("al\nice\u2029!")).toBe("al ice !");
  });

  it("never contains anything that a terminal interprets, and is clean after one pass", () => {
    let seed = 3;
    const random = (below: number) => {
      seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0;
      return (seed >>> 8) % below;
    };
    const parts = [
      "\x1b",
      "[",
      "]",
      "P",
      "\\",
      "\x07",
      "\x9b",
      "\x9d",
      "\x9c",
      "m",
      "0",
      ";",
      "\u200d",
      "👩",
      "\ufe0f",
    ];
    parts.push("\u202e", "\u0301", "a", "你", "\n", "\t", "\ud83d", "\r", "\u2028", "\x7f");
    for (let round = 0; round < 5000; round++) {
      const text = Array.from({ length: random(30) }, () => parts[random(parts.length)]).join("");
      const shown = sanitizeText(text);
      expect(shown).not.toMatch(/[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\u200b\u2028]/);
      expect(sanitizeText(shown)).toBe(shown);
    }
  });

  it("handles a hostile megabyte in linear time", () => {
    for (const part of ["\x1b]", "\x1b[", "\x9d0;", "\u0301", "\u200d", "\x1b"]) {
      expect(sanitizeText(part.repeat(1_000_000 / part.length)).length).toBeLessThanOrEqual(1_000_000);
    }
  });
});
