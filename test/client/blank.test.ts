import { expect, test } from "vitest";
import { parse } from "../../client/chat/input/parse.js";
import { sanitizeText } from "../../client/text/sanitize.js";
import { checkText } from "../../server/room/rules/text.js";

const limits = { maxTextBytes: 4_096, maxTextLines: 50 };

function isAccepted(text: string): boolean {
  try {
    checkText(text, limits);
    return true;
  } catch {
    return false;
  }
}

/** Unassigned and private use are of one kind each. */
const characters = Array.from({ length: 0x110000 }, (_, point) => point)
  .filter((point) => point % 64 === 0 || !/[\p{Cn}\p{Co}]/u.test(String.fromCodePoint(point)))
  .map((point) => String.fromCodePoint(point));

const known = { isOnline: () => false, isPerson: false, offered: [] };

test("what the client does not send as blank, the server would refuse", () => {
  const nothing = characters.filter((text) => parse(text, known).kind === "nothing");
  expect(nothing.length).toBeGreaterThan(20);
  expect(nothing.filter(isAccepted)).toEqual([]);
});

test("a text that the server accepts leaves something on the client's screen", () => {
  const accepted = characters.filter(isAccepted);
  expect(accepted.length).toBeGreaterThan(100_000);
  expect(accepted.filter((text) => sanitizeText(text).trim() === "")).toEqual([]);
});
