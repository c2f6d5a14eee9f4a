import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { ConfigError, readConfig } from "./config.js";

let home = "";
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), "parlance-"));
});
afterEach(() => rmSync(home, { recursive: true, force: true }));

function file(text: string): void {
  mkdirSync(join(home, "parlance"), { recursive: true });
  writeFileSync(join(home, "parlance", "config.json"), text);
}
const read = (flags: Parameters<typeof readConfig>[0], env: Record<string, string> = {}) =>
  readConfig(flags, { XDG_CONFIG_HOME: home, XDG_STATE_HOME: home, ...env });

describe("settings", () => {
  test("come from flag, environment, file and default, in this order", () => {
    expect(read({}).server).toBe("http://127.0.0.1:12231");
    file('{"server":"http://file:1","nick":"from-file","notify":"all","notify.osc":"off"}');
    expect(read({})).toMatchObject({
      server: "http://file:1",
      nickname: "from-file",
      notify: "all",
      notifyOsc: "off",
    });
    const env = { PARLANCE_SERVER: "http://env:1", PARLANCE_NICK: "from-env" };
    expect(read({}, env)).toMatchObject({ server: "http://env:1", nickname: "from-env" });
    expect(read({ server: "http://flag:1", notify: "off" }, env)).toMatchObject({
      server: "http://flag:1",
      notify: "off",
    });
  });

  test("of reading come from flag, environment and file too", () => {
    expect(read({})).toMatchObject({ wrap: "word", joins: "smart", links: "auto" });
    file('{"wrap":"terminal","joins":"all","links":"on"}');
    expect(read({})).toMatchObject({ wrap: "terminal", joins: "all", links: "on" });
    const env = { PARLANCE_WRAP: "word", PARLANCE_JOINS: "none" };
    expect(read({}, env)).toMatchObject({ wrap: "word", joins: "none" });
    expect(read({ wrap: "terminal", joins: "all" }, env)).toMatchObject({ wrap: "terminal", joins: "all" });
    expect(() => read({ joins: "some" })).toThrow(ConfigError);
    expect(() => read({ wrap: "hard" })).toThrow(ConfigError);
  });

  test("a server may be written without http:// and with a slash", () => {
    expect(read({ server: "chat.example:8080" }).server).toBe("http://chat.example:8080");
    expect(read({ server: "https://chat.example/" }).server).toBe("https://chat.example");
  });

  test.each([
    ["localhost", "http://localhost:12231"],
    ["127.0.0.1", "http://127.0.0.1:12231"],
    ["chat.example.org/room/", "http://chat.example.org:12231/room"],
    ["chat.example.org:80", "http://chat.example.org:80"],
    ["::1", "http://[::1]:12231"],
    ["[::1]", "http://[::1]:12231"],
    ["[::1]:22000", "http://[::1]:22000"],
    ["22000", "http://127.0.0.1:22000"],
    [":22000", "http://127.0.0.1:22000"],
    ["http://localhost", "http://localhost"],
    ["https://chat.example.org", "https://chat.example.org"],
  ])("the server %s is %s", (typed, expected) => expect(read({ server: typed }).server).toBe(expected));

  test.each(["22000000", "0", "host:port", "a b", ":"])("%s is no server", (typed) => {
    expect(() => read({ server: typed })).toThrow(/^server: /);
  });

  test.each([
    [{ server: "ftp://x" }, "server"],
    [{ server: "http://" }, "server"],
    [{ time: "noon" }, "time"],
    [{ notify: "loud" }, "notify"],
  ])("%j is refused with its name", (flags, name) => {
    expect(() => read(flags)).toThrow(ConfigError);
    expect(() => read(flags)).toThrow(name);
  });

  test.each(["{", "[]", '"x"', '{"server":1}', '{"ambiguous":"sometimes"}'])(
    "the file %s is refused",
    (text) => {
      file(text);
      expect(() => read({})).toThrow(ConfigError);
    },
  );

  test("keys, aliases and words of one's own are read", () => {
    file(
      '{"bindings":{"ctrl-t":"undo"},"aliases":{"/WC":"/who","bot":"@robot"},"highlight":["deploy","构建"]}',
    );
    const { bindings, aliases, highlight } = read({});
    expect(bindings).toEqual({ "ctrl-t": "undo" });
    expect([...aliases]).toEqual([
      ["wc", "/who"],
      ["bot", "@robot"],
    ]);
    expect(highlight).toEqual(["deploy", "构建"]);
  });

  test.each([
    ['{"alias":{}}', 'no setting "alias"; did you mean "aliases"?'],
    ['{"bindings":["ctrl-t"]}', '"bindings" must be an object of strings'],
    ['{"aliases":{"wc":1}}', '"aliases" must be an object of strings'],
    ['{"aliases":{"hi":"hello, all"}}', 'alias "hi": "hello, all" does not begin with / or @'],
    ['{"aliases":{"two words":"/who"}}', 'alias "two words": not one word'],
    ['{"highlight":"deploy"}', '"highlight" must be a list of words'],
  ])("%s is refused by what is wrong in it", (text, message) => {
    file(text);
    expect(() => read({}, { LANG: "en" })).toThrow(message);
  });

  test.each([
    ['{"tiem":"hm"}', 'no setting "tiem"; did you mean "time"?'],
    ['{"Server":"x"}', 'no setting "Server"; did you mean "server"?'],
    ['{"colour":"red"}', 'no setting "colour"'],
    ['{"secret":"x"}', 'no setting "secret"'],
    ['{"nick":"a","time":"hm","nick":"b"}', '"nick" is there twice'],
    ['{"history":"yes"}', '"history" must be true or false'],
    ['{"lang":1}', '"lang" must be a string'],
    ['{"time":"noon"}', 'time: "noon" is not one of hm, hms, iso'],
  ])("the file %s is refused in words", (text, words) => {
    file(text);
    expect(() => read({}, { LANG: "en" })).toThrow(words);
  });

  test("the file is UTF-8, with or without a byte order mark; nothing in it is replaced", () => {
    file('\ufeff{"nick":"小明"}');
    expect(read({}).nickname).toBe("小明");
    writeFileSync(join(home, "parlance", "config.json"), Buffer.from('{"nick":"caf\xe9"}', "latin1"));
    expect(() => read({}, { LANG: "en" })).toThrow("config.json: not valid UTF-8");
  });

  test("a file that cannot be read is not passed over, one that is not there is", () => {
    mkdirSync(join(home, "parlance", "config.json"), { recursive: true });
    expect(() => read({}, { LANG: "en" })).toThrow(/^cannot read \S+config\.json \(EISDIR\)$/);
    const home2 = join(home, "file");
    writeFileSync(home2, "");
    expect(read({}, { XDG_CONFIG_HOME: home2 }).nickname).toBeUndefined();
  });

  test("the language of the file is that of its complaints", () => {
    file('{"lang":"zh-CN","time":"noon"}');
    expect(() => read({})).toThrow("time：「noon」不对，可以是 hm、hms、iso");
  });

  test.each(["http://user:pw@host", "http://user@host", "user:pw@host:1"])(
    "user and password in the address are refused, and not repeated: %s",
    (server) => {
      expect(() => read({ server }, { LANG: "en" })).toThrow(/^server: an address has no user and password;/);
      expect(() => read({ server })).not.toThrow(/pw/);
    },
  );

  test.each(["http://host/?room=1", "http://host/#x"])("%s is no server", (server) => {
    expect(() => read({ server })).toThrow(/^server/);
  });

  test("a secret comes from the environment alone, an invite also from its flag, neither from the file", () => {
    const env = { PARLANCE_SECRET: "prl_x", PARLANCE_INVITE: "of the environment" };
    expect(read({}, env)).toMatchObject({ secret: "prl_x", invite: "of the environment" });
    expect(read({ invite: "of the flag" }, env).invite).toBe("of the flag");
    expect(read({}, { PARLANCE_SECRET: "", PARLANCE_INVITE: "" })).toMatchObject({ secret: undefined });
  });
});
