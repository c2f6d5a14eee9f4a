import { describe, expect, test } from "vitest";
import { localeOf, nearestLocale } from "./locale.js";

const of = (header?: string) =>
  localeOf(new Headers(header === undefined ? {} : { "accept-language": header }), "en");

describe("the caller's language", () => {
  test.each([
    [undefined, "en"],
    ["", "en"],
    ["zh-CN", "zh-CN"],
    ["zh-TW,zh;q=0.9", "zh-CN"],
    ["fr, zh;q=0.3", "zh-CN"],
    ["en;q=0.4, zh-Hans;q=0.5", "zh-CN"],
    ["en;q=0.5, zh;q=0.4", "en"],
    ["zh;q=0", "en"],
    ["de", "en"],
    ["*", "en"],
    [";;;,,q=", "en"],
  ])("%j is answered in %s", (header, locale) => {
    expect(of(header)).toBe(locale);
  });

  test("any Chinese is ours, any English is ours, others are not", () => {
    expect(["zh", "zh_HK.UTF-8", "EN-gb", "fr", ""].map(nearestLocale)).toEqual([
      "zh-CN",
      "zh-CN",
      "en",
      undefined,
      undefined,
    ]);
  });
});
