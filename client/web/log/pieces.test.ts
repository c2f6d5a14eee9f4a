import { describe, expect, it } from "vitest";
import { piecesOf } from "./pieces.js";

const links = (text: string) => piecesOf(text, null).filter((piece) => piece.kind === "link");

describe("links", () => {
  it.each([
    ["see https://example.org/a?b=c#d.", "https://example.org/a?b=c#d"],
    ["（http://127.0.0.1:8080/）", "http://127.0.0.1:8080/"],
    ["看https://例子.中国/路径，很好", "https://例子.中国/路径"],
    [
      "(https://en.wikipedia.org/wiki/Bracket_(disambiguation))",
      "https://en.wikipedia.org/wiki/Bracket_(disambiguation)",
    ],
    ["HTTPS://EXAMPLE.ORG!", "HTTPS://EXAMPLE.ORG"],
  ])("are found in %s, and shown as written", (text, shown) => {
    expect(links(text).map((link) => link.text)).toEqual([shown]);
  });

  it.each([
    "javascript:alert(1)",
    "data:text/html,<b>x</b>",
    "ftp://example.org",
    "//example.org",
    "https://",
    "http://[::1",
    "https://bank.example@evil.example/",
    "https://user:secret@evil.example/",
  ])("are not made of %s", (text) => {
    expect(links(text)).toEqual([]);
    expect(piecesOf(text, null)).toEqual([{ kind: "text", text }]);
  });

  it("show a host of mixed scripts in punycode", () => {
    // The first letter is Cyrillic.
    expect(links("https://\u0430pple.com/")).toEqual([
      { kind: "link", text: "https://xn--pple-43d.com/", href: "https://xn--pple-43d.com/" },
    ]);
  });
});

describe("pieces", () => {
  it("keep the text around links and mentions", () => {
    const pieces = piecesOf("@ada see https://example.org, ada.", "ada");
    expect(pieces.map(({ kind, text }) => `${kind}:${text}`)).toEqual([
      "mention:@ada",
      "text: see ",
      "link:https://example.org",
      "text:, ",
      "mention:ada",
      "text:.",
    ]);
  });

  it("contain nothing that reorders or hides text", () => {
    expect(piecesOf("a\u202eb\u200b\x1b[31mc", null)).toEqual([{ kind: "text", text: "abc" }]);
  });
});
