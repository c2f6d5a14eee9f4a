import { describe, expect, test } from "vitest";
import { decodeUtf8, mayBeAltered } from "./utf8.js";

const bytes = (...values: number[]) => Uint8Array.from(values);

describe("bytes", () => {
  test.each([
    ["a Latin-1 letter", bytes(0x63, 0xe9)],
    ["half a character", bytes(0xe5, 0xb0)],
    ["an overlong NUL", bytes(0xc0, 0x80)],
    ["half a surrogate pair", bytes(0xed, 0xa0, 0x80)],
    ["beyond Unicode", bytes(0xf4, 0x90, 0x80, 0x80)],
    ["UTF-16 with its mark", bytes(0xff, 0xfe, 0x61, 0x00)],
    ["GBK", bytes(0xc4, 0xe3, 0xba, 0xc3)],
  ])("that are not UTF-8 are refused: %s", (_name, given) => {
    expect(decodeUtf8(given)).toBeUndefined();
  });

  test.each(["", "\0", "a\r\nb", "小明 👨‍👩‍👧", "\ufffd", "a\ufeffb"])(
    "that are stay as they are: %j",
    (text) => {
      expect(decodeUtf8(new TextEncoder().encode(text))).toBe(text);
    },
  );

  test("may begin with a mark, which is no text elsewhere", () => {
    const given = new TextEncoder().encode("\ufeff\ufeffa");
    expect(decodeUtf8(given)).toBe("\ufeffa");
    expect(decodeUtf8(given, { isStart: false })).toBe("\ufeff\ufeffa");
  });
});

test("text that a runtime decoded is suspect with U+FFFD or half a pair", () => {
  expect(["caf\ufffd", "\ud83d", "\udc68x"].map(mayBeAltered)).toEqual([true, true, true]);
  expect(["", "café", "👨‍👩‍👧"].map(mayBeAltered)).toEqual([false, false, false]);
});
