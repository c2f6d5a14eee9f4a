import { mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { createCredentials } from "./credentials.js";
import { createHistory } from "./history.js";
import { createLastSeen } from "./last-seen.js";

let dir = "";
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), "parlance-"));
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

const SERVER = "http://127.0.0.1:1";
const session = (nickname: string) => ({
  token: `secret of ${nickname}`,
  self: { nickname, id: nickname },
  limits: { maxTextBytes: 1, maxTextLines: 1, maxBacklog: 1 },
});

/** Rewrites a stored session as if another process had kept it. */
function storedBy(pid: number, nickname: string, kept: boolean, atMs = 1): void {
  const stored = { [SERVER]: { [nickname]: { ...session(nickname), kept, pid, atMs } } };
  writeFileSync(join(dir, "credentials.json"), JSON.stringify(stored));
}

describe("stored sessions", () => {
  test("are for their owner's eyes alone", () => {
    createCredentials(dir).keep(SERVER, session("ada"), true);
    expect(statSync(join(dir, "credentials.json")).mode & 0o777).toBe(0o600);
    expect(readdirSync(dir)).toEqual(["credentials.json"]);
  });

  test("are found by server and nickname, and forgotten", () => {
    const credentials = createCredentials(dir);
    credentials.keep(SERVER, session("Ada"), true);
    credentials.keep(SERVER, session("小明"), true);
    expect(credentials.find(SERVER, "ada")?.token).toBe("secret of Ada");
    expect(credentials.find("http://elsewhere", "ada")).toBeUndefined();
    credentials.forget(SERVER, "ADA");
    expect(credentials.find(SERVER, "ada")).toBeUndefined();
    expect(credentials.find(SERVER, undefined)?.self.nickname).toBe("小明");
  });

  test("of a client that still runs are not taken: a second terminal is a second person", () => {
    storedBy(process.ppid, "ada", false);
    expect(createCredentials(dir).find(SERVER, "ada")).toBeUndefined();
    expect(createCredentials(dir).find(SERVER, undefined)).toBeUndefined();
  });

  test("of a client that crashed are taken up", () => {
    // Above the greatest process id that Linux gives out.
    storedBy(2 ** 22 + 1, "ada", false);
    expect(createCredentials(dir).find(SERVER, undefined)?.self.nickname).toBe("ada");
  });

  test("a damaged file is as good as none, and is replaced", () => {
    for (const damage of ["", "{", "[]", "null", `{"${SERVER}":{"ada":{"token":1}}}`]) {
      writeFileSync(join(dir, "credentials.json"), damage);
      const credentials = createCredentials(dir);
      expect(credentials.find(SERVER, "ada")).toBeUndefined();
      credentials.keep(SERVER, session("ada"), true);
      expect(credentials.find(SERVER, "ada")?.token).toBe("secret of ada");
    }
  });

  test("a home that cannot be written is no reason not to talk", () => {
    writeFileSync(join(dir, "file"), "");
    const credentials = createCredentials(join(dir, "file", "below"));
    credentials.keep(SERVER, session("ada"), true);
    expect(credentials.find(SERVER, "ada")).toBeUndefined();
  });
});

test("the place in the room is kept by server and nickname", () => {
  const place = { cursor: "c1", memberId: "1", atMs: 5 };
  createLastSeen(dir).keep(SERVER, "Ada", place);
  createLastSeen(dir).keep(SERVER, "bob", { ...place, cursor: "c2" });
  expect(createLastSeen(dir).find(SERVER, "ada")).toEqual(place);
  expect(createLastSeen(dir).find("http://elsewhere", "ada")).toBeUndefined();
});

test("the history comes back, line breaks included, oldest first and bounded", () => {
  const history = createHistory(dir);
  for (let i = 0; i < 600; i++) history.append(`line ${i}\nsecond row`);
  const kept = createHistory(dir).load();
  expect(kept).toHaveLength(500);
  expect(kept[0]).toBe("line 100\nsecond row");
  expect(statSync(join(dir, "history")).mode & 0o777).toBe(0o600);
});
