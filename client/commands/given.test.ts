import { describe, expect, test } from "vitest";
import { notUtf8 } from "./given.js";

const latin1 = (...entries: string[]) => Buffer.from(entries.map((entry) => `${entry}\0`).join(""), "latin1");
const utf8 = (...entries: string[]) => Buffer.from(entries.map((entry) => `${entry}\0`).join(""));
/** Linux's files of the process; without them, another system. */
const on = (cmdline?: Buffer, environ?: Buffer) => (path: string) =>
  path.endsWith("cmdline") ? cmdline : environ;

describe("arguments", () => {
  test("that were not UTF-8 are refused by their number", () => {
    const read = on(latin1("node", "parlance.js", "send", "caf\xe9"));
    expect(notUtf8({ argv: ["send", "caf\ufffd"], env: {}, read })).toBe(2);
  });

  test("that hold the character itself are not", () => {
    const read = on(utf8("node", "parlance.js", "send", "\ufffd"));
    expect(notUtf8({ argv: ["send", "\ufffd"], env: {}, read })).toBeUndefined();
  });

  test("are told apart from one another", () => {
    const read = on(Buffer.concat([utf8("node", "parlance.js", "send", "\ufffd"), latin1("\xff")]));
    expect(notUtf8({ argv: ["send", "\ufffd", "\ufffd"], env: {}, read })).toBe(3);
  });

  test("are refused where the bytes are not known, as on Windows and macOS", () => {
    expect(notUtf8({ argv: ["\ufffd"], env: {}, read: on() })).toBe(1);
    expect(notUtf8({ argv: ["a", "\ud83d"], env: {}, read: on() })).toBe(2);
    expect(notUtf8({ argv: ["send", "小明 👋"], env: {}, read: on() })).toBeUndefined();
  });
});

describe("variables", () => {
  test("that were not UTF-8 are refused by their name, others are not looked at", () => {
    const read = on(undefined, latin1("PAGER=\xff", "PARLANCE_NICK=caf\xe9", "XDG_STATE_HOME=/caf\xe9"));
    const env = { PAGER: "\ufffd", PARLANCE_NICK: "caf\ufffd" };
    expect(notUtf8({ argv: [], env, read })).toBe("PARLANCE_NICK");
    expect(notUtf8({ argv: [], env: { PAGER: "\ufffd" }, read })).toBeUndefined();
    // Another folder would be made in the place of the one that was meant.
    expect(notUtf8({ argv: [], env: { XDG_STATE_HOME: "/caf\ufffd" }, read })).toBe("XDG_STATE_HOME");
  });

  test("that hold the character itself are not", () => {
    const read = on(undefined, utf8("PARLANCE_INVITE=\ufffd"));
    expect(notUtf8({ argv: [], env: { PARLANCE_INVITE: "\ufffd" }, read })).toBeUndefined();
  });
});
