import { describe, expect, test } from "vitest";
import type { Role } from "../../session/person.js";
import { COMMANDS, offered } from "./commands.js";
import { addressing, parse, secretStart, tooLong } from "./parse.js";

const nobody = (_nickname: string): boolean => false;
const aliceIsHere = (nickname: string): boolean => nickname === "alice";

const features = ["MODERATION", "REDACTION", "REGISTRATION"] as const;
const offeredTo = (role: Role, registered = role !== "MEMBER") => offered({ role, registered, features });

/** A short form of what an input means. */
function meaning(input: string, isOnline = nobody): string {
  const parsed = parse(input, { isOnline, offered: COMMANDS });
  switch (parsed.kind) {
    case "nothing":
      return "nothing";
    case "broadcast":
      return `all: ${parsed.text}`;
    case "sendTo":
      return `${parsed.recipient}: ${parsed.text}`;
    case "command":
      return [
        `/${parsed.command.name}`,
        ...(parsed.text ? [parsed.text] : []),
        ...(Object.keys(parsed.given).length > 0 ? [JSON.stringify(parsed.given)] : []),
      ].join(" ");
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

  test.each([
    ["/register", "/register"],
    ["／register　correct horse", '/register {"rest":"correct horse"}'],
    ["/unregister", "/unregister"],
    ["/redact", "/redact"],
    ["/redact ３", '/redact {"count":3}'],
    ["/redact @bob", '/redact {"name":"bob"}'],
    ["/kick bob", '/kick {"name":"bob"}'],
    ["/kick ＠小明 too  loud", '/kick {"name":"小明","rest":"too  loud"}'],
    ["/ban bob", '/ban {"name":"bob"}'],
    ["/ban bob 1h", '/ban {"name":"bob","forMs":3600000}'],
    ["/ban bob 1h spam", '/ban {"name":"bob","forMs":3600000,"rest":"spam"}'],
    ["/ban bob spam for 1h", '/ban {"name":"bob","rest":"spam for 1h"}'],
    ["/ban 203.0.113.7 2d", '/ban {"network":"203.0.113.7","forMs":172800000}'],
    ["/ban 2001:db8::/32", '/ban {"network":"2001:db8::/32"}'],
    ["/ban @203.0.113.7", '/ban {"name":"203.0.113.7"}'],
    ["/bans", "/bans"],
    ["/unban kestra", '/unban {"id":"kestra"}'],
    ["/mute bob 10m", '/mute {"name":"bob","forMs":600000}'],
    ["/mute bob 10分钟 刷屏", '/mute {"name":"bob","forMs":600000,"rest":"刷屏"}'],
    ["/mute bob 0", '/mute {"name":"bob","forMs":0}'],
    ["/erase bob", '/erase {"name":"bob"}'],
    ["/erase bob 30s", '/erase {"name":"bob","forMs":30000}'],
    ["/announce lunch at 12", '/announce {"rest":"lunch at 12"}'],
    ["/invite", "/invite"],
    ["/invite 5", '/invite {"count":5}'],
    ["/invite 0 2w", '/invite {"count":0,"forMs":1209600000}'],
    ["/invite 7d", '/invite {"forMs":604800000}'],
    ["/close", "/close"],
    ["/close 0", '/close {"forMs":0}'],
    ["/close 1小时", '/close {"forMs":3600000}'],
  ])("%j is %s", (input, expected) => expect(meaning(input)).toBe(expected));

  test.each([
    "/kick",
    "/kick @",
    "/ban",
    "/unban",
    "/unban a b",
    "/mute bob",
    "/mute bob soon",
    "/erase bob 10m spam",
    "/erase bob 0",
    "/announce",
    "/invite many",
    "/close tomorrow",
    "/redact bob",
    "/redact 0",
    "/redact 1 2",
  ])("%j lacks what its command takes, or has too much", (input) =>
    expect(meaning(input)).toBe("! bad_arguments"),
  );

  test("a secret is found wherever it can be typed, and nothing else is", () => {
    const hidden = (input: string) => input.slice(secretStart(input) ?? input.length);
    expect(hidden("/register hunter22")).toBe("hunter22");
    expect(hidden("、ＲＥＧＩＳＴＥＲ　a b")).toBe("a b");
    expect(hidden("/register ")).toBe("");
    expect(hidden("/registers x")).toBe("");
    expect(hidden("register x")).toBe("");
    expect(hidden("/kick bob")).toBe("");
  });

  test("a typo gets a suggestion", () => {
    const suggestion = (input: string, role: Role = "MEMBER") => {
      const parsed = parse(input, { isOnline: nobody, offered: offeredTo(role) });
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
    // Of the commands that are offered: a guest learns of no moderator's.
    expect(suggestion("/kcik")).toBeNull();
    expect(suggestion("/kcik", "MODERATOR")).toBe("/kick");
    expect(suggestion("/unregistr")).toBeNull();
    expect(suggestion("/unregistr", "OWNER")).toBe("/unregister");
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
  expect(tooLong("三个字.", limits)).toEqual({ bytes: 10, lines: 1 });
  expect(tooLong("123456789", limits)).toBeUndefined();
  expect(tooLong("a\nb", limits)).toBeUndefined();
  expect(tooLong("a\nb\nc", limits)).toEqual({ bytes: 5, lines: 3 });
});
