import { readFileSync, statSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { useBundle } from "./support/bundle.js";
import { createHome } from "./support/home.js";
import { createRunner } from "./support/pipe.js";
import { openRoom, type Room, startServer } from "./support/server.js";

const bundle = useBundle();
const { run, start } = createRunner(bundle);
let server: Room;
beforeAll(async () => {
  server = await openRoom("--rate", "20", "--burst", "5", "--grace", "2s");
});
afterAll(() => server[Symbol.asyncDispose]());

const at = () => ["-s", server.url];
const parse = (stdout: string): Record<string, never>[] =>
  stdout
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line));

describe.concurrent("lines in a pipe", () => {
  test("the first line is the nickname, the others are sent, and arrive with their time", async () => {
    await using room = await openRoom();
    const { code, stdout, stderr } = await run(["-s", room.url, "--lang", "zh-CN"], {
      input: "小明\n大家好\n@小明 在 吗\n 第二 条\r\n",
    });
    expect(stdout.replaceAll(/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\+08:00/g, "TIME")).toMatch(
      /^TIME \* 小明 进来了，现在 1 人在线\nTIME 小明: 大家好\nTIME \[私聊\] 小明 -> 小明: 在 吗\nTIME 小明: {2}第二 条\n$/,
    );
    expect(stderr).toBe("");
    expect(code).toBe(0);
  });

  test("who is online is known before a line can claim that someone is not", async () => {
    await using room = await openRoom();
    const other = start(["-s", room.url, "-n", "sal"]);
    await other.says("* sal joined");
    const { stderr } = await run(["-s", room.url, "-n", "tom"], { input: "@sal\n@nobody\n" });
    expect(stderr.split("\n").slice(0, 2)).toEqual([
      '! Nothing after "@sal"; not sent',
      expect.stringContaining('"nobody" is not online'),
    ]);
    other.child.stdin?.end();
    await other.done;
  });

  test("with --nick the first line is a message", async () => {
    const { stdout } = await run([...at(), "-n", "eve"], { input: "hello" });
    expect(stdout).toContain("eve: hello");
  });

  test("messages above the rate limit wait, and all arrive in order", async () => {
    const lines = Array.from({ length: 15 }, (_, i) => `line ${i}`);
    const { code, stdout } = await run([...at(), "-n", "fast"], { input: `${lines.join("\n")}\n` });
    const said = [...stdout.matchAll(/fast: (.*)/g)].map(([, text]) => text);
    expect(said).toEqual(lines);
    expect(code).toBe(0);
  });

  test("a refused line goes to stderr and sets the exit code; the rest is sent", async () => {
    const { code, stdout, stderr } = await run([...at(), "-n", "fay"], {
      input: "@nobody-here psst\n/lss\nstill here\n",
    });
    expect(stderr).toContain('! No user named "nobody-here"; private message not sent.');
    expect(stderr).toContain("! No command /lss; nothing was sent. Did you mean /ls?");
    expect(stdout).toContain("fay: still here");
    expect(code).toBe(5);
  });

  test("/quit leaves at once", async () => {
    const { code, stdout } = await run([...at(), "-n", "gil"], { input: "/quit\nnever said\n" });
    expect(stdout).not.toContain("never said");
    expect(code).toBe(0);
  });

  test("escape sequences of others do not reach the output", async () => {
    const hostile = `{"broadcast":{"text":"red\\ttab"}}\n{"broadcast":{"text":"zero\\u200bwidth"}}\n`;
    const reader = start([...at(), "-n", "hal"]);
    await reader.says("* hal joined");
    await run([...at(), "-n", "mal", "--json"], { input: hostile });
    await reader.says("mal: zerowidth");
    reader.child.stdin?.end();
    const { stdout } = await reader.done;
    expect(stdout).toContain("mal: red    tab");
    expect(stdout).not.toContain("\x1b");
  });
});

describe.concurrent("--json", () => {
  test("reads requests and writes events, results and connection states", async () => {
    const { code, stdout } = await run([...at(), "--json", "-n", "robot"], {
      input: [
        '{"broadcast":{"text":"hello"}}',
        '{"sendTo":{"recipient":"nobody-here","text":"hi","requestId":"7"}}',
        "nonsense",
        '{"subscribe":{}}',
        '{"toggleIgnore":{"ignoring":true}}',
        '{"broadcast":{"txet":"x"}}',
        "",
      ].join("\n"),
    });
    const lines = parse(stdout);
    expect(lines[0]).toEqual({ connection: { state: "CONNECTED" } });
    expect(lines[1]).toMatchObject({
      hello: { cursor: expect.any(String), limits: { maxTextBytes: expect.any(Number) } },
    });
    const results = lines.flatMap((line) => ("result" in line ? [line.result] : []));
    const { id } = (results[0] as unknown as { response: { id: string } }).response;
    const message = { sender: "robot", senderId: expect.any(String), text: "hello" };
    expect(lines).toContainEqual({ event: expect.objectContaining({ id, groupMessage: message }) });
    expect(results).toEqual([
      { for: "broadcast", ok: true, response: expect.objectContaining({ id, cursor: expect.any(String) }) },
      {
        for: "sendTo",
        requestId: "7",
        ok: false,
        reason: "USER_NOT_FOUND",
        message: expect.any(String),
      },
      { ok: false, reason: "REQUEST_INVALID", message: "not JSON" },
      { ok: false, reason: "REQUEST_INVALID", message: expect.stringContaining("broadcast, sendTo") },
      { for: "toggleIgnore", ok: true, response: { ignoring: true } },
      { for: "broadcast", ok: false, reason: "REQUEST_INVALID", message: expect.stringContaining("txet") },
    ]);
    expect(code).toBe(5);
  });

  test("reports a refused login as a result", async () => {
    const { code, stdout } = await run([...at(), "--json"], { input: '{"login":{"nickname":"admin"}}\n' });
    expect(parse(stdout)).toEqual([
      {
        result: { for: "login", ok: false, reason: "NICKNAME_RESERVED", message: expect.any(String) },
      },
    ]);
    expect(code).toBe(4);
  });
});

describe("one command", () => {
  test("send sends to all, to one, and from stdin; tail shows it", async () => {
    expect((await run(["send", ...at(), "-n", "ida", "two", "words"])).code).toBe(0);
    expect((await run(["send", ...at(), "-n", "ida", "-"], { input: "first row\nsecond row\n" })).code).toBe(
      0,
    );
    expect((await run(["send", ...at(), "-n", "ida", "-t", "ida", "/ls is text here"])).code).toBe(0);
    const { stdout, code } = await run(["tail", ...at(), "--nick", "ivy", "-n", "10"]);
    expect(stdout).toContain("ida: two words\n");
    expect(stdout).toContain("ida: first row\n    second row\n");
    expect(stdout).not.toContain("/ls is text here");
    expect(code).toBe(0);
  });

  test("send writes a line to stderr when the recipient is away, and succeeds", async () => {
    using home = createHome();
    expect((await run(["login", ...at(), "-n", "away"], { env: home.env })).code).toBe(0);
    expect((await run(["send", ...at(), "here"], { env: home.env })).code).toBe(0);
    const sent = await run(["send", ...at(), "-n", "jo", "-t", "away", "psst"]);
    expect(sent).toMatchObject({ code: 0, stdout: "" });
    expect(sent.stderr).toMatch(/^\S+ \* away is away: delivered if back within 2 s\n$/);
  });

  test("tail -f follows, and ends on SIGTERM with code 0", async () => {
    const tail = start(["tail", "-f", "-n", "5", ...at(), "--nick", "kim"]);
    await run(["send", ...at(), "-n", "lea", "ping"]);
    await tail.says("lea: ping");
    tail.child.kill("SIGTERM");
    expect(await tail.done).toMatchObject({ code: 0, stderr: "" });
    // It logged out: the nickname is free at once.
    expect((await run(["send", ...at(), "-n", "kim", "free"])).code).toBe(0);
  });

  test("who and tail look without joining; send joins, sends and leaves", async () => {
    await using room = await openRoom();
    const quiet = ["-s", room.url, "--lang", "en"];
    expect((await run(["who", ...quiet, "-n", "zoe"])).stdout).toBe("no one is online\n");
    expect((await run(["send", ...quiet, "-n", "zoe", "hello"])).code).toBe(0);
    for (const look of [["who"], ["tail"], ["tail", "-n", "0"], ["who", "--json"], ["tail", "--json"]])
      expect((await run([...look, ...quiet, "--nick", "yan"])).code).toBe(0);
    const { stdout } = await run(["tail", ...quiet, "--nick", "yan", "--json"]);
    const kinds = stdout.match(/"(?:joined|left|groupMessage)"/g);
    expect(kinds).toEqual(['"joined"', '"groupMessage"', '"left"']);
  });

  test("send posts as a registered nickname without joining, whether it is logged in or not", async () => {
    await using room = await openRoom();
    using home = createHome();
    const { env } = home;
    const quiet = ["-s", room.url, "--lang", "en"];
    expect((await run([...quiet, "-n", "rae"], { env, input: "/register\n" })).code).toBe(0);
    const kinds = async () => {
      const { stdout } = await run(["tail", ...quiet, "--nick", "yan", "--json"]);
      return stdout.match(/"(?:joined|left|groupMessage)":/g);
    };
    const before = (await kinds()) ?? [];
    const sent = await run(["send", ...quiet, "-n", "rae", "hello"], { env });
    expect(sent).toMatchObject({ code: 0, stdout: "", stderr: "" });
    const json = await run(["send", ...quiet, "-n", "rae", "--json", "-t", "rae", "to myself"], { env });
    expect([json.code, json.stdout]).toEqual([0, expect.stringContaining('"for":"sendTo","ok":true')]);
    await run(["login", ...quiet, "-n", "rae"], { env });
    expect((await run(["send", ...quiet, "again"], { env })).code).toBe(0);
    expect(await kinds()).toEqual([...before, '"groupMessage":', '"groupMessage":']);
    // The session is still there.
    expect((await run(["logout", ...quiet], { env })).code).toBe(0);
  });

  test("send with the wrong secret: exit code 4", async () => {
    await using room = await openRoom();
    const quiet = ["-s", room.url, "--lang", "en"];
    using home = createHome();
    expect((await run([...quiet, "-n", "rae"], { env: home.env, input: "/register\n" })).code).toBe(0);
    using elsewhere = createHome();
    const env = { ...elsewhere.env, PARLANCE_SECRET: `prl_${"x".repeat(27)}` };
    const { code, stderr } = await run(["send", ...quiet, "-n", "rae", "hello"], { env });
    expect([code, stderr]).toEqual([4, expect.stringContaining("rae")]);
  });

  test("who lists everyone, the caller first if present", async () => {
    await using room = await openRoom();
    using home = createHome();
    const reader = start(["-s", room.url, "-n", "abe"]);
    await reader.says("* abe joined");
    expect((await run(["login", "-s", room.url, "-n", "zoe"], { env: home.env })).code).toBe(0);
    const who = async () => (await run(["who", "-s", room.url], { env: home.env })).stdout;
    expect(await who()).toBe("1 online:\n  abe\n");
    expect((await run(["send", "-s", room.url, "here"], { env: home.env })).code).toBe(0);
    expect(await who()).toBe("2 online:\n  zoe   you\n  abe\n");
    reader.child.stdin?.end();
    await reader.done;
  });

  test("login keeps a session for later commands, logout ends it", async () => {
    using home = createHome();
    const env = home.env;
    expect(await run(["login", ...at(), "-n", "kept"], { env })).toMatchObject({
      code: 0,
      stdout: "logged in as kept\n",
    });
    const file = join(home.path, "state", "parlance", "credentials.json");
    expect(statSync(file).mode & 0o777).toBe(0o600);
    const { token } = Object.values(JSON.parse(readFileSync(file, "utf8"))[server.url])[0] as {
      token: string;
    };
    const sent = await run(["send", ...at(), "hi"], { env });
    expect(sent).toEqual({ code: 0, signal: null, stdout: "", stderr: "" });
    const who = await run(["who", ...at()], { env });
    expect(who.stdout).toContain("kept");
    // The token works without a nickname, and is never shown.
    using elsewhere = createHome();
    const byToken = await run(["send", ...at(), "--json", "hi"], {
      env: { ...elsewhere.env, PARLANCE_TOKEN: token },
    });
    expect(byToken.code).toBe(0);
    expect(byToken.stdout + byToken.stderr + who.stdout).not.toContain(token);
    expect((await run(["logout", ...at()], { env })).code).toBe(0);
    expect((await run(["send", ...at(), "hi"], { env, input: "" })).code).toBe(2);
    expect((await run(["logout", ...at()], { env })).code).toBe(4);
  });

  test("completion is served by the program itself", async () => {
    const { stdout, code } = await run(["completion", "bash"]);
    expect(code).toBe(0);
    expect(stdout).toContain("parlance complete --");
    expect((await run(["complete", "--", "ta"])).stdout).toContain("tail\t");
  });

  test("doctor reports server, clock and terminal", async () => {
    const { stdout, code } = await run(["doctor", ...at()]);
    expect(code).toBe(0);
    expect(stdout).toMatch(/client +parlance \d+\.\d+\.\d+, Node /);
    expect(stdout).toMatch(/server +http:\/\/127\.0\.0\.1:\d+, parlance-server\/\d+\.\d+\.\d+\n/);
    expect(stdout).toMatch(/connection +ok\nlatency +[\d.]+ ms\nclock offset +less than \d+ s\n/);
    expect((await run(["doctor", "-s", "http://127.0.0.1:1"])).code).toBe(3);
  });
});

describe.concurrent("exit codes", () => {
  test.each([
    [["--bogus"], 2, "usage"],
    [["tail", "-n", "501"], 2, "0-500"],
    [["completion", "tcsh"], 2, "tcsh"],
    [["-s", "ftp://x"], 2, "ftp://x"],
    [
      ["who", "-s", "http://127.0.0.1:1", "-n", "x"],
      3,
      "cannot reach http://127.0.0.1:1: connection refused",
    ],
  ])("%j: %s", async (args, code, text) => {
    const ran = await run(args, { input: "" });
    expect(ran.code).toBe(code);
    expect(ran.stderr).toContain(text);
    expect(ran.stderr).not.toContain("    at ");
  });

  test("a nickname that is refused: 4; none at all: 2", async () => {
    expect((await run([...at(), "-n", "two words"], { input: "" })).code).toBe(4);
    expect((await run(at(), { input: "" })).code).toBe(2);
  });

  test("a text that is too long: 6", async () => {
    const { code, stderr } = await run(["send", ...at(), "-n", "long", "-"], { input: "长".repeat(2_000) });
    expect(code).toBe(6);
    expect(stderr).toBe("! Too long: 6000 bytes (1904 too many); not sent\n");
  });

  test.each([
    ["SIGTERM", 0],
    ["SIGHUP", 129],
    ["SIGINT", 130],
  ] as const)("%s: %s, and the name is free at once", async (signal, code) => {
    const client = start([...at(), "-n", signal]);
    await client.says(`* ${signal} joined`);
    client.child.kill(signal);
    expect(await client.done).toMatchObject({ code, stderr: "" });
    expect((await run(["who", ...at(), "-n", signal])).code).toBe(0);
  });

  test("a closed stdout is no failure", async () => {
    const tail = start(["tail", "-f", "-n", "50", ...at(), "--nick", "epi"]);
    await tail.says("\n");
    tail.child.stdout?.destroy();
    await run(["send", ...at(), "-n", "epi2", "one more"]);
    expect(await tail.done).toMatchObject({ code: 0, stderr: "" });
  });

  test("--version and --help exit with 0, in both languages", async () => {
    expect((await run(["--version"])).stdout).toMatch(/^\d+\.\d+\.\d+\n$/);
    const help = await run(["--help", "--lang", "zh-CN"]);
    expect(help).toMatchObject({ code: 0, stderr: "" });
    expect(help.stdout).toContain("用法：");
    expect((await run(["--help"])).stdout).toContain("Usage:");
  });
});

test.concurrent("a server that never responds is given up", async () => {
  const deaf = createServer(() => {});
  await new Promise<void>((resolve) => deaf.listen(0, "127.0.0.1", resolve));
  const { port } = deaf.address() as { port: number };
  const { code, stderr } = await run(["doctor", "-s", `http://127.0.0.1:${port}`]);
  expect(code).toBe(3);
  expect(stderr).toBe("");
  deaf.close();
});

test.concurrent("a lost server is reported, found again, and used under a new session", async () => {
  const first = await startServer({ args: ["--heartbeat", "1s"] });
  const client = start(["--json", "-s", first.url, "-n", "ben"]);
  await client.says('"CONNECTED"');
  await first.kill();
  await client.says('"RECONNECTING"');
  await using second = await startServer({ url: first.url });
  await client.says("GAP_REASON_STORE_REPLACED");
  client.write('{"broadcast":{"text":"back"}}\n');
  await client.says('"text":"back"');
  client.child.stdin?.end();
  expect((await client.done).code).toBe(0);
  expect(second.url).toBe(first.url);
});
