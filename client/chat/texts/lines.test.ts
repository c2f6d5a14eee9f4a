import { expect, test } from "vitest";
import type { Line } from "../line.js";
import { withoutErased } from "./lines.js";

const spoken = { at: 0, sender: "ada", senderId: "a", registered: false, bot: false, live: true } as const;
const named = { at: 0, nickname: "ada" } as const;
const ids = new Set(["m1", "e1"]);

test.each<[string, Line, object]>([
  [
    "a message",
    { ...spoken, kind: "message", id: "m1", own: false, text: "hunter2" },
    { kind: "message", id: "m1", text: "", erased: true },
  ],
  [
    "a private message",
    { ...spoken, kind: "private", id: "m1", recipient: "bob", direction: "in", text: "hunter2" },
    { kind: "private", text: "", erased: true },
  ],
  [
    "what is quoted of it",
    { kind: "quote", at: 0, id: "m1", message: { nickname: "ada", text: "hunter2" } },
    { kind: "quote", message: null },
  ],
  [
    "its other text",
    { ...named, kind: "edited", id: "e7", messageId: "m1", own: false, isPrivate: false, text: "hunter2" },
    { kind: "edited", text: "", erased: true },
  ],
  [
    "an edit that was erased with a message that is not here",
    { ...named, kind: "edited", id: "e1", messageId: "m7", own: false, isPrivate: false, text: "hunter2" },
    { kind: "edited", text: "", erased: true },
  ],
  [
    "what was not delivered",
    { ...named, kind: "undelivered", count: 3, texts: ["hunter2", "kept"], ids: ["m1", "m2"] },
    { kind: "undelivered", count: 3, texts: ["kept"], ids: ["m2"] },
  ],
])("%s loses the text of an erased message", (_, line, expected) => {
  const left = withoutErased(line, ids);
  expect(left).toMatchObject(expected);
  expect(JSON.stringify(left)).not.toContain("hunter2");
});

test.each<Line>([
  { ...spoken, kind: "message", id: "m2", own: false, text: "kept" },
  { ...spoken, kind: "message", own: false, text: "kept" },
  { kind: "quote", at: 0, id: "m2", message: { nickname: "ada", text: "kept" } },
  { ...named, kind: "undelivered", count: 1, texts: ["kept"], ids: ["m2"] },
  { ...named, kind: "redacted", own: false, count: 1, reason: "" },
])("any other line is the same: %o", (line) => {
  expect(withoutErased(line, ids)).toBe(line);
});
