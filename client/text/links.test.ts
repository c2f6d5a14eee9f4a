import { describe, expect, it } from "vitest";
import { findLinks } from "./links.js";

const links = (text: string) => findLinks(text).map(({ start, end }) => text.slice(start, end));

describe("a web address", () => {
  it.each([
    [
      "see https://ci.example.org/build/4821?a=1&b=2#log now",
      ["https://ci.example.org/build/4821?a=1&b=2#log"],
    ],
    ["看https://x.cn/a，还有 http://localhost:8080。", ["https://x.cn/a", "http://localhost:8080"]],
    ["（https://x.cn/a_(b)）", ["https://x.cn/a_(b)"]],
    ["(see http://[::1]:80/x).", ["http://[::1]:80/x"]],
    ['"https://a.org/x", <https://b.org>!', ["https://a.org/x", "https://b.org"]],
    ["HTTPS://A.org/X", ["HTTPS://A.org/X"]],
    ["https://a.org/~x...", ["https://a.org/~x"]],
    ["https://a.org https://b.org", ["https://a.org", "https://b.org"]],
  ])("is found in %s", (text, expected) => expect(links(text)).toEqual(expected));

  it.each([
    ["of another scheme", "javascript:alert(1) file:///etc/passwd ftp://a.org view-source:https://a.org"],
    [
      "with a user, which reads like a host",
      "https://bank.example@evil.org/ https://bank.example:x@evil.org",
    ],
    ["that goes on in another script", "https://bаnk.example/ https://a.org/wiki/中国 https://x.cn.中国"],
    ["with a dot that browsers take for one", "https://x.cn。evil.org"],
    ["with a backslash, which browsers take for a slash", "https://a.org\\@evil.org"],
    ["whose host means another", "http://0x7f.1/ http://2130706433/ http://127.1 https://%65vil.org/"],
    ["that is none", "https:// http://? https://:80"],
    ["with a separator of OSC 8", "https://a.org/x;y"],
    ["that is too long", `https://a.org/${"x".repeat(2_000)}`],
  ])("%s is no link", (_what, text) => expect(links(text)).toEqual([]));

  it("is found in linear time", () => {
    for (const part of ["https://", "https://a.org/(", "https://a.org/)"])
      expect(links(part.repeat(5_000))).toEqual([]);
    expect(links("https://a. ".repeat(5_000))).toHaveLength(5_000);
    expect(links(`https://a.org/${")".repeat(50_000)}`)).toEqual(["https://a.org/"]);
  });
});
