// How a command ends: exit code 0 means that what it reports was done and written, and it ends when it is asked to.
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { closeSync, mkdirSync, openSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { dirname, join } from "node:path";
import { text } from "node:stream/consumers";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { tieToThisProcess } from "../support/children.js";
import { useBundle } from "./support/bundle.js";
import { createHome } from "./support/home.js";
import { createRunner } from "./support/pipe.js";
import { startScreen } from "./support/pty.js";
import { openRoom, type Room } from "./support/server.js";

const bundle = useBundle();
const { run, start } = createRunner(bundle);
let room: Room;
beforeAll(async () => {
  room = await openRoom("--rate", "5", "--burst", "5");
  await run(["send", ...at(), "-n", "first", "hello"]);
});
afterAll(() => room[Symbol.asyncDispose]());
const at = () => ["-s", room.url, "--lang", "en"];

/** Stdin of a person who types nothing. */
const IDLE = 'mkfifo "$HOME/idle"; exec 3<>"$HOME/idle"';

/** What a shell prints that has `$PARLANCE`; its pipes are those that people use, while Node's own are sockets. */
async function shell(script: string, { url } = room): Promise<string> {
  using home = createHome();
  const command = [process.execPath, ...bundle.client, "-s", url].map((part) => `'${part}'`).join(" ");
  const child = tieToThisProcess(
    spawn("bash", ["-c", script.replaceAll("$PARLANCE", command)], {
      env: home.env,
      stdio: ["ignore", "pipe", "ignore"],
    }),
  );
  return await text(child.stdout);
}

describe("a disk that is full", () => {
  async function onFullDisk(args: readonly string[], stream: "stdout" | "stderr") {
    using home = createHome();
    const full = openSync("/dev/full", "w");
    const child: ChildProcess = spawn(process.execPath, [...bundle.client, ...args], {
      env: home.env,
      stdio: stream === "stdout" ? ["ignore", full, "pipe"] : ["ignore", "pipe", full],
    });
    closeSync(full);
    tieToThisProcess(child);
    const other = stream === "stdout" ? child.stderr : child.stdout;
    const [written, [code]] = await Promise.all([text(other!), once(child, "close")]);
    return { code, other: written };
  }

  test.each([
    ..."who -n x,who -n y --json,tail --nick x,tail -f --nick x,doctor,login -n z".split(","),
    ..."--help,--version,completion bash".split(","),
  ])("is exit code 1 and one line: %s", async (command) => {
    const args = command.startsWith("--") || command.startsWith("comp") ? [] : at();
    expect(await onFullDisk([...command.split(" "), ...args], "stdout")).toEqual({
      code: 1,
      other: "! the output could not be written (ENOSPC)\n",
    });
  });

  test("is none for what has nothing to write, and leaves a failure its own code", async () => {
    expect((await onFullDisk(["send", ...at(), "-n", "mute", "hello"], "stdout")).code).toBe(0);
    expect((await onFullDisk(["who", "-s", ":1", "-n", "x"], "stderr")).code).toBe(3);
  });
});

describe("a reader that leaves", () => {
  test.each([
    ["tail -f -n 1 --nick a", 1],
    ["-n b", 1],
    ["--json -n c", 3],
  ])("ends `parlance %s` without another event", async (command, lines) => {
    await using quiet = await openRoom();
    await run(["send", "-s", quiet.url, "-n", "first", "hello"]);
    const reader = `head -n ${lines} >/dev/null`;
    const script = `${IDLE}; $PARLANCE ${command} <&3 | ${reader}; echo "\${PIPESTATUS[0]}"`;
    expect(await shell(script, quiet)).toBe("0\n");
  });

  test("ends it at the other end of a socket, too", async () => {
    await using quiet = await openRoom();
    await run(["send", "-s", quiet.url, "-n", "first", "hello"]);
    const tail = start(["tail", "-f", "-s", quiet.url, "--nick", "socket"]);
    await tail.says("first left");
    tail.child.stdout?.destroy();
    expect(await tail.done).toMatchObject({ code: 0, stderr: "" });
  });

  test("before a line was sent is no success", async () => {
    expect(await shell(`yes hi | $PARLANCE -n yes | head -3 >/dev/null; echo "\${PIPESTATUS[1]}"`)).toBe(
      "141\n",
    );
  });
});

describe("SIGTERM", () => {
  test.each(["tail", "tail -f"])(
    "is no success of `%s` while no one reads what it writes",
    async (command) => {
      await using full = await openRoom("--rate", "1000", "--burst", "1000");
      const lines = `${"x".repeat(4_000)}\n`.repeat(400);
      const sent = await run(["-s", full.url, "-n", "long"], { input: lines });
      expect(sent.code).toBe(0);
      using home = createHome();
      const args = [...bundle.client, ...command.split(" "), "-n", "500", "-s", full.url, "--nick", "slow"];
      const tail = spawn(process.execPath, args, { env: home.env, stdio: ["ignore", "pipe", "ignore"] });
      tieToThisProcess(tail);
      // The first bytes have come, and the rest is kept from coming.
      await once(tail.stdout, "readable");
      tail.kill("SIGTERM");
      expect(await once(tail, "exit")).toEqual([143, null]);
    },
  );

  test("ends a command with an endless stdin at once, with one line and exit code 143", async () => {
    const client = start([...at(), "-n", "endless"]);
    client.write("hi\n".repeat(100_000));
    await client.says("endless: hi");
    client.child.kill("SIGTERM");
    const stderr = "! Left before the server confirmed this line: hi\n";
    expect(await client.done).toMatchObject({ code: 143, stderr });
  });

  test.each(["send hi", "who", "tail", "login", "logout"])(
    "ends what was not done with exit code 143: %s",
    async (command) => {
      const deaf = createServer((socket) => socket.on("error", () => {}));
      await new Promise<void>((resolve) => deaf.listen(0, "127.0.0.1", resolve));
      const { port } = deaf.address() as { port: number };
      using home = createHome();
      const url = `http://127.0.0.1:${port}`;
      if (command === "logout") {
        const stored = { token: "t", self: { nickname: "x", id: "1" }, limits: { maxTextBytes: 1 } };
        const file = join(home.path, "parlance", "credentials.json");
        mkdirSync(dirname(file));
        writeFileSync(file, JSON.stringify({ [url]: { x: { ...stored, kept: true, pid: 1, atMs: 1 } } }));
      }
      const env = { ...home.env, XDG_STATE_HOME: home.path };
      const connected = once(deaf, "connection");
      const client = start([...command.split(" "), "-s", url, "--nick", "x"], { env });
      await connected;
      client.child.kill("SIGTERM");
      expect(await client.done).toMatchObject({ code: 143, stdout: "", stderr: "" });
      deaf.close();
    },
  );
});

test("without a server, the chat ends before it has asked for a nickname", async () => {
  await using screen = startScreen(bundle, { args: ["-s", "http://127.0.0.1:1", "--lang", "en"] });
  expect(await screen.exit).toBe(3);
  expect(screen.rows().join(" ")).toContain("cannot reach http://127.0.0.1:1: connection refused");
});

describe("a session that the disk does not take", () => {
  test("is not kept, and login does not claim that it is", async () => {
    using home = createHome();
    const file = join(home.path, "file");
    writeFileSync(file, "");
    const env = { ...home.env, XDG_STATE_HOME: file };
    const { code, stdout, stderr } = await run(["login", ...at(), "-n", "lost"], { env });
    expect([code, stdout]).toEqual([1, ""]);
    expect(stderr).toBe(
      `! ${file}/parlance/credentials.json could not be written, so the session was not kept; you are logged out\n`,
    );
    expect((await run(["login", ...at(), "-n", "lost"])).code).toBe(0);
  });

  test("that is there already is no other person's", async () => {
    using home = createHome();
    const { env } = home;
    const login = () => run(["login", ...at(), "-n", "keeper"], { env });
    expect((await login()).stdout).toBe("logged in as keeper\n");
    expect(await login()).toMatchObject({ code: 0, stdout: "already logged in as keeper\n", stderr: "" });
    await run(["logout", ...at()], { env });
    expect((await login()).stdout).toBe("logged in as keeper\n");
  });
});
