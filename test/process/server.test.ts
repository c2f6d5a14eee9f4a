import { connect, createServer } from "node:net";
import {
  createConnectTransport,
  createGrpcTransport,
  createGrpcWebTransport,
} from "@connectrpc/connect-node";
import { afterEach, describe, expect, test } from "vitest";
import { login, refusalOf } from "../support/people.js";
import { runServer, type ServerProcess, startServer } from "../support/process.js";

let server: ServerProcess | undefined;
afterEach(async () => {
  await server?.stop("SIGKILL");
  server = undefined;
});

describe("starting", () => {
  test("prints its address and how to join", async () => {
    server = await startServer();
    expect(server.output.stdout).toMatch(/listens on http:\/\/127\.0\.0\.1:\d+\n/);
    expect(server.output.stdout).toContain(`parlance --server ${server.url}`);
    // What npx finds outside a checkout may be another's package.
    expect(server.output.stdout).not.toContain("npx");
  });

  test.each([
    ["0.0.0.0", "http://127.0.0.1"],
    ["[::]", "http://[::1]"],
  ])("on all addresses, %s, it names one of this machine, and how others join", async (host, local) => {
    server = await startServer(["--listen", `${host}:0`]);
    const [, port] = /listens on \S+:(\d+)\n/.exec(server.output.stdout) ?? [];
    expect(server.output.stdout).toContain(`  parlance --server ${local}:${port}\n`);
    expect(server.output.stdout).toContain(`  parlance --server http://NAME:${port}\n`);
  });

  test("can be stopped as soon as it says where it listens", async () => {
    for (let times = 0; times < 3; times++) {
      server = await startServer();
      expect(await server.stop()).toBe(0);
    }
  });

  test("--help lists settings with their defaults, and exits", async () => {
    const { code, stdout } = await runServer(["--help"]);
    expect(code).toBe(0);
    for (const word of ["--listen", "PARLANCE_KEEP_DAYS", "127.0.0.1:12231", "--grace", "30s", "--log-level"])
      expect(stdout).toContain(word);
  });

  test.each([
    [["--grace", "soon"], {}],
    [["--frobnicate"], {}],
    [[], { PARLANCE_HEARTBEAT: "never" }],
  ])("refuses the settings %j %j in one line, with exit code 2", async (args, env) => {
    const { code, stderr, stdout } = await runServer(args, env);
    expect(code).toBe(2);
    expect(stdout).toBe("");
    expect(stderr.trim().split("\n")).toHaveLength(1);
    expect(stderr).toMatch(/^parlance-server: .+ \(see --help\)\n$/);
  });

  test("a port in use is one line and exit code 1", async () => {
    const squatter = createServer();
    await new Promise<void>((resolve) => squatter.listen(0, "127.0.0.1", resolve));
    const { port } = squatter.address() as { port: number };
    const { code, stderr } = await runServer([
      "--listen",
      `127.0.0.1:${port}`,
      "--store",
      "memory:",
      "--log-level",
      "error",
    ]);
    squatter.close();
    expect(code).toBe(1);
    expect(stderr).toMatch(/^parlance-server: 127\.0\.0\.1:\d+ is in use; .+\n$/);
  });
});

describe("the log on stderr", () => {
  const listening = (stderr: string) => stderr.split("\n").find((line) => line.includes("listening"))!;

  test("is JSON where it is no terminal", async () => {
    server = await startServer();
    expect(JSON.parse(listening(server.output.stderr))).toMatchObject({
      level: "info",
      address: new URL(server.url).host,
      msg: "listening",
    });
  });

  test("is text on request", async () => {
    server = await startServer(["--log-format", "text"]);
    expect(listening(server.output.stderr)).toMatch(
      /^time=\S+ level=info msg="listening" address=127.0.0.1:\d+$/,
    );
  });
});

test("a port that others can reach, without TLS, is announced with a warning", async () => {
  server = await startServer(["--listen", "0.0.0.0:0", "--log-level", "warn"]);
  expect(JSON.parse(server.output.stderr)).toMatchObject({
    level: "warn",
    msg: expect.stringContaining("no TLS"),
  });
});

describe("what Node and the libraries print", () => {
  /** Runs `code` in the server's process once the server listens. */
  const inServer = (code: string) => ({
    NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(
      `const { write } = process.stdout;
      process.stdout.write = function (text, ...rest) {
        if (text.includes("listens on")) setImmediate(() => { ${code} });
        return write.call(this, text, ...rest);
      };`,
    )}`,
  });
  const records = (stderr: string) =>
    stderr
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line));

  test("is one record each", async () => {
    server = await startServer(
      [],
      inServer(
        `process.emitWarning("odd", "OddWarning"); console.error("failed", new TypeError("at a call"));`,
      ),
    );
    const { output } = server;
    await expect
      .poll(() => records(output.stderr).slice(1))
      .toMatchObject([
        { level: "warn", msg: "library output", output: "failed TypeError: at a call" },
        { level: "warn", msg: "Node.js warning", output: "OddWarning: odd" },
      ]);
  });

  test("a defect is one record, and ends the process with exit code 1", async () => {
    server = await startServer([], inServer(`throw new TypeError("a defect");`));
    const { child, output } = server;
    await expect.poll(() => child.exitCode).toBe(1);
    expect(records(output.stderr).slice(1)).toEqual([
      expect.objectContaining({ level: "error", error: expect.stringMatching(/^TypeError: a defect\n/) }),
    ]);
  });
});

describe("loading", () => {
  // Loading what the name says fails here, so whatever works has not loaded it.
  const without = (names: string) => ({
    NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(
      `import { registerHooks } from "node:module";
      registerHooks({ resolve(name, context, next) {
        if (/^(${names})$/.test(name)) throw new Error(name + " is loaded");
        return next(name, context);
      } });`,
    )}`,
  });

  test("--help loads neither pino nor prom-client", async () => {
    expect(await runServer(["--help"], without("pino|prom-client"))).toMatchObject({ code: 0, stderr: "" });
  });

  test("a server without metrics and with a text log needs neither", async () => {
    server = await startServer(["--log-format", "text"], without("pino|prom-client"));
  });

  test("the hook sees them where they are needed", async () => {
    expect((await runServer([], without("pino"))).stderr).toContain("pino is loaded");
    const { stderr } = await runServer(["--metrics", "127.0.0.1:0"], without("prom-client"));
    expect(stderr).toContain("prom-client is loaded");
  });
});

describe("stopping", () => {
  test.each(["SIGTERM", "SIGINT"] as const)(
    "%s sends a goodbye on every feed of every protocol and exits with 0",
    async (signal) => {
      server = await startServer();
      const { url } = server;
      const transports = [
        createConnectTransport({ baseUrl: url, httpVersion: "1.1" }),
        createConnectTransport({ baseUrl: url, httpVersion: "2" }),
        createGrpcTransport({ baseUrl: url }),
        createGrpcWebTransport({ baseUrl: url, httpVersion: "1.1" }),
        createGrpcWebTransport({ baseUrl: url, httpVersion: "2" }),
      ];
      const feeds = await Promise.all(
        transports.map(async (transport, i) => (await login(transport, `reader${i}`)).listen()),
      );
      for (const feed of feeds) await feed.next("caughtUp");
      const silent = connect(Number(new URL(url).port), "127.0.0.1");
      silent.on("error", () => undefined);
      const stopped = server.stop(signal);
      for (const feed of feeds) {
        expect((await feed.next("goodbye")).kind.value).toMatchObject({ reason: 1, reconnect: true });
        expect(refusalOf((await feed.ended)!)).toMatchObject({
          code: "Unavailable",
          reason: "SHUTTING_DOWN",
        });
      }
      expect(await stopped).toBe(0);
      silent.destroy();
    },
  );

  test("--drain keeps it serving, and a second signal ends that", async () => {
    server = await startServer(["--drain", "10m"]);
    const transport = createConnectTransport({ baseUrl: server.url, httpVersion: "1.1" });
    const ada = await login(transport, "ada");
    const feed = ada.listen();
    await feed.next("caughtUp");
    const readyz = async () => (await fetch(`${server!.url}/readyz`)).status;
    expect(await readyz()).toBe(200);
    server.child.kill("SIGTERM");
    await expect.poll(readyz).toBe(503);
    await ada.say("while draining");
    await feed.next("groupMessage");
    const stopped = server.stop("SIGINT");
    expect((await feed.next("goodbye")).kind.value).toMatchObject({ reason: 1, reconnect: true });
    expect(await stopped).toBe(0);
  });

  test("a reader that stopped reading does not delay the shutdown", async () => {
    server = await startServer(["--rate", "0"]);
    const transport = createConnectTransport({ baseUrl: server.url, httpVersion: "1.1" });
    const ada = await login(transport, "ada");
    const stalled = connect(Number(new URL(server.url).port), "127.0.0.1");
    const body = "\0\0\0\0\x02{}";
    stalled.write(
      `POST /parlance.v1.ChatService/Subscribe HTTP/1.1\r\nhost: x\r\ncontent-type: application/connect+json\r\nauthorization: Bearer ${ada.token}\r\ncontent-length: ${body.length}\r\n\r\n${body}`,
    );
    await new Promise((resolve) => stalled.once("data", resolve));
    stalled.pause();
    stalled.on("error", () => undefined);
    for (let i = 0; i < 25; i++)
      await Promise.all(Array.from({ length: 50 }, () => ada.say("x".repeat(4_000))));
    const begun = Date.now();
    expect(await server.stop()).toBe(0);
    expect(Date.now() - begun).toBeLessThan(5_000);
    stalled.destroy();
  });
});
