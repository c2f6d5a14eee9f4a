import { describe, expect, test } from "vitest";
import type { Role } from "../../session/person.js";
import { COMMANDS, offered } from "./commands.js";
import { addressing, parse, secretStart, tooLong } from "./parse.js";

const nobody = (_nickname: string): boolean => false;
const aliceIsHere = (nickname: string): boolean => nickname === "alice";

const features = ["MODERATION", "REDACTION", "REGISTRATION"] as const;
const offeredTo = (role: Role, registered = role !== "MEMBER") => offered({ role, registered, features });

/** A short form of what an input means. */
function meaning(input: string, isOnline = nobody, isPerson = true): string {
  const parsed = parse(input, { isOnline, isPerson, offered: COMMANDS });
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
    case "draft":
      return `${parsed.text}...`;
    case "refused":
      return parsed.problem.what === "looks_like" ? `? ${parsed.problem.meant}` : `! ${parsed.problem.what}`;
  }
}

describe("the meaning of an input", () => {
  test.each([
    ["", "nothing"],
    [" \n\t　", "nothing"],
    ["hello", "all: hello"],
    ["  two spaces stay", "all:   two spaces stay"],
    ["name: text", "all: name: text"],
    ["alice: text", "all: alice: text"],
    ["hello\n/etc/hosts", "all: hello\n/etc/hosts"],
    ["def f():\n@decorator", "all: def f():\n@decorator"],
    ["- @alice does it", "all: - @alice does it"],
    ["(@alice said so)", "all: (@alice said so)"],
    ["./configure && make", "all: ./configure && make"],
    ["~/bin/ls", "all: ~/bin/ls"],
    ["...help me", "all: ...help me"],
    ["!help", "all: !help"],
    [":) :D :x", "all: :) :D :x"],
    ["help me, please", "all: help me, please"],
    ["tell alice I said hi", "all: tell alice I said hi"],
    ["reply to him", "all: reply to him"],
    ["register your nickname now", "all: register your nickname now"],
    ["2 apples", "all: 2 apples"],
    ["quick alice psst", "all: quick alice psst"],
    ["à alice psst", "all: à alice psst"],
    ["“好的” alice", "all: “好的” alice"],
    ["、还有一件事", "all: 、还有一件事"],
    ["/say /ls", "all: /ls"],
    ["／ｓａｙ　@alice hi", "all: @alice hi"],
    ["/say quit", "all: quit"],
    ["/say   indented", "all:   indented"],
    ["/say hello\n@alice psst", "all: hello\n@alice psst"],
    ["hello @alice", "all: hello @alice"],
    ["mail a@b.c", "all: mail a@b.c"],
  ])("%j is %j", (input, expected) => expect(meaning(input, aliceIsHere)).toBe(expected));
});

describe("a slip in typing publishes nothing", () => {
  const byAnyone: [string, string][] = [
    [" /ls", "? /ls"],
    ["　／ls", "? /ls"],
    ["\n/ls", "? /ls"],
    ["\u200b/msg alice psst", "? /msg"],
    [" /nonsense", "? /nonsense"],
    [" @alice psst", "? @alice"],
    ["　＠alice　密码", "? @alice"],
    ["\u200b@alice psst", "? @alice"],
    ["\ufeff@alice psst", "? @alice"],
    ["@ alice psst", "? @alice"],
    ["＠　小明 密码", "? @小明"],
    ["@, alice psst", "? @alice"],
    ["@", "? @"],
    ["，@小明 密码是 1", "? @小明"],
    ["。@alice psst", "? @alice"],
    ["、@alice psst", "? @alice"],
    [";@alice psst", "? @alice"],
    ["﹫alice psst", "alice: psst"],
    ["⁄ls", "/ls"],
    ["my secret is prl_abcdefghijklmnopqrstuvwxyz1", "? /register"],
    ["、lsx", "! unknown_command"],
    ["、mgs alice psst", "! unknown_command"],
    ["//ls", "! unknown_command"],
    ["/ msg alice psst", "! unknown_command"],
    ["@@alice psst", "@alice: psst"],
  ];
  const byPeople: [string, string][] = [
    [".msg alice psst", "? /msg"],
    ["。ｍｓｇ alice psst", "? /msg"],
    ["，reply psst", "? /reply"],
    ["\\msg alice psst", "? /msg"],
    ["?help", "? /help"],
    ["7msg alice psst", "? /msg"],
    ["-quit", "? /quit"],
    ["./quit", "? /quit"],
    [",/ls", "? /ls"],
    [":q", "? /quit"],
    [":wq!", "? /quit"],
    ["：q", "? /quit"],
    ["quit", "? /quit"],
    ["LS", "? /ls"],
    ["2alice psst", "? @alice"],
    ['"alice psst', "? @alice"],
    ["２alice psst", "? @alice"],
    ["”alice，psst", "? @alice"],
    ["‘alice psst", "? @alice"],
    ["qalice psst", "? @alice"],
    ["Qalice psst", "? @alice"],
    ["àalice psst", "? @alice"],
    ["òalice psst", "? @alice"],
    ["msg alice psst", "? @alice"],
    ["W alice psst", "? @alice"],
    ["register hunter22", "? /register"],
    ["identify hunter22", "? /identify"],
    ["hello\n@alice psst", "? @alice"],
    ["hello\n＠alice，psst", "? @alice"],
    ["hello\n/quit", "? /quit"],
    ["hello\n/msg alice psst", "? /msg"],
  ];
  test.each(byAnyone)("%j is %s, in a pipe too", (input, expected) => {
    expect(meaning(input, aliceIsHere)).toBe(expected);
    expect(meaning(input, aliceIsHere, false)).toBe(expected);
  });
  test.each(byPeople)("%j is %s for a person, and a text of a program", (input, expected) => {
    expect(meaning(input, aliceIsHere)).toBe(expected);
    expect(meaning(input, aliceIsHere, false)).toBe(`all: ${input}`);
  });
});

describe("habits from other chats", () => {
  test.each([
    ["/msg alice hi there", "alice: hi there"],
    ["/w @alice hi", "alice: hi"],
    ["／Ｗ　＠小明　在吗", "小明: 在吗"],
    ["/tell alice: hi", "alice: hi"],
    ["/query alice hi", "alice: hi"],
    ["/query alice", "@alice ..."],
    ["/msg alice", "! nothing_to_send"],
    ["/msg", "! bad_form"],
    ["/say ", "! bad_form"],
    ["/msg #parlance hi", "! habit"],
    ["/msg alice,bob hi", "! bad_form"],
    ["/names", "/ls"],
    ["/who", "/ls"],
    ["/r on my way", "/reply on my way"],
    ["/part", "/quit"],
    ["/exit", "/quit"],
    ["/join #parlance", "! habit"],
    ["/nick ming2", "! habit"],
    ["/me waves", "! habit"],
    ["/away lunch", "! habit"],
    ["/ns identify hunter22", "! habit"],
  ])("%j is %s", (input, expected) => expect(meaning(input)).toBe(expected));
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
    ["/help keys", '/help {"rest":"keys"}'],
    ["/？", "/help"],
    ["/reconnect", "/reconnect"],
    ["/cls", "/clear"],
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

  test.each(["/ls now", "／ｌｓ　现在", "/ls\nhello", "/i off", "/quit now", "/clear all"])(
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
      const parsed = parse(input, { isOnline: nobody, isPerson: true, offered: offeredTo(role) });
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
    expect(addressing("/msg ali")).toEqual({ name: "ali", finished: false });
    expect(addressing("/msg alice ")).toEqual({ name: "alice", finished: true });
    expect(addressing("／ｗ　＠alice　密")).toEqual({ name: "alice", finished: true });
    expect(addressing("/msg ")).toBeNull();
    expect(addressing("/say @alice hi")).toBeNull();
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
