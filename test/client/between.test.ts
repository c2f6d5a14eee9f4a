// What is between the client and the room, or in its place.
import { createServer } from "node:net";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { openHoldingProxy, openHttp } from "./support/between.js";
import { useBundle } from "./support/bundle.js";
import { createHome } from "./support/home.js";
import { createRunner } from "./support/pipe.js";
import { startScreen } from "./support/pty.js";
import { openRoom, type Room } from "./support/server.js";

const bundle = useBundle();
const { run, start } = createRunner(bundle);

let room: Room;
beforeAll(async () => {
  room = await openRoom();
});
afterAll(() => room[Symbol.asyncDispose]());

// These and the next ones wait for 5 or 10 s for what does not come, all at the same time.
describe.concurrent("a proxy that holds streams back", { timeout: 60_000 }, () => {
  const headers = { server: "holder/1.0", via: "1.1 gateway" };
  const HELD =
    /takes calls, but nothing arrived on the feed within \d+ s: a proxy \(holder\/1\.0, 1\.1 gateway\)/;

  test("doctor names it, with a name or without, and exit code 3", async () => {
    await using proxy = await openHoldingProxy(room.url, { headers });
    await using nameless = await openHoldingProxy(room.url);
    const [{ code, stdout, stderr }, chinese, other] = await Promise.all([
      run(["doctor", "-s", proxy.url]),
      run(["doctor", "-s", proxy.url, "--lang", "zh-CN"]),
      run(["doctor", "-s", nameless.url]),
    ]);
    expect([code, stderr]).toEqual([3, ""]);
    expect(stdout).toMatch(/^connection +ok$/m);
    expect(/^feed +(.*)$/m.exec(stdout)?.[1]).toMatch(HELD);
    expect(chinese.stdout).toMatch(/^消息流 .*代理（holder\/1\.0, 1\.1 gateway）把它扣住了/m);
    expect([other.code, other.stdout]).toEqual([
      3,
      expect.stringContaining("a proxy or firewall in between holds the stream back"),
    ]);
  });

  test("--json, --plain and tail -f end with its name, and exit code 3", async () => {
    await using proxy = await openHoldingProxy(room.url, { headers });
    const outcomes = await Promise.all([
      run(["--json", "-s", proxy.url, "--nick", "json"], { input: '{"help":{}}\n' }),
      run(["--plain", "-s", proxy.url, "--nick", "plain"], { input: "hello\n" }),
      run(["tail", "-f", "-s", proxy.url, "--nick", "tail"], { input: "" }),
    ]);
    for (const { code, stderr } of outcomes) {
      expect(code).toBe(3);
      expect(stderr).toMatch(HELD);
    }
  });

  test("the chat names it, and goes on when it is gone", async () => {
    let passes = false;
    await using proxy = await openHoldingProxy(room.url, { headers, passesFeeds: () => passes });
    await using eve = startScreen(bundle, { args: ["-s", proxy.url, "-n", "eve"], columns: 300 });
    await eve.until("the name of the proxy", (text) => HELD.test(text));
    passes = true;
    eve.type("\x18\x12");
    await eve.shows("* eve joined");
  });
});

// With half a minute for the first response, as it once was, these would take too long.
describe.concurrent("a port that accepts and sends nothing", { timeout: 25_000 }, () => {
  test.each([
    ["without a token", ["who", "send hi", "tail", "login"], {}],
    ["with a token", ["who", "send hi"], { PARLANCE_TOKEN: "some" }],
  ])("is given up %s, exit code 3", async (_name, commands, variables) => {
    const deaf = createServer((socket) => socket.on("error", () => {}));
    await new Promise<void>((resolve) => deaf.listen(0, "127.0.0.1", resolve));
    const { port } = deaf.address() as { port: number };
    using home = createHome();
    const env = { ...home.env, ...variables };
    const outcomes = await Promise.all(
      commands.map(async (command) => {
        const args = [...command.split(" "), "-s", `http://127.0.0.1:${port}`, "--nick", "x"];
        const { code, stderr } = await run(args, { env });
        return [command, code, stderr];
      }),
    );
    deaf.close();
    const words = `! cannot reach http://127.0.0.1:${port}: timed out (ETIMEDOUT).`;
    expect(outcomes).toEqual(commands.map((command) => [command, 3, expect.stringContaining(words)]));
  });
});

describe("doctor", () => {
  const feedOf = (stdout: string) => /^feed +(.*)$/m.exec(stdout)?.[1];

  test("opens a feed under a name of its own, and leaves nothing behind", async () => {
    await using own = await openRoom();
    const watcher = start(["--json", "-s", own.url, "-n", "watcher"]);
    await watcher.says('"CONNECTED"');
    const { code, stdout } = await run(["doctor", "-s", own.url]);
    expect(code).toBe(0);
    expect(feedOf(stdout)).toMatch(/^hello after \d+ ms, as doctor-[0-9a-f]{4}$/);
    await watcher.says('"left":{"user":{"nickname":"doctor-');
    watcher.child.stdin?.end();
    await watcher.done;
  });

  test("opens it as the stored session, which stays", async () => {
    using home = createHome();
    const { env } = home;
    await run(["login", "-s", room.url, "-n", "kept"], { env });
    const { code, stdout } = await run(["doctor", "-s", room.url], { env });
    expect([code, feedOf(stdout)]).toEqual([0, expect.stringMatching(/^hello after \d+ ms, as kept$/)]);
    const { stdout: people } = await run(["who", "-s", room.url], { env });
    expect(people).toMatch(/^ {2}kept +you$/m);
    expect(people).not.toContain("doctor-");
  });
});

interface Page {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  readonly en: string;
}

const HTML = { "content-type": "text/html; charset=utf-8", server: "nginx/1.22.1" };

/** What is in the place of a server often enough. */
const pages: Record<string, Page> = {
  "a page that is not there": {
    status: 404,
    headers: HTML,
    en: "it returned HTTP 404 (text/html, nginx/1.22.1)",
  },
  "a page that wants a password": {
    status: 401,
    headers: { ...HTML, "www-authenticate": "Basic" },
    en: "it returned HTTP 401 (text/html, nginx/1.22.1)",
  },
  "a page that is forbidden": {
    status: 403,
    headers: HTML,
    en: "it returned HTTP 403 (text/html, nginx/1.22.1)",
  },
  "another API": {
    status: 404,
    headers: { "content-type": "application/json" },
    body: '{"error":"no such route"}',
    en: "it returned HTTP 404 (application/json)",
  },
  "a gateway without this route": {
    status: 404,
    headers: { "content-type": "application/json; charset=utf-8", server: "kong/3.4" },
    body: '{"message":"no Route matched with those values"}',
    en: "it returned HTTP 404 (application/json, kong/3.4)",
  },
  "a gateway that wants a key": {
    status: 401,
    headers: { "content-type": "application/json", server: "kong/3.4" },
    body: '{"message":"No API key found in request"}',
    en: "it returned HTTP 401 (application/json, kong/3.4)",
  },
  "a login page": {
    status: 200,
    headers: HTML,
    body: "<form>",
    en: "it returned HTTP 200 (text/html, nginx/1.22.1)",
  },
  "another document": {
    status: 200,
    headers: { "content-type": "application/json" },
    body: "{}",
    en: "it returned HTTP 200 (application/json)",
  },
  "nothing at all": { status: 204, en: "it returned HTTP 204." },
  "a redirect to https": {
    status: 301,
    headers: { ...HTML, location: "https://chat.example.org/parlance.v1.ChatService/Login" },
    en: "it redirects to https://chat.example.org (HTTP 301)",
  },
  "a redirect to a login page": {
    status: 302,
    headers: { location: "/sso?from=chat" },
    en: "/sso?from=chat (HTTP 302)",
  },
};

describe.concurrent("something else in the place of the room", () => {
  const openPage = ({ status, headers, body }: Page) =>
    openHttp((request, response) => {
      request.resume();
      response.writeHead(status, headers).end(body);
    });

  test.each(Object.entries(pages))("%s is named with its address", async (_name, page) => {
    await using other = await openPage(page);
    const who = ["who", "-s", other.url, "--nick", "x"];
    const { code, stderr } = await run(who);
    expect([code, stderr.split("\n").length, stderr]).toEqual([3, 2, expect.stringContaining(page.en)]);
    expect(stderr).toContain(`! ${other.url} is not a Parlance server: `);
    const chinese = await run([...who, "--lang", "zh-CN"]);
    expect(chinese.stderr).toContain(`! ${other.url} 不是 Parlance 服务器：`);
  });

  test.each(["send hi", "tail", "login", "doctor", "", "--json", "--plain"])(
    "`parlance %s` names it, exit code 3",
    async (command) => {
      const [page] = Object.values(pages);
      await using other = await openPage(page!);
      const args = [...command.split(" ").filter(Boolean), "-s", other.url, "--nick", "x"];
      const { code, stdout, stderr } = await run(args, { input: "" });
      expect(code).toBe(3);
      expect(command === "doctor" ? stdout : stderr).toContain(
        `${other.url} is not a Parlance server: ${page!.en}. Check the address`,
      );
    },
  );

  test("a page in its place does not end a stored session", async () => {
    let isCaught = false;
    await using proxy = await openHoldingProxy(room.url, {
      passesFeeds: () => true,
      inItsPlace(_request, response) {
        // The page by which a hotel asks for a login.
        if (isCaught) response.writeHead(401, HTML).end("<form>");
        return isCaught;
      },
    });
    using home = createHome();
    const { env } = home;
    const outcome = async (command: string) =>
      (await run([...command.split(" "), "-s", proxy.url], { env, input: "" })).code;
    expect(await outcome("login -n held")).toBe(0);
    isCaught = true;
    for (const command of ["who", "send hi", "tail", "logout", "--plain"])
      expect(await outcome(command)).toBe(3);
    isCaught = false;
    // Without a nickname: by the stored session.
    for (const command of ["send hi", "logout"]) expect(await outcome(command)).toBe(0);
  });

  test("what a proxy reports of a server that is away: exit code 3, with the proxy", async () => {
    await using proxy = await openHttp((request, response) => {
      request.resume();
      response.writeHead(502, HTML).end("<h1>502 Bad Gateway</h1>");
    });
    const { code, stderr } = await run(["who", "-s", proxy.url, "-n", "x"]);
    expect([code, stderr]).toEqual([
      3,
      expect.stringMatching(/^! cannot reach http:\S+: HTTP 502 \(nginx\/1\.22\.1\)\. .*\n$/),
    ]);
  });
});

test("a port that closes every connection is named as one", async () => {
  const closing = createServer((socket) => socket.on("error", () => {}).destroy());
  await new Promise<void>((resolve) => closing.listen(0, "127.0.0.1", resolve));
  const { port } = closing.address() as { port: number };
  const { code, stderr } = await run(["who", "-s", `:${port}`, "-n", "x"]);
  closing.close();
  expect([code, stderr]).toEqual([
    3,
    expect.stringContaining(
      `http://127.0.0.1:${port}: the connection was closed without a response (ECONNRESET).`,
    ),
  ]);
});

describe.concurrent("a token that is not valid", () => {
  test.each(["who", "send hi", "tail", "", "--json", "--plain", "doctor"])(
    "`parlance %s`: exit code 4, in words",
    async (command) => {
      using home = createHome();
      const args = [...command.split(" ").filter(Boolean), "-s", room.url];
      for (const more of [{}, { PARLANCE_NICK: "nick" }]) {
        const env = { ...home.env, ...more, PARLANCE_TOKEN: "bad" };
        const { code, stdout, stderr } = await run(args, { env, input: "" });
        expect(code).toBe(4);
        const line = "the token in PARLANCE_TOKEN is not valid: the server does not know it";
        expect(command === "doctor" ? stdout : stderr).toContain(line);
      }
    },
  );

  test("on a terminal, too", async () => {
    await using screen = startScreen(bundle, { args: ["-s", room.url], env: { PARLANCE_TOKEN: "bad" } });
    expect(await screen.exit).toBe(4);
    expect(screen.rows().join(" ")).toContain("the token in PARLANCE_TOKEN is not valid");
  });
});
