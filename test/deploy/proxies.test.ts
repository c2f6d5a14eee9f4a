import { execFile } from "node:child_process";
import { mkdtempSync } from "node:fs";
import { Agent } from "node:https";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { connect as connectTls } from "node:tls";
import { promisify } from "node:util";
import { Code, createClient, type Interceptor, type Transport } from "@connectrpc/connect";
import { createConnectTransport, createGrpcTransport, Http2SessionManager } from "@connectrpc/connect-node";
import { afterEach, describe, expect, test } from "vitest";
import { connect } from "../../client/session/index.js";
import { ChatService } from "../../gen/parlance/v1/chat_service_pb.js";
import { makeCertificate } from "../support/certificates.js";
import { login, refused } from "../support/people.js";
import { openServer, type TestServer } from "../support/server.js";
import { has, root } from "./support/files.js";
import {
  haproxyWithHeaders,
  type Kind,
  kinds,
  nginxWith,
  type RunningProxy,
  startProxy,
} from "./support/proxies.js";
import { type MakeTransport, prompt, talks, transportsTo } from "./support/talking.js";

/** Longer than the two seconds after which the proxies of these tests give up on a silent feed. */
const LONGER_THAN_IDLE_MS = 3_500;

let server: TestServer;
let proxy: RunningProxy;
afterEach(async () => {
  await proxy?.stop();
  await server?.close();
});

async function start(kind: Kind, flags: readonly string[] = [], shortIdle = false): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), `parlance-${kind.name}-`));
  const certificate = makeCertificate("localhost", folder);
  const { cert, key } = certificate;
  const tls = kind.passesTls ? ["--tls-cert", cert, "--tls-key", key] : [];
  server = await openServer({ flags: ["--trusted-proxy", "127.0.0.1", ...tls, ...flags], logLevel: "info" });
  proxy = await startProxy(kind, [server.url], folder, certificate, shortIdle ? kind.shortIdle : []);
}

/** Past the proxy. */
const direct = () =>
  createConnectTransport({ baseUrl: server.url, httpVersion: "1.1", nodeOptions: { ca: proxy.ca } });

const transports = () => transportsTo(proxy);

/** A caller elsewhere, whose headers may lie; the proxy sees `address`. */
function callerFrom(address: string, headers: Record<string, string> = {}): Record<string, Transport> {
  const lying: Interceptor = (next) => (request) => {
    for (const [name, value] of Object.entries(headers)) request.header.set(name, value);
    return next(request);
  };
  const from = { ca: proxy.ca, localAddress: address, family: 4 };
  const options = { baseUrl: proxy.url, nodeOptions: from, interceptors: [lying] };
  return {
    Connect: createConnectTransport({ ...options, httpVersion: "1.1" }),
    gRPC: createGrpcTransport(options),
  };
}

async function bufCurl(path: string, ...args: string[]): Promise<string> {
  const buf = join(root, "node_modules/.bin/buf");
  const target = `${proxy.url}${path}`;
  const done = await promisify(execFile)(buf, ["curl", "--cacert", proxy.certificate.cert, ...args, target], {
    cwd: root,
  });
  return done.stdout;
}

/** A member whose feed is read by the client library, which resumes by itself. */
async function follow(makeTransport: MakeTransport, nickname: string) {
  const session = await connect({ nickname, transport: (interceptors) => makeTransport(interceptors) });
  const seen = { texts: [] as string[], lost: 0, hellos: 0 };
  const ended = (async () => {
    for await (const item of session.feed().items()) {
      if (item.kind === "lost") seen.lost++;
      else if (item.kind === "signal" && item.signal.kind === "hello") seen.hellos++;
      else if (item.kind === "event" && item.event.kind === "groupMessage") seen.texts.push(item.event.text);
    }
  })();
  await expect.poll(() => seen.hellos, { timeout: 5_000 }).toBe(1);
  return {
    seen,
    async close() {
      await session.leave();
      await ended;
    },
  };
}

const names = (count: number) => Array.from({ length: count }, (_, i) => `message ${i}`);

/** Sends a wrong token from an address of its own, over each HTTP version; returns the addresses in the server's log. */
async function addressesSeen(): Promise<string[]> {
  const from = (address: string) => ({
    host: "127.0.0.1",
    port: Number(new URL(proxy.url).port),
    localAddress: address,
  });
  const tls = (alpn: string, address: string) =>
    connectTls({ ...from(address), ca: proxy.ca, servername: "localhost", ALPNProtocols: [alpn] });
  const agent = new Agent();
  agent.createConnection = () => tls("http/1.1", "127.0.0.5");
  const sessionManager = new Http2SessionManager(
    proxy.url,
    {},
    { createConnection: () => tls("h2", "127.0.0.6") },
  );
  const { url: baseUrl } = proxy;
  const callers = [
    createConnectTransport({ baseUrl, httpVersion: "1.1", nodeOptions: { agent } }),
    createGrpcTransport({ baseUrl, sessionManager }),
  ];
  const rpcs = ["broadcast", "listUsers"] as const;
  for (const [i, transport] of callers.entries())
    await expect(createClient(ChatService, transport)[rpcs[i]!]({})).rejects.toMatchObject({
      code: Code.Unauthenticated,
    });
  sessionManager.abort();
  agent.destroy();
  const lines = server.logged.filter((line) => line.includes("reason=NOT_LOGGED_IN"));
  return lines.map((line) => / address=(\S+)/.exec(line)?.[1] ?? line);
}

describe.skipIf(!has("haproxy") || !has("openssl"))(
  "HAProxy with PROXY headers over HTTP/1.1 and h2c",
  () => {
    test("passes every protocol on, and names each client to the server", async () => {
      await start(haproxyWithHeaders);
      expect(await addressesSeen()).toEqual(["127.0.0.5", "127.0.0.6"]);
      for (const [i, [name, make]] of Object.entries(transports()).entries())
        await (await talks(name, make(), `ada${i}`))();
    });
  },
);

describe.each(kinds)("$title", (kind) => {
  const ready = has(kind.name) && has("openssl");

  describe.skipIf(!ready)(`with ${kind.name}`, () => {
    // On a busy machine a second is soon over; a proxy that buffers fails each time.
    test("passes every protocol and its live feed on", { retry: 2 }, async () => {
      await start(kind);
      const leave = [];
      for (const [i, [name, make]] of Object.entries(transports()).entries())
        leave.push(await talks(name, make(), `ada${i}`));
      await server.hasFeeds(leave.length);
      await Promise.all(leave.map((close) => close()));
      // A client that leaves must not stay in the room because the proxy keeps its feed.
      await prompt("noticing that clients have left", server.hasFeeds(0));
    });

    test("names each client to the server", async () => {
      await start(kind);
      expect(await addressesSeen()).toEqual(["127.0.0.5", "127.0.0.6"]);
    });

    test("passes reflection on, and calls by it", async () => {
      await start(kind);
      expect(await bufCurl("", "--list-methods")).toContain("parlance.v1.ChatService/Subscribe\n");
      const rpc = "/parlance.v1.ChatService/Help";
      const calls = ["connect", "grpc", "grpcweb"].map((protocol) =>
        bufCurl(rpc, "--protocol", protocol, "--data", "{}"),
      );
      for (const answer of await Promise.all(calls)) expect(answer).toContain("/reply");
    });

    test("names it whatever its own headers say, so that each has budgets of its own", async () => {
      // Two logins of each address, and hardly another one.
      await start(kind, ["--exempt", "none", "--address-logins", "0.01"]);
      const lies = { "x-forwarded-for": "127.0.0.99", forwarded: "for=127.0.0.98" };
      for (const [i, protocol] of ["Connect", "gRPC"].entries()) {
        const one = callerFrom(`127.0.0.${20 + i}`)[protocol]!;
        await login(one, `ada${i}`);
        await login(one, `bob${i}`);
        const more = callerFrom(`127.0.0.${20 + i}`, lies)[protocol]!;
        expect(await refused(login(more, `eve${i}`))).toMatchObject({ reason: "RATE_LIMITED" });
        await login(callerFrom(`127.0.0.${30 + i}`)[protocol]!, `kim${i}`);
      }
      expect(server.logged.filter((line) => line.includes("callers share one budget"))).toEqual([]);
    });

    test("keeps a silent feed whose heartbeat is more frequent than its limit", async () => {
      await start(kind, ["--heartbeat", "500ms"], true);
      const { "Connect over HTTP/1.1": make } = transports();
      const reader = await follow(make!, "reader");
      await delay(LONGER_THAN_IDLE_MS);
      expect(reader.seen).toMatchObject({ lost: 0, hellos: 1 });
      await reader.close();
    });

    test("cuts a silent feed otherwise, and the client resumes without loss", async () => {
      await start(kind, ["--heartbeat", "1h", "--grace", "1m"], true);
      const { "Connect over HTTP/1.1": make } = transports();
      const reader = await follow(make!, "reader");
      const writer = await login(direct(), "writer");
      await delay(LONGER_THAN_IDLE_MS);
      for (const text of names(5)) await writer.say(text);
      await expect.poll(() => reader.seen.texts, { timeout: 5_000 }).toEqual(names(5));
      expect(reader.seen.lost).toBeGreaterThan(0);
      await reader.close();
    });

    test("is reloaded and restarted under open feeds, and clients resume without loss", async () => {
      await start(kind, ["--grace", "1m"]);
      const all = transports();
      const readers = await Promise.all(
        ["Connect over HTTP/1.1", "gRPC"].map((name, i) => follow(all[name]!, `reader${i}`)),
      );
      const writer = await login(direct(), "writer");
      const texts = names(40);
      const writing = (async () => {
        for (const text of texts) {
          await writer.say(text);
          await delay(100);
        }
      })();
      await delay(500);
      await proxy.reload();
      if (!kind.reloadEndsFeeds) await delay(2_000);
      for (const { seen } of readers)
        await expect.poll(() => seen.hellos > 1, { timeout: 8_000 }).toBe(kind.reloadEndsFeeds);
      const before = readers.map(({ seen }) => seen.hellos);
      await proxy.restart();
      await writing;
      for (const [i, { seen }] of readers.entries()) {
        await expect.poll(() => seen.texts, { timeout: 8_000 }).toEqual(texts);
        expect(seen.hellos).toBeGreaterThan(before[i]!);
      }
      await Promise.all(readers.map((reader) => reader.close()));
    });
  });
});

describe.skipIf(!has("nginx") || !has("openssl"))("nginx with three lines and its defaults", () => {
  const naive = nginxWith(
    ({ port, servers: [address], certificate }) => `server {
      listen 127.0.0.1:${port} ssl; ssl_certificate ${certificate.cert}; ssl_certificate_key ${certificate.key};
      location / { proxy_pass http://${address}; }
    }`,
  );

  test("delivers feeds at once, because the server asks it not to buffer them", async () => {
    await start(naive);
    for (const name of ["Connect over HTTP/1.1", "gRPC-Web over HTTP/1.1"]) {
      const close = await talks(name, transports()[name]!(), name.startsWith("gRPC") ? "web" : "ada");
      await close();
    }
  });
});
