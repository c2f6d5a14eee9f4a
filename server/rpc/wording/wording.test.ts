import { expect, test } from "vitest";
import type { RefusalDetail, RefusalReason } from "../../room/errors.js";
import { wording } from "./index.js";

const reasons = Object.keys(wording.en.refusal) as RefusalReason[];
const MINUTE_MS = 60_000;
const details: RefusalDetail[] = [
  {},
  { retryDelayMs: 90_000, reference: "kestra", because: "flooding", suggestion: "ada2", limit: 8 },
  ...[
    "missing",
    "guesses",
    "secrets",
    "registrations",
    "not_taken",
    "too_short",
    "too_long",
    "closed",
    "speaking",
    "removed",
    "rank",
    "oneself",
    "slow_mode",
    "not_found",
    "range",
    "text",
    "wide",
    "alone",
  ].map((rule) => ({ rule, limit: 8, field: "secret" })),
];

test.each(Object.keys(wording) as (keyof typeof wording)[])(
  "every refusal has a sentence in %s",
  (locale) => {
    for (const reason of reasons)
      for (const detail of details) {
        // Of these reasons, the room gives field and limit whenever it gives the rule.
        const { limit = 8, field = "text" } = detail;
        const sentence = wording[locale].refusal[reason]({ ...detail, limit, field });
        expect(sentence).not.toMatch(/undefined|NaN|^$/);
        expect(/\p{Script=Han}/u.test(sentence)).toBe(locale === "zh-CN");
      }
  },
);

test("who is banned reads why, how long, and what to quote", () => {
  const ban = { retryDelayMs: 90 * MINUTE_MS, reference: "kestra", because: "flooding" };
  expect(wording.en.refusal.BANNED(ban)).toBe(
    "you are banned from this room for 90 min more: flooding; ban kestra",
  );
  expect(wording["zh-CN"].refusal.BANNED(ban)).toBe(
    "你已被禁止进入这个房间，还有 90 分钟：flooding；编号 kestra",
  );
  expect(wording.en.refusal.BANNED({ reference: "kestra" })).toBe(
    "you are banned from this room; ban kestra",
  );
});

test.each([
  [90_000, "90 s"],
  [15 * MINUTE_MS, "15 min"],
  [180 * MINUTE_MS, "3 h"],
  [3 * 24 * 60 * MINUTE_MS, "3 d"],
])("%d ms are %s", (retryDelayMs, span) => {
  expect(wording.en.refusal.MUTED({ retryDelayMs })).toContain(`muted you for ${span} more`);
});
