import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { UNKNOWN_LIMITS } from "../session/limits.js";
import { Credentials } from "./credentials.js";
import { IgnoredFile } from "./ignored-file.js";
import { InputHistory } from "./input-history.js";
import { LastSeenFile } from "./last-seen.js";

let dir = "";
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), "parlance-"));
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

const SERVER = "http://127.0.0.1:1";
const session = (nickname: string) => ({
  token: `secret of ${nickname}`,
  self: { nickname, id: nickname },
  limits: { ...UNKNOWN_LIMITS, maxTextBytes: 1, maxTextLines: 1, maxBacklog: 1 },
});

/** Rewrites a stored session as if another process had stored it. */
function storedBy(pid: number, nickname: string, kept: boolean, atMs = 1): void {
  const stored = { [SERVER]: { [nickname]: { ...session(nickname), kept, pid, atMs } } };
  writeFileSync(join(dir, "credentials.json"), JSON.stringify(stored));
}

describe("stored sessions", () => {
  test("can be read by their owner only", () => {
    new Credentials(dir).save(SERVER, session("ada"), true);
    expect(statSync(join(dir, "credentials.json")).mode & 0o777).toBe(0o600);
    expect(readdirSync(dir)).toEqual(["credentials.json"]);
  });

  test("are found by server and nickname, and removed", () => {
    const credentials = new Credentials(dir);
    credentials.save(SERVER, session("Ada"), true);
    credentials.save(SERVER, session("小明"), true);
    expect(credentials.find(SERVER, "ada")?.token).toBe("secret of Ada");
    expect(credentials.find("http://elsewhere", "ada")).toBeUndefined();
    credentials.remove(SERVER, "ADA");
    expect(credentials.find(SERVER, "ada")).toBeUndefined();
    expect(credentials.find(SERVER, undefined)?.self.nickname).toBe("小明");
  });

  test("in use by a running client are not resumed: a second terminal is a second person", () => {
    storedBy(process.ppid, "ada", false);
    expect(new Credentials(dir).find(SERVER, "ada")).toBeUndefined();
    expect(new Credentials(dir).find(SERVER, undefined)).toBeUndefined();
  });

  test("of a client that crashed are resumed", () => {
    // Above the largest process id of Linux.
    storedBy(2 ** 22 + 1, "ada", false);
    expect(new Credentials(dir).find(SERVER, undefined)?.self.nickname).toBe("ada");
  });

  test("a damaged file counts as empty, and is replaced", () => {
    for (const damage of ["", "{", "[]", "null", `{"${SERVER}":{"ada":{"token":1}}}`]) {
      writeFileSync(join(dir, "credentials.json"), damage);
      const credentials = new Credentials(dir);
      expect(credentials.find(SERVER, "ada")).toBeUndefined();
      credentials.save(SERVER, session("ada"), true);
      expect(credentials.find(SERVER, "ada")?.token).toBe("secret of ada");
    }
  });

  test("a damaged file is put aside, for the secrets in it", () => {
    const path = join(dir, "credentials.json");
    const damaged = Buffer.from(`{"${SERVER}":{"caf\xe9":{"secret":"prl_x"}}}`, "latin1");
    writeFileSync(path, damaged);
    new Credentials(dir).save(SERVER, session("ada"), true);
    expect(readFileSync(`${path}.damaged`)).toEqual(damaged);
    expect(new Credentials(dir).find(SERVER, "ada")?.token).toBe("secret of ada");
  });

  test("a home that cannot be written is ignored, and the caller knows", () => {
    writeFileSync(join(dir, "file"), "");
    const credentials = new Credentials(join(dir, "file", "below"));
    expect(credentials.save(SERVER, session("ada"), true)).toBe(false);
    expect(credentials.remove(SERVER, "ada")).toBe(false);
    expect(credentials.find(SERVER, "ada")).toBeUndefined();
  });
});

test.skipIf(process.platform !== "linux")(
  "a home in which nothing can be made does not hold the client up",
  () => {
    expect(new Credentials("/proc/parlance/state").save(SERVER, session("ada"), true)).toBe(false);
  },
);

describe("secrets of registered nicknames", () => {
  test("stay when the session ends, for their owner alone, and by server and nickname", () => {
    const credentials = new Credentials(dir);
    credentials.save(SERVER, session("Ada"), false);
    expect(credentials.keepSecret(SERVER, "ADA", "prl_x")).toBe(true);
    credentials.save(SERVER, session("ada"), true);
    expect(credentials.find(SERVER, "ada")?.token).toBe("secret of ada");
    credentials.remove(SERVER, "ada");
    expect(credentials.find(SERVER, "ada")).toBeUndefined();
    expect(credentials.find(SERVER, undefined)).toBeUndefined();
    expect(credentials.secretOf(SERVER, "Ada")).toBe("prl_x");
    expect(credentials.secretOf("http://elsewhere", "ada")).toBeUndefined();
    expect(statSync(join(dir, "credentials.json")).mode & 0o777).toBe(0o600);
  });

  test("are forgotten when the nickname is given up, and the session goes on", () => {
    const credentials = new Credentials(dir);
    credentials.keepSecret(SERVER, "ada", "prl_x");
    credentials.save(SERVER, session("ada"), true);
    credentials.forgetSecret(SERVER, "ada");
    expect(credentials.secretOf(SERVER, "ada")).toBeUndefined();
    expect(credentials.find(SERVER, "ada")?.token).toBe("secret of ada");
    expect(readFileSync(join(dir, "credentials.json"), "utf8")).not.toContain("prl_x");
  });

  test("that the disk does not take are not said to be kept", () => {
    writeFileSync(join(dir, "file"), "");
    expect(new Credentials(join(dir, "file", "below")).keepSecret(SERVER, "ada", "prl_x")).toBe(false);
  });
});

test("people who are ignored are kept by server, for their reader alone, and what is damaged is skipped", () => {
  const eve = { nickname: "eve", id: "1", registered: true };
  new IgnoredFile(dir, SERVER).save([eve]);
  expect(new IgnoredFile(dir, SERVER).load()).toEqual([eve]);
  expect(new IgnoredFile(dir, "http://elsewhere").load()).toEqual([]);
  expect(statSync(join(dir, "ignored.json")).mode & 0o777).toBe(0o600);
  for (const stored of ["{", `{"${SERVER}":1}`, `{"${SERVER}":[null,{"nickname":1},"eve"]}`]) {
    writeFileSync(join(dir, "ignored.json"), stored);
    expect(new IgnoredFile(dir, SERVER).load()).toEqual([]);
  }
});

test("the last seen event is stored by server and nickname", () => {
  const place = { cursor: "c1", memberId: "1", atMs: 5 };
  new LastSeenFile(dir).save(SERVER, "Ada", place);
  new LastSeenFile(dir).save(SERVER, "bob", { ...place, cursor: "c2" });
  expect(new LastSeenFile(dir).find(SERVER, "ada")).toEqual(place);
  expect(new LastSeenFile(dir).find("http://elsewhere", "ada")).toBeUndefined();
});

test("a damaged line of the input history is one input less, not all of them", () => {
  const lines = Buffer.from('"one"\n"caf\xe9"\n"half\n7\n"two"\n', "latin1");
  writeFileSync(join(dir, "history"), lines);
  const history = new InputHistory(dir);
  expect(history.load()).toEqual(["one", "two"]);
  history.append("小明");
  expect(new InputHistory(dir).load()).toEqual(["one", "two", "小明"]);
});

test("the input history keeps line breaks, is oldest first, and bounded", () => {
  const history = new InputHistory(dir);
  for (let i = 0; i < 600; i++) history.append(`line ${i}\nsecond row`);
  const kept = new InputHistory(dir).load();
  expect(kept).toHaveLength(500);
  expect(kept[0]).toBe("line 100\nsecond row");
  expect(statSync(join(dir, "history")).mode & 0o777).toBe(0o600);
});
