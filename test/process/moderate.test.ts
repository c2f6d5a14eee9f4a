import { existsSync, mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createConnectTransport } from "@connectrpc/connect-node";
import { afterAll, beforeAll, expect, test } from "vitest";
import { joinRoom, login, type Person, refused } from "../support/people.js";
import { runServer, type ServerProcess, startServer } from "../support/process.js";

/** Each command is a process of its own. */
const MANY_COMMANDS_MS = 120_000;

let folder: string;
let store: string;
let server: ServerProcess;
let ada: Person;

const transport = () => createConnectTransport({ baseUrl: server.url, httpVersion: "1.1" });
const moderate = (...words: string[]) => runServer(["moderate", ...words, "--store", `sqlite:${store}`]);

/** What a command that must succeed prints. */
async function done(...words: string[]): Promise<string> {
  const { code, stdout, stderr } = await moderate(...words);
  expect([code, stderr]).toEqual([0, ""]);
  return stdout;
}

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "parlance-moderate-"));
  store = join(folder, "room.db");
  // Commands take long on a busy machine, and members must stay meanwhile.
  server = await startServer(["--store", `sqlite:${store}`, "--moderation", "off", "--grace", "10m"]);
  ada = await joinRoom(transport(), "ada");
  await ada.chat.registerNickname({}, ada.options);
});

afterAll(async () => {
  await server.stop();
  // Closed, it leaves no socket behind.
  expect(existsSync(`${store}.admin`)).toBe(false);
  rmSync(folder, { recursive: true });
});

test("the socket is its owner's alone, and makes the first owner, also without moderation on the port", async () => {
  const { mode } = statSync(`${store}.admin`);
  expect(mode & 0o777).toBe(0o600);
  expect(await done("owner", "ada")).toBe("ada is an owner\n");
  const { users } = await ada.chat.listUsers({}, ada.options);
  expect(users).toMatchObject([{ nickname: "ada", role: 2, registered: true }]);
  expect(await done("nicknames")).toMatch(/^ada +owner +id:\S+ +last seen \S+Z\n$/);
});

test(
  "bans are made, listed and lifted, by people and by programs",
  async () => {
    const mallory = await joinRoom(transport(), "mallory");
    const id = /^mallory is banned: ([a-z]{6})\n$/.exec(
      await done("ban", "mallory", "1h", "too", "loud"),
    )?.[1];
    const refusal = await refused(login(transport(), "mallory"));
    expect(refusal).toMatchObject({ code: "PermissionDenied", reason: "BANNED", detail: { reference: id } });
    expect((await refused(mallory.say("x"))).reason).toBe("NOT_LOGGED_IN");
    expect(await done("bans")).toMatch(
      new RegExp(`^${id} +mallory +until \\S+Z +by the operator +too loud\n$`),
    );
    expect(JSON.parse(await done("bans", "--json"))).toMatchObject({ bans: [{ id, nickname: "mallory" }] });
    const audit = server.output.stderr.split("\n").filter((line) => line.includes('"action":"BAN"'));
    expect(audit).toHaveLength(1);
    expect(JSON.parse(audit[0]!)).toMatchObject({
      level: "info",
      msg: "moderated",
      moderator: "operator",
      target: mallory.id,
      reference: id,
    });
    expect(audit[0]).not.toMatch(/mallory|loud/);
    expect(await done("unban", id!)).toBe(`ban ${id} is lifted\n`);
    expect(await done("bans")).toBe("");
  },
  MANY_COMMANDS_MS,
);

test("a wide network is banned only with --yes, where no one can be asked", async () => {
  const { code, stderr } = await moderate("ban", "0.0.0.0/0");
  expect([code, stderr]).toEqual([2, expect.stringMatching(/4,294,967,296 addresses; ban them with --yes/)]);
  const made = await done("ban", "203.0.0.0/8", "--yes");
  expect(made).toMatch(/^203\.0\.0\.0\/8 is banned: [a-z]{6}\n$/);
});

test(
  "the rest of the commands",
  async () => {
    const bob = await joinRoom(transport(), "bob");
    await bob.say("secret");
    expect(await done("mute", "bob", "10m")).toBe("bob is muted for 10m\n");
    expect((await refused(bob.say("hello"))).reason).toBe("MUTED");
    expect(await done("mute", "bob", "0s")).toBe("bob can speak again\n");
    expect(await done("erase", "bob", "10m")).toBe("1 messages are erased\n");
    expect(await done("announce", "supper", "is", "ready")).toBe("announced\n");
    const code = (await done("invite", "3", "2d", "--note", "the class")).trim();
    const [line, invite] = /^([a-z]{6}) .*\n$/.exec(await done("invites")) ?? [];
    expect(line).toMatch(/0 of 3 used +until \S+Z +by the operator +the class/);
    expect(line).not.toContain(code);
    expect(await done("revoke", invite!)).toBe(`invite ${invite} is revoked\n`);
    expect(await done("close")).toMatch(/door: +closed until/);
    expect((await refused(login(transport(), "late"))).reason).toBe("REGISTRATION_REQUIRED");
    expect(await done("open")).toMatch(/door: +open/);
    const room = await done("room", "--title", "Tea", "--speaking", "registered", "--slow-mode", "5s");
    expect(room).toMatch(/title: +Tea\n.*speaking: +registered\nslow mode: +5 s\n/s);
    expect(await done("kick", "bob")).toBe("bob is removed\n");
    const { stdout } = await moderate("new-secret", "ada");
    expect(stdout).toMatch(/^prl_\S+\n$/);
    expect(await done("role", "ada", "moderator")).toBe("ada is a moderator\n");
    expect(await done("release", "ada")).toBe("ada is no longer registered\n");
  },
  MANY_COMMANDS_MS,
);

test(
  "what is wrong is one line, and its exit code says whose fault it is",
  async () => {
    for (const [words, code, line] of [
      [["bam", "x"], 2, /no command "bam"; did you mean ban\?/],
      [["kick"], 2, /usage: moderate kick NAME \[REASON\]/],
      [["mute", "bob", "soon"], 2, /"soon" is no duration/],
      [[], 2, /moderate needs a COMMAND/],
      [["kick", "no-one"], 1, /no member has that nickname/],
      [["unban", "bakedo"], 1, /id/],
    ] as const) {
      const run = await moderate(...words);
      expect([run.code, run.stdout, run.stderr]).toEqual([code, "", expect.stringMatching(line)]);
      expect(run.stderr.trim().split("\n")).toHaveLength(1);
    }
    const away = await runServer(["moderate", "bans", "--store", `sqlite:${join(folder, "other.db")}`]);
    expect([away.code, away.stderr]).toEqual([
      1,
      expect.stringMatching(/no server listens on .*other\.db\.admin/),
    ]);
    const without = await runServer(["moderate", "bans", "--store", "memory:"]);
    expect([without.code, without.stderr]).toEqual([2, expect.stringMatching(/needs --admin-socket/)]);
    const help = await runServer(["moderate", "--help"]);
    expect([help.code, help.stdout]).toEqual([
      0,
      expect.stringMatching(/ban NAME\|NETWORK \[DURATION\] \[REASON\]/),
    ]);
  },
  MANY_COMMANDS_MS,
);

test(
  "the socket of a server that was killed is replaced, and a file that is none is left alone",
  async () => {
    const own = join(folder, "killed.db");
    const killed = await startServer(["--store", `sqlite:${own}`]);
    await killed.stop("SIGKILL");
    expect(existsSync(`${own}.admin`)).toBe(true);
    const again = await startServer(["--store", `sqlite:${own}`]);
    const { code } = await runServer(["moderate", "bans", "--store", `sqlite:${own}`]);
    await again.stop();
    expect(code).toBe(0);
    const file = join(folder, "precious");
    writeFileSync(file, "content");
    const refusing = await runServer([
      "--store",
      "memory:",
      "--listen",
      "127.0.0.1:0",
      "--admin-socket",
      file,
    ]);
    expect([refusing.code, refusing.stderr]).toEqual([
      1,
      expect.stringMatching(/cannot listen on .*precious/),
    ]);
    expect(statSync(file).size).toBe(7);
  },
  MANY_COMMANDS_MS,
);
