import { describe, expect, test } from "vitest";
import { UNKNOWN_LIMITS } from "../../session/limits.js";
import { guest } from "../../session/test-room.js";
import { initialState, type State, withActivity, withPeople } from "../state.js";
import { complete } from "./complete.js";
import { initialsOf, mayBeSpelt } from "./pinyin.js";

function roomOf(...nicknames: string[]): State {
  const state = { ...initialState("http://test"), self: { nickname: "me", id: "1" } };
  return withPeople(
    state,
    ["me", ...nicknames].map((nickname) => guest(nickname, nickname)),
    nicknames.length + 1,
  );
}

/** The inputs that Tab would give, one after the other. */
function completions(text: string, state: State): readonly string[] {
  const found = complete(text, text.length, state);
  return found?.candidates.map((one) => text.slice(0, found.start) + one.text + text.slice(found.end)) ?? [];
}

describe("completing names", () => {
  const state = roomOf("alice", "alex", "阿里", "小明", "张三丰", "欧阳娜娜");

  test.each([
    ["@al", ["@alex ", "@alice ", "@阿里 "]],
    ["＠ali", ["＠alice "]],
    ["你好，@ali", ["你好，@alice"]],
    ["你好，ali", ["你好，alice"]],
    ["你好ali", ["你好alice"]],
    ["see ALI", ["see alice"]],
    ["＠ａｌｉ", ["＠alice "]],
    ["@xm", ["@小明 "]],
    ["@zsf", ["@张三丰 "]],
    ["@oynn", ["@欧阳娜娜 "]],
    ["@小", ["@小明 "]],
    ["@zzz", []],
    ["", []],
    ["hello ", []],
  ])("%j offers %j", (text, expected) => expect(completions(text, state)).toEqual(expected));

  test("names with that prefix come before names with those initials", () => {
    expect(completions("@a", state)).toEqual(["@alex ", "@alice ", "@阿里 "]);
  });

  test("a name is found by its pinyin, spelt out, where no name begins like that", () => {
    const room = roomOf("老王", "张三丰", "小明2", "欧阳", "bob");
    for (const [typed, found] of [
      ["lao", "老王"],
      ["laow", "老王"],
      ["zhangs", "张三丰"],
      ["zhangsanfeng", "张三丰"],
      ["xiaoming", "小明2"],
      ["ouyang", "欧阳"],
    ] as const) {
      expect(completions(`@${typed}`, room)).toEqual([`@${found} `]);
    }
    for (const typed of ["laowangba", "lx", "bobb"]) expect(completions(`@${typed}`, room)).toEqual([]);
    expect(completions("@lao", roomOf("老王", "laotse"))).toEqual(["@laotse "]);
  });

  test("a long name does not make the search for its spelling slow", () => {
    const long = "n".repeat(24);
    expect(mayBeSpelt(`${"nnnnnnnnnnnnnnnnnnnnnnn"}x`, long)).toBe(false);
  });

  test("the latest active member comes first", () => {
    const busy = withActivity(withActivity(state, "alex", 1, true), "alice", 2, true);
    expect(completions("@al", busy)).toEqual(["@alice ", "@alex ", "@阿里 "]);
  });

  test("the reader is never offered", () => expect(completions("@m", state)).toEqual([]));

  test("text after the cursor is kept", () => {
    expect(complete("@al 你好", 3, state)).toMatchObject({ start: 1, end: 3 });
  });
});

describe("completing commands", () => {
  const state = roomOf("lsmith");
  test.each([
    ["/l", ["/ls"]],
    ["／h", ["/help", "/history"]],
    ["/he", ["/help"]],
    ["、q", ["/quit", "/query "]],
    ["/ms", ["/msg "]],
    ["/re", ["/reply ", "/reconnect"]],
    ["/x", []],
    ["hello /l", ["hello /lsmith"]],
  ])("%j offers %j", (text, expected) => expect(completions(text, state)).toEqual(expected));
});

describe("completing commands by role", () => {
  const features = ["MODERATION", "REDACTION", "REGISTRATION", "SEARCH", "REPLIES", "EDITING"] as const;
  const newcomer = { ...roomOf("bob"), limits: { ...UNKNOWN_LIMITS, features } };
  const moderator: State = { ...newcomer, role: "MODERATOR", registered: true };

  test.each<[string, State, readonly string[]]>([
    ["/re", newcomer, ["/reply ", "/redact", "/register", "/reconnect"]],
    ["/quo", newcomer, ["/quote "]],
    ["/f", newcomer, ["/find"]],
    ["/e", newcomer, ["/edit "]],
    ["/un", newcomer, ["/unignore "]],
    ["/un", moderator, ["/unignore ", "/unregister", "/unban "]],
    ["/k", newcomer, []],
    ["/k", moderator, ["/kick "]],
    ["/ban", moderator, ["/ban ", "/bans"]],
    ["/c", moderator, ["/close", "/clear"]],
    ["/kick b", moderator, ["/kick bob"]],
    // A server without these features, or of a version before them.
    ["/re", roomOf("bob"), ["/reply ", "/reconnect"]],
    ["/quo", roomOf("bob"), []],
    ["/k", { ...roomOf("bob"), role: "MODERATOR" }, []],
  ])("%j", (text, state, expected) => expect(completions(text, state)).toEqual(expected));
});

describe("initials", () => {
  test.each([
    ["小明2", ["xm2"]],
    ["老王Bob", ["lwbob"]],
    ["曾国藩", ["cgf", "zgf"]],
    ["欧阳", ["oy"]],
    ["𠮷野家", ["yj"]],
  ])("of %s are %j", (name, expected) => expect(initialsOf(name)).toEqual(expected));

  test("surnames are found by their reading as surnames", () => {
    for (const [name, typed] of [
      ["单雄信", "sxx"],
      ["仇英", "qy"],
      ["区块", "ok"],
      ["解缙", "xj"],
    ] as const) {
      expect(initialsOf(name)).toContain(typed);
    }
  });
});
