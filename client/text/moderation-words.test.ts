import { describe, expect, test } from "vitest";
import type { NoticeLine } from "../chat/line.js";
import { en } from "../i18n/en.js";
import { zhCN } from "../i18n/zh-CN.js";
import type { Room } from "../session/room.js";
import { lineText, plainTheme } from "./line-text.js";

const at = Date.UTC(2026, 0, 2, 3, 4, 5);
const MINUTE_MS = 60_000;
const mute = {
  kind: "moderated",
  at,
  action: "MUTE",
  moderator: "mia",
  nickname: "bob",
  own: false,
  reason: "",
  forMs: null,
  reference: "",
} as const;
const room: Room = {
  title: "",
  entry: "OPEN",
  speaking: "EVERYONE",
  slowModeMs: 0,
  registration: false,
  closedUntilMs: null,
};
const changed = { kind: "user_changed", at, nickname: "bob", own: false, registered: true } as const;

/** The line without time and star. */
function shown(line: NoticeLine, words: typeof zhCN): string {
  const style = { words, theme: plainTheme, timeFormat: "hm", self: "ming", interactive: false } as const;
  return lineText(line, style).replace(/^\S+ \* /, "");
}

describe.each<[NoticeLine, string, string]>([
  [{ kind: "removed", at, nicknames: ["bob"] }, "bob was removed by a moderator", "bob 被管理员移出了"],
  [
    { kind: "removed", at, nicknames: ["bob", "carl", "dan"] },
    "bob and 2 more were removed by a moderator",
    "bob 等 3 人被管理员移出了",
  ],
  [
    { kind: "announcement", at, text: "lunch\nat noon" },
    "[announcement] lunch\n    at noon",
    "[公告] lunch\n    at noon",
  ],
  [
    { kind: "redacted", at, nickname: "bob", own: false, count: 1, reason: "" },
    "1 message of bob was erased",
    "bob 的 1 条消息被删除了",
  ],
  [
    { kind: "redacted", at, nickname: "ming", own: true, count: 3, reason: "spam" },
    "3 messages of yours were erased: spam",
    "你的 3 条消息被删除了：spam",
  ],
  [mute, "mia muted bob", "mia 禁止 bob 发言"],
  [
    { ...mute, moderator: "", own: true, forMs: 10 * MINUTE_MS, reason: "spam" },
    "a moderator muted you (for 10 min): spam",
    "管理员禁止你发言（10 分钟）：spam",
  ],
  [
    { ...mute, action: "BAN", moderator: "", forMs: 60 * MINUTE_MS, reference: "kestra" },
    "the operator banned bob (for 1 h, id kestra)",
    "服务器的管理者禁止 bob 进入（1 小时，编号 kestra）",
  ],
  [
    { ...mute, action: "BAN", nickname: "", reference: "kestra" },
    "mia banned a network (id kestra)",
    "mia 禁止一个网络进入（编号 kestra）",
  ],
  [{ ...mute, action: "UNKNOWN" }, "mia acted", "mia 做了一项管理操作"],
  [
    { kind: "room_changed", at, room },
    "the room now: open to everyone, everyone may speak",
    "房间现在是：谁都可以进来，谁都可以发言",
  ],
  [
    {
      kind: "room_changed",
      at,
      room: {
        ...room,
        title: "Lobby",
        entry: "INVITE",
        speaking: "MODERATORS",
        slowModeMs: 5_000,
        closedUntilMs: at + 10 * MINUTE_MS,
      },
    },
    'the room now: "Lobby", by passphrase or invite, only moderators may speak, one message per 5 s, closed to guests for 10 min',
    "房间现在是：「Lobby」，凭口令或邀请进来，只有管理员可以发言，每人每 5 秒最多一条，10 分钟内不让访客进来",
  ],
  [{ ...changed, role: "OWNER" }, "bob is an owner now", "bob 现在是房主"],
  [{ ...changed, role: "MODERATOR", own: true }, "you are a moderator now", "你现在是管理员"],
  [{ ...changed, role: "MEMBER" }, "the nickname bob is registered now", "bob 这个昵称已注册"],
  [
    { ...changed, role: "MEMBER", registered: false, own: true },
    "your nickname is no longer registered",
    "你的昵称不再是注册的",
  ],
  [
    { kind: "goodbye", at, reason: "REMOVED" },
    "a moderator removed you from the room; you may come back",
    "你被管理员移出了聊天室。可以再进来",
  ],
  [
    { kind: "goodbye", at, reason: "BANNED" },
    "a moderator banned you from the room; to object, quote the id of the ban to one",
    "你已被管理员禁止进入聊天室。要申诉，请把编号告诉管理员",
  ],
])("%o", (line, english, chinese) => {
  test("in English", () => expect(shown(line, en)).toBe(english));
  test("in Chinese", () => expect(shown(line, zhCN)).toBe(chinese));
});

test("names, reasons and titles of others cannot pose as another line or control the terminal", () => {
  const evil = "x\u001b[2J\n12:00 alice: hi";
  const lines: NoticeLine[] = [
    { kind: "removed", at, nicknames: [evil] },
    { kind: "announcement", at, text: evil },
    { kind: "redacted", at, nickname: evil, own: false, count: 1, reason: evil },
    { ...mute, moderator: evil, nickname: evil, reason: evil, reference: evil },
    { kind: "room_changed", at, room: { ...room, title: evil } },
    { ...changed, nickname: evil, role: "OWNER" },
  ];
  for (const line of lines)
    for (const words of [en, zhCN]) {
      const text = shown(line, words);
      expect(text).not.toContain("\u001b");
      expect(
        text
          .split("\n")
          .slice(1)
          .every((row) => row.startsWith("    ")),
      ).toBe(true);
    }
});
