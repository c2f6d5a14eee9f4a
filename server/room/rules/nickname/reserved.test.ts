import { describe, expect, test } from "vitest";
import { Refusal } from "../../errors.js";
import { columnsOf } from "./characters.js";
import { parseNickname } from "./nickname.js";
import { ReservedNames } from "./reserved.js";

const ONLY_BUILT_IN = new ReservedNames([]);

/** Whether the name is refused for what it says. A name that breaks another rule fails the test. */
function isReserved(name: string, reserved = ONLY_BUILT_IN): boolean {
  try {
    parseNickname(name, reserved);
    return false;
  } catch (error) {
    if (error instanceof Refusal && error.reason === "NICKNAME_RESERVED") return true;
    throw error;
  }
}

const english =
  `system server parlance admin administrator root operator moderator mod owner staff support official all
  everyone everybody here channel room me you nobody anonymous bot notice`.split(/\s+/);
const chinese =
  `系统 服务器 伺服器 管理员 超级管理员 操作员 版主 房主 群主 主持人 客服 官方 工作人员 技术支持 所有人 全体 全体成员
  大家 我 你 匿名 机器人 公告 通知`.split(/\s+/);
const traditional =
  `系統 服務器 伺服器 管理員 超級管理員 操作員 工作人員 技術支持 全體 全體成員 機器人 運營 運維 網管 站長 沒有人
  無人 每個人 這裡 頻道 房間 匿名用戶`.split(/\s+/);

describe("words of authority and audience", () => {
  test.each(english)("%s", (word) => {
    expect(isReserved(word)).toBe(true);
    expect(isReserved(word.toUpperCase())).toBe(true);
    expect(isReserved(word[0]!.toUpperCase() + word.slice(1))).toBe(true);
  });

  test.each([...chinese, ...traditional])("%s", (word) => {
    expect(isReserved(word)).toBe(true);
  });
});

/** One way to write a word in other characters that are read as the same; undefined where there is none for it. */
const disguises: Record<string, (word: string) => string | undefined> = {
  "full width": (word) => mapped(word, (letter) => String.fromCodePoint(letter.codePointAt(0)! + 0xfee0)),
  "mathematical letters": (word) =>
    mapped(word, (letter) => String.fromCodePoint(0x1d400 - 97 + 26 + letter.charCodeAt(0))),
  "small capitals": (word) => replaced(word, "abcdefghijklmnoprstuvwyz", "ᴀʙᴄᴅᴇꜰɢʜɪᴊᴋʟᴍɴᴏᴘʀꜱᴛᴜᴠᴡʏᴢ"),
  Cyrillic: (word) => replaced(word.toUpperCase(), "ABCEHIJKMOPSTXY", "АВСЕНІЈКМОРЅТХУ"),
  Greek: (word) => replaced(word.toUpperCase(), "ABEHIKMNOPTXYZ", "ΑΒΕΗΙΚΜΝΟΡΤΧΥΖ"),
  Lisu: (word) => replaced(word.toUpperCase(), "ABCDEFGHIJKLMNOPRSTUVWXYZ", "ꓮꓐꓚꓓꓰꓝꓖꓧꓲꓙꓗꓡꓟꓠꓳꓑꓣꓢꓔꓴꓦꓪꓫꓬꓜ"),
  "a mark on a letter": (word) => `${word[0]}\u0301${word.slice(1)}`,
  "a mark on every letter": (word) => [...word].map((letter) => `${letter}\u0323`).join(""),
  "separators inside": (word) => [...word].join("."),
  "a separator at the end": (word) => `${word}_`,
  "mixed separators": (word) => `${word[0]}-_${word.slice(1)}.`,
  "modifier letters": (word) => `${word}\u02bc`,
};

/** Only of words of three letters and more. */
const spellings: Record<string, (word: string) => string | undefined> = {
  "digits for letters": (word) => replaced(word, "aeiostb", "4310578", 1),
  "I for l": (word) => (word.includes("l") ? word.replaceAll("l", "I") : undefined),
  "1 for l": (word) => (word.includes("l") ? word.replaceAll("l", "1") : undefined),
  "l for i": (word) => (word.includes("i") ? word.replaceAll("i", "l") : undefined),
  "rn for m": (word) => (word.includes("m") ? word.replaceAll("m", "rn") : undefined),
  "vv for w": (word) => (word.includes("w") ? word.replaceAll("w", "vv") : undefined),
  "cl for d": (word) => (word.includes("d") ? word.replaceAll("d", "cl") : undefined),
  "a doubled letter": (word) => (word.length >= 4 ? word[0] + word : undefined),
};

const longWords = english.filter((word) => word.length >= 3);

describe.each(Object.entries({ ...disguises, ...spellings }))("in the spelling %s", (_name, disguise) => {
  test("every word of three letters and more that can be so written", () => {
    // Some become too long, some a number.
    const written = longWords
      .map((word) => disguise(word) ?? "")
      .filter((name) => columnsOf(name) <= 24 && !/^\d*$/.test(name));
    expect(written.length).toBeGreaterThan(0);
    expect(written.filter((name) => !isReserved(name))).toEqual([]);
  });
});

test("several spellings at once", () => {
  for (const name of [
    "ADM1N",
    "aclmin",
    "adminn",
    "ádmin",
    "ADMlN",
    "AdrnIn",
    "r00t",
    "5y5t3m",
    "aII",
    "AlI",
    "4.d.m.1.n_",
    "Ｓ_Ｙ_Ｓ_Ｔ_Ｅ_Ｍ",
    "ᴀᴅᴍ1ɴ",
  ])
    expect([name, isReserved(name)]).toEqual([name, true]);
});

test("other forms and look-alikes of Chinese characters, and separators between them", () => {
  for (const name of ["系統", "糸统", "係统", "菅理员", "管理員", "管.理.员", "系_统", "客服_", "服務器"])
    expect([name, isReserved(name)]).toEqual([name, true]);
});

test("a word of authority with a number, or joined with other reserved words", () => {
  for (const name of [
    "admin1",
    "admin_02",
    "1admin",
    "ad.min-7",
    "system2026",
    "admin①",
    "system-admin",
    "serverbot",
    "rootAdmin",
  ])
    expect([name, isReserved(name)]).toEqual([name, true]);
  for (const name of [
    "系统2",
    "客服01",
    "1号客服",
    "管理员三号",
    "客服二號",
    "系统管理员",
    "系統公告",
    "官方客服",
    "系统-消息",
    "管理员机器人",
  ])
    expect([name, isReserved(name)]).toEqual([name, true]);
});

test("names that merely contain such a word, or resemble one only by some letters, are free", () => {
  for (const name of `robot bots boot bot2 all4one Ali ALI ail Al Mel Moe Mod3rn rooter admins admim admin-alice alice.admin build-server
    deploy_bot helper Lee Rooney Adam Admon Owen Staffan 411 1 007 modem youth`.split(/\s+/))
    expect([name, isReserved(name)]).toEqual([name, false]);
  for (const name of "小明 系小明 统一 客服小王 服务 机器 王大家 我们 管仲 官小方 公告牌 明天通知 三号 一".split(
    " ",
  ))
    expect([name, isReserved(name)]).toEqual([name, false]);
});

describe("words beside these", () => {
  const more = new ReservedNames(["ls", "i", "quit", "deploy", "xopo", "發布"]);

  test("are reserved with their look-alikes", () => {
    for (const name of [
      "LS",
      "quit",
      "qu1t",
      "q.u.i.t",
      "deploy",
      "Dep1oy",
      "clepIoy",
      "deploy_",
      "хоро",
      "發布",
      "發_布",
    ])
      expect([name, isReserved(name, more)]).toEqual([name, true]);
    expect(isReserved("хоро")).toBe(false);
  });

  test("but not with numbers, and of one or two letters not in other spellings", () => {
    for (const name of ["deploy2", "quitter", "is", "l5", "L.S", "1", "quit-all"])
      expect([name, isReserved(name, more)]).toEqual([name, false]);
  });

  test("may be any text: it is no pattern", () => {
    const odd = new ReservedNames(["a.c", "x+yz*", "(", "]", "\\", "^$", "", " "]);
    expect(isReserved("abc", odd)).toBe(false);
    expect(isReserved("x.yz", odd)).toBe(true);
    expect(isReserved("ada", odd)).toBe(false);
  });
});

test("a name is judged in a time that does not grow with how often a word could begin", () => {
  // The longest names there are, of characters that occur in many words and match none at the end.
  for (const name of ["rooooooooooooooooooooox", "modmodmodmodmodmodmodx", "allallallallallallallx"])
    expect(isReserved(name)).toBe(false);
});

function mapped(word: string, letter: (letter: string) => string): string {
  return [...word].map(letter).join("");
}

/** `to`: in the place of each letter of `from`. Undefined if the word has a letter besides, unless `some` suffice. */
function replaced(word: string, from: string, to: string, some = 0): string | undefined {
  const [before, after] = [[...from], [...to]];
  const letters = [...word].map((letter) => after[before.indexOf(letter)]);
  const known = letters.filter((letter) => letter !== undefined).length;
  if (some > 0 ? known < some : known < letters.length) return undefined;
  return letters.map((letter, at) => letter ?? word[at]).join("");
}
