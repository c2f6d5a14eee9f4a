import { describe, expect, test } from "vitest";
import { addressing, parse, tooLong } from "./parse.js";

const nobody = (_nickname: string): boolean => false;
const aliceIsHere = (nickname: string): boolean => nickname === "alice";

/** A short form of what an input means. */
function meaning(input: string, isOnline = nobody): string {
  const parsed = parse(input, isOnline);
  switch (parsed.kind) {
    case "nothing":
      return "nothing";
    case "broadcast":
      return `all: ${parsed.text}`;
    case "sendTo":
      return `${parsed.recipient}: ${parsed.text}`;
    case "command":
      return parsed.text ? `/${parsed.command.name} ${parsed.text}` : `/${parsed.command.name}`;
    case "refused":
      return `! ${parsed.problem.what}`;
  }
}

describe("the meaning of an input", () => {
  test.each([
    ["", "nothing"],
    [" \n\t　", "nothing"],
    ["hello", "all: hello"],
    ["  two spaces stay", "all:   two spaces stay"],
    [" /ls", "all: /ls"],
    ["　／ls", "all: ／ls"],
    [" @alice hi", "all: @alice hi"],
    [" ＠alice hi", "all: ＠alice hi"],
    [" 、ls", "all: 、ls"],
    ["hello\n/ls", "all: hello\n/ls"],
    ["hello @alice", "all: hello @alice"],
    ["mail a@b.c", "all: mail a@b.c"],
    ["@ alice", "all: @ alice"],
  ])("%j is %j", (input, expected) => expect(meaning(input)).toBe(expected));
});

describe("every spelling of commands", () => {
  test.each([
    ["/ls", "/ls"],
    ["/LS", "/ls"],
    ["/ls ", "/ls"],
    ["／ls", "/ls"],
    ["、ls", "/ls"],
    ["／ＬＳ", "/ls"],
    ["、ｌｓ", "/ls"],
    ["/i", "/i"],
    ["/h", "/help"],
    ["/help", "/help"],
    ["／ｈ", "/help"],
    ["/quit", "/quit"],
    ["/reply on my way", "/reply on my way"],
    ["、reply 马上", "/reply 马上"],
    ["/reply", "/reply"],
    ["/history", "/history"],
    ["/history 5", "/history 5"],
    ["/history  500 ", "/history 500"],
    ["／ｈｉｓｔｏｒｙ　１００", "/history 100"],
    ["、history 20", "/history 20"],
  ])("%j is %s", (input, expected) => expect(meaning(input)).toBe(expected));

  test.each(["/lss", "/", "//", "/nonsense", "／帮助", "/etc/passwd is a file"])(
    "%j is never sent",
    (input) => expect(meaning(input)).toBe("! unknown_command"),
  );

  test.each(["/ls now", "／ｌｓ　现在", "/ls\nhello", "/h me", "/i off", "/quit now"])(
    "%j has an argument that its command does not take",
    (input) => expect(meaning(input)).toBe("! takes_nothing"),
  );

  test.each([
    "/history all",
    "/history 0",
    "/history 501",
    "/history -1",
    "/history 1.5",
    "/history 5 6",
    "/history 5\nhi",
  ])("%j has an invalid count", (input) => expect(meaning(input)).toBe("! bad_count"));

  test("a typo gets a suggestion", () => {
    const suggestion = (input: string) => {
      const parsed = parse(input, nobody);
      return parsed.kind === "refused" && "suggestion" in parsed.problem
        ? parsed.problem.suggestion
        : undefined;
    };
    expect(suggestion("/lss")).toBe("/ls");
    expect(suggestion("/hlep")).toBe("/help");
    expect(suggestion("/histroy 5")).toBe("/history");
    expect(suggestion("/q")).toBe("/quit");
    expect(suggestion("/weather")).toBeNull();
    expect(suggestion("/")).toBeNull();
  });

  test("、 can also start ordinary text", () => expect(meaning("、还有一件事")).toBe("all: 、还有一件事"));
});

describe("private messages", () => {
  test.each([
    ["@alice hi", "alice: hi"],
    ["@alice a b  c", "alice: a b  c"],
    ["＠alice　密码是 1 2", "alice: 密码是 1 2"],
    ["@alice，在吗", "alice: 在吗"],
    ["@alice: 在吗", "alice: 在吗"],
    ["@alice：在吗", "alice: 在吗"],
    ["@alice,hi", "alice: hi"],
    ["@alice :)", "alice: :)"],
    ["@小明\n第一行\n第二行", "小明: 第一行\n第二行"],
  ])("%j is for %j", (input, expected) => expect(meaning(input)).toBe(expected));

  test("a name alone sends nothing", () => {
    expect(meaning("@alice", aliceIsHere)).toBe("! nothing_to_send");
    expect(meaning("@alice ", aliceIsHere)).toBe("! nothing_to_send");
  });

  test("a text without a space after the name is not guessed at", () => {
    expect(meaning("@alice你好", aliceIsHere)).toBe("! space_missing");
  });

  test("the address is known while it is typed", () => {
    expect(addressing("@alice")).toEqual({ name: "alice", finished: false });
    expect(addressing("@alice ")).toEqual({ name: "alice", finished: true });
    expect(addressing("＠alice　密")).toEqual({ name: "alice", finished: true });
    expect(addressing("/reply")).toEqual({ name: null, finished: false });
    expect(addressing("／reply hi")).toEqual({ name: null, finished: true });
    expect(addressing("/ls ")).toBeNull();
    expect(addressing(" @alice hi")).toBeNull();
    expect(addressing("hi @alice")).toBeNull();
  });
});

test("length is counted in bytes of UTF-8 and in lines", () => {
  const limits = { maxTextBytes: 9, maxTextLines: 2 };
  expect(tooLong("三个字", limits)).toBeUndefined();
  expect(tooLong("三个字.", limits)).toEqual({ maxBytes: 9, maxLines: 2 });
  expect(tooLong("123456789", limits)).toBeUndefined();
  expect(tooLong("a\nb", limits)).toBeUndefined();
  expect(tooLong("a\nb\nc", limits)).toBeDefined();
});
