import { describe, expect, test } from "vitest";
import { catalogOf } from "./index.js";
import { chooseLanguage } from "./language.js";

/** Every text of a catalogue by its path; functions are called with plausible values. */
function texts(value: unknown, path = ""): [string, string][] {
  if (typeof value === "string") return [[path, value]];
  if (typeof value === "function") {
    // Every parameter of a catalogue is a name, a number or a list of names; two rounds reach both branches.
    const rounds = [
      [["a", "b"], 2, "input"],
      ["name", null, "none"],
      [3_600_000, 5, "held"],
    ];
    return rounds.flatMap((args) => {
      try {
        return texts((value as (...args: unknown[]) => unknown)(...args), path);
      } catch {
        return [];
      }
    });
  }
  if (value === null || typeof value !== "object") return [];
  return Object.entries(value).flatMap(([key, part]) => texts(part, `${path}.${key}`));
}

describe.each(["zh-CN", "en"] as const)("the catalogue %s", (language) => {
  const all = texts(catalogOf(language));

  test("has no empty text", () => {
    expect(all.length).toBeGreaterThan(100);
    expect(all.filter(([, text]) => text.trim() === "")).toEqual([]);
  });

  test("has no character of ambiguous width, which some terminals draw two cells wide", () => {
    const ambiguous =
      /[\u2010-\u2027\u2030-\u203e\u2190-\u21ff\u2460-\u24ff\u2500-\u25ff\u00b1\u00b7\u00d7\u00a7\u00b0]/;
    expect(all.filter(([, text]) => ambiguous.test(text))).toEqual([]);
  });
});

describe.each(["zh-CN", "en"] as const)("punctuation of the catalogue %s", (language) => {
  test("follows its word without a space", () => {
    const spaced = / (?:[?!,;:，。；：？！]|\.(?![\w./]))/;
    expect(texts(catalogOf(language)).filter(([, text]) => spaced.test(text))).toEqual([]);
  });
});

describe("the language", () => {
  const choose = (chosen: (string | undefined)[], env: Record<string, string> = {}, system = "fr") =>
    chooseLanguage({ chosen, env, systemLocale: () => system });

  test.each([
    [choose(["en"], { LANG: "zh_CN.UTF-8" }), "en"],
    [choose([undefined, "zh"], { LANG: "en_US" }), "zh-CN"],
    [choose([], { LANG: "zh_TW.UTF-8" }), "zh-CN"],
    [choose([], { LANG: "de_DE.UTF-8" }), "en"],
    [choose([], { LC_ALL: "en_US", LANG: "zh_CN" }), "en"],
    [choose([], { LC_ALL: "", LC_MESSAGES: "zh_CN", LANG: "en_US" }), "zh-CN"],
    [choose([], { LANG: "C.UTF-8" }, "zh-Hans-CN"), "zh-CN"],
    [choose([], { LANG: "POSIX" }, "und"), "en"],
    [choose([], {}, "und"), "en"],
  ])("is %s", (found, expected) => expect(found).toBe(expected));
});

test("a date has the usual form of its language", () => {
  const at = Date.UTC(2026, 10, 22, 16, 30);
  expect(catalogOf("zh-CN").day(at, "UTC")).toBe("11月22日 周日");
  expect(catalogOf("en").day(at, "UTC")).toBe("Sunday, November 22");
  expect(catalogOf("zh-CN").day(at, "Asia/Shanghai")).toBe("11月23日 周一");
});

test("numbers agree with their nouns", () => {
  const { rule, notice, users, problem } = catalogOf("en");
  expect(rule.before(1)).toBe("the message above is from before you joined");
  expect(rule.offline(38_000, 2)).toBe("offline 38 s, 2 missed messages");
  expect(notice.joined(["zhang", "b", "c", "d", "e"])).toBe("zhang and 4 others joined");
  expect(notice.ignoringEnded(12)).toBe("Group chat is back; 12 messages were skipped");
  expect([0, 4].map(users.heading)).toEqual(["no one is online", "4 online:"]);
  expect(problem.rateLimited(2_100, "input")).toBe(
    "Too fast, try again in 3 s (your line is still in the input)",
  );
  expect(catalogOf("zh-CN").rule.trimmed(3 * 3_600_000)).toBe(
    "断线 3 小时，服务器只留了最近的消息，更早的看不到了",
  );
});
