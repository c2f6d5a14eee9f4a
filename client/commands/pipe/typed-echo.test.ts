import { expect, test } from "vitest";
import { parse } from "../../chat/input/parse.js";
import type { Line } from "../../chat/line.js";
import { TypedEcho } from "./typed-echo.js";

const parsed = (input: string) => parse(input, { isOnline: () => true, isPerson: true, offered: [] });
const spoken = { at: 0, sender: "kim", registered: false, bot: false, live: true };
const message = (text: string, own = true): Line => ({ ...spoken, kind: "message", text, own });
const whisper = (text: string, direction: "in" | "out" | "self"): Line => ({
  ...{ ...spoken, kind: "private", recipient: "ada", text, direction },
});

test("what was typed is not written again, once for each time", () => {
  const echo = new TypedEcho();
  echo.typed(parsed("hello"));
  echo.typed(parsed("hello"));
  echo.typed(parsed("@ada psst"));
  echo.typed(parsed("/say /ls"));
  expect([message("hello"), message("hello"), message("hello")].map((line) => echo.isEchoOf(line))).toEqual([
    true,
    true,
    false,
  ]);
  expect(echo.isEchoOf(whisper("psst", "out"))).toBe(true);
  expect(echo.isEchoOf(message("/ls"))).toBe(true);
});

test("what others say, what was refused, and what was sent elsewhere is written", () => {
  const echo = new TypedEcho();
  echo.typed(parsed("hello"))();
  expect(echo.isEchoOf(message("hello"))).toBe(false);
  echo.typed(parsed("hello"));
  expect(echo.isEchoOf(message("hello", false))).toBe(false);
  expect(echo.isEchoOf(whisper("hello", "in"))).toBe(false);
  expect(echo.isEchoOf(message("elsewhere"))).toBe(false);
  expect(echo.isEchoOf(message("hello"))).toBe(true);
});
