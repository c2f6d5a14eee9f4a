/**
 * An engine that cannot keep a room ends every command of the server at once, with one line and exit code 1: there is never
 * another store instead of it. What may pass is waited for, see test/faults/server-without-engine.test.ts.
 */
import { once } from "node:events";
import { createServer as createHttpServer } from "node:http";
import { type AddressInfo, createServer, type Server } from "node:net";
import { describe, expect, onTestFinished, test } from "vitest";
import { hasOpenssl, makeCertificate } from "../support/certificates.js";
import { runServer, startServer } from "../support/process.js";
import { DURABLE, hasRedis, type RedisServer, startRedis } from "../support/redis-server.js";
import { startTlsFront } from "../support/tls-front.js";

async function started(flags?: readonly string[]): Promise<RedisServer> {
  const engine = await startRedis(flags);
  onTestFinished(() => engine.dispose());
  return engine;
}

async function urlOf(server: Server): Promise<string> {
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(() => void server.close());
  return `redis://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** As much of a server's protocol as the start needs, with another's version. */
function startStub(version: string): Promise<string> {
  const info = `redis_version:${version}\r\nrole:master\r\nrun_id:1\r\nmaster_replid:2\r\n`;
  const stub = createServer((socket) => {
    socket.on("error", () => undefined);
    socket.on("data", (data) => {
      for (const [, word] of data.toString().matchAll(/\*\d+\r\n\$\d+\r\n(\w+)/g))
        socket.write(word?.toUpperCase() === "INFO" ? `$${info.length}\r\n${info}\r\n` : "+OK\r\n");
    });
  });
  return urlOf(stub);
}

/** Both commands that open such a store, and how they end. */
async function expectRefusal(url: string, line: RegExp): Promise<void> {
  const commands = [
    ["--listen", "127.0.0.1:0", "--store", url],
    ["check", "--store", url],
  ];
  for (const { code, stdout, stderr } of await Promise.all(commands.map((args) => runServer(args)))) {
    expect([code, stdout]).toEqual([1, ""]);
    expect(stderr).toMatch(/^parlance-server: (?!fault)[^\n]+\n$/);
    expect(stderr).toMatch(line);
  }
}

describe("a --store that is", () => {
  test("Redis 6", async () => {
    const line = /redis:\/\/\S+ is Redis 6\.2\.14; a store needs Redis 7\.0 or Valkey 8\.0 at least$/m;
    await expectRefusal(await startStub("6.2.14"), line);
  });

  test("a port that speaks HTTP", async () => {
    const url = await urlOf(createHttpServer((_, response) => void response.end("hello")));
    await expectRefusal(url, /redis:\/\/\S+ does not speak the protocol of Redis$/m);
  });
});

describe.skipIf(!hasRedis())("an engine", () => {
  test.each([
    ["has no append-only file", ["--appendonly", "no"], /has appendonly no: a restart would lose messages$/m],
    ["does not flush", ["--appendonly", "yes", "--appendfsync", "no"], /has appendfsync no: a power cut/],
    ["evicts", [...DURABLE, "--maxmemory-policy", "allkeys-lru"], /allkeys-lru: it would delete messages;/],
  ])("that %s", async (_, flags, line) => {
    const engine = await started(flags);
    await expectRefusal(engine.url, line);
    expect(await engine.command("DBSIZE")).toBe(":0\r\n");
  });

  test("whose room was written by a newer version", async () => {
    const engine = await started();
    await engine.command("HSET", "{parlance:main}:g", "format", "99");
    await expectRefusal(engine.url, /was written by a newer parlance-server \(its format is 99, this one/);
  });

  test("that wants another password, which is not printed", async () => {
    const { port, url } = await started([...DURABLE, "--requirepass", "secret"]);
    await expectRefusal(`redis://:guessed@127.0.0.1:${port}`, /^(?!.*guessed).* refuses: WRONGPASS /m);
    await expectRefusal(url, /refuses: NOAUTH /);
  });

  test.skipIf(!hasOpenssl)("with a certificate of an unknown authority", async () => {
    const port = await startTlsFront((await started()).port, makeCertificate());
    await expectRefusal(`rediss://127.0.0.1:${port}`, /has no valid certificate: self-signed certificate \(/);
  });

  test("that forbids CONFIG is used, with one warning", async () => {
    const user = ["--user", ..."default on nopass ~* &* +@all -config".split(" ")];
    const { url } = await started([...DURABLE, ...user]);
    const server = await startServer(["--store", url, "--log-format", "text"]);
    expect(await server.stop()).toBe(0);
    const warnings = server.output.stderr.split("\n").filter((line) => line.includes("level=warn"));
    expect(warnings).toEqual([expect.stringContaining("does not permit CONFIG GET")]);
  });
});
