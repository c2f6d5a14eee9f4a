// People behind proxies, by PROXY header and by HTTP headers. Every address of the loopback stands for a machine.
import { once } from "node:events";
import { Agent as HttpAgent } from "node:http";
import { Agent as HttpsAgent } from "node:https";
import { connect, type Socket } from "node:net";
import { connect as connectTls } from "node:tls";
import { createClient, type Transport } from "@connectrpc/connect";
import { createConnectTransport, createGrpcTransport, Http2SessionManager } from "@connectrpc/connect-node";
import { describe, expect, onTestFinished, test } from "vitest";
import { ChatService } from "../../gen/parlance/v1/chat_service_pb.js";
import { hasOpenssl, makeCertificate } from "../support/certificates.js";
import { createManualClock } from "../support/manual-clock.js";
import { login, refused } from "../support/people.js";
import { proxyHeader } from "../support/proxy-header.js";
import { dataFrame, headersFrame, post, RawHttp2, rstFrame } from "../support/raw-http2.js";
import { eventually } from "../support/raw-peer.js";
import { openServer, type TestServer } from "../support/server.js";

const PROXY = "127.0.0.2";
const none = Buffer.alloc(0);

/** A server that trusts PROXY and 127.0.0.3, exempts no address, and whose budgets do not fill up. */
async function open(...flags: string[]) {
  const clock = createManualClock();
  const trusting = ["--exempt", "none", "--trusted-proxy", `${PROXY},127.0.0.3`];
  const server = await openServer({ clock, logLevel: "info", flags: [...trusting, ...flags] });
  onTestFinished(() => server.close());
  return { server, clock };
}

function dial(url: string, header: Buffer): Socket {
  const port = Number(new URL(url).port);
  const socket = connect({ host: "127.0.0.1", port, localAddress: PROXY, noDelay: true });
  socket.write(header);
  return socket;
}

function http1(url: string, header: Buffer, ca?: Buffer): Transport {
  const agent = ca ? new HttpsAgent({ keepAlive: true }) : new HttpAgent({ keepAlive: true });
  const socket = () => dial(url, header);
  agent.createConnection = () =>
    ca ? connectTls({ socket: socket(), ca, servername: "localhost" }) : socket();
  onTestFinished(() => agent.destroy());
  return createConnectTransport({ baseUrl: url, httpVersion: "1.1", nodeOptions: { agent } });
}

function http2(url: string, header: Buffer, ca?: Buffer): Transport {
  const createConnection = () => {
    const socket = dial(url, header);
    return ca ? connectTls({ socket, ca, servername: "localhost", ALPNProtocols: ["h2"] }) : socket;
  };
  const sessionManager = new Http2SessionManager(url, {}, { createConnection });
  onTestFinished(() => sessionManager.abort());
  return createGrpcTransport({ baseUrl: url, sessionManager });
}

describe.each([
  ["Connect, HTTP/1.1", http1, false],
  ["gRPC, h2c", http2, false],
  ["Connect, HTTP/1.1 over TLS", http1, true],
  ["gRPC over TLS", http2, true],
])("behind a proxy that sends PROXY headers, %s", (_, transport, tls) => {
  test.skipIf(tls && !hasOpenssl)(
    "each person has budgets of their own, and is named in the log",
    async () => {
      const certificate = tls ? makeCertificate() : undefined;
      const { cert = "", key = "", ca } = certificate ?? {};
      const { server, clock } = await open(
        ...["--address-logins", "0.05"],
        ...(tls ? ["--tls-cert", cert, "--tls-key", key] : []),
      );
      const from = (address: string) => transport(server.url, proxyHeader({ from: address }), ca);
      const chat = createClient(ChatService, from("192.0.2.1"));
      for (let i = 0; i < 10; i++) await chat.login({ nickname: `eve${i}` });
      expect(await refused(chat.login({ nickname: "mallory" }))).toMatchObject({ reason: "RATE_LIMITED" });
      for (let i = 0; i < 9; i++) await refused(chat.login({ nickname: "mallory" }));
      await login(from("192.0.2.2"), "ada");
      clock.advance(60_000);
      const lines = server.logged.filter((line) => line.includes("budget=logins"));
      expect(lines.map((line) => line.slice(line.indexOf("msg=")).trimEnd())).toEqual([
        'msg="calls refused" rpc=Login reason=RATE_LIMITED budget=logins count=1 address=192.0.2.1',
        'msg="calls refused" rpc=Login reason=RATE_LIMITED budget=logins count=9 address=192.0.2.1',
      ]);
    },
  );
});

/** The address that the log has for a call with a wrong token. */
async function seenBy({ server, clock }: Awaited<ReturnType<typeof open>>, from: string, list: string) {
  const chat = createClient(ChatService, http1(server.url, proxyHeader({ from })));
  await refused(chat.broadcast({ text: "hello" }, { headers: { "x-forwarded-for": list } }));
  clock.advance(120_000);
  return /msg="calls refused" rpc=Broadcast .*address=(\S+)/.exec(server.logged.join(""))?.[1];
}

test("from the PROXY header, the walk goes on in X-Forwarded-For while it is at a trusted proxy", async () => {
  expect(await seenBy(await open(), "127.0.0.3", "6.6.6.6, 192.0.2.7, 127.0.0.2")).toBe("192.0.2.7");
  expect(await seenBy(await open(), "192.0.2.8", "6.6.6.6")).toBe("192.0.2.8");
});

test("a PROXY header of a machine that is not trusted is one warning that names the setting", async () => {
  const server = await openServer();
  onTestFinished(() => server.close());
  for (let i = 0; i < 3; i++) {
    const socket = dial(server.url, proxyHeader({}));
    socket.on("error", () => undefined).resume();
    await once(socket, "close");
  }
  expect(server.logged).toHaveLength(1);
  expect(server.logged[0]).toMatch(/PROXY header refused.*--trusted-proxy" address=127\.0\.0\.2 count=1/);
});

test("two people on one HTTP/2 connection of a proxy: one floods, the other's call is served", async () => {
  const { server } = await open();
  const proxy = await RawHttp2.open(Number(new URL(server.url).port), PROXY);
  onTestFinished(() => proxy.close());
  const of = (person: string) =>
    post(`/${ChatService.typeName}/Login`, { "content-type": "application/json", "x-forwarded-for": person });
  const [eve, ada] = [of("192.0.2.1"), of("192.0.2.2")];
  const streams = Array.from({ length: 1_101 }, (_, i) => 1 + 2 * i);
  // Twice what an address, and ten times what a session of a stranger, may have reset.
  const reset = streams.splice(0, 1_000);
  proxy.send(...reset.flatMap((stream) => [headersFrame(stream, eve), rstFrame(stream)]));
  // And more unfinished requests than a session of a stranger may have.
  proxy.send(...streams.splice(0, 100).map((stream) => headersFrame(stream, eve)));
  const [ofAda = 0] = streams;
  proxy.send(headersFrame(ofAda, ada), dataFrame(ofAda, Buffer.from('{"nickname":"ada"}'), true));
  await eventually(() => expect(proxy.responses).toContain(ofAda));
  expect([proxy.over, proxy.wentAway]).toEqual([false, false]);
  expect(await refused(login(http1(server.url, none), "ada"))).toMatchObject({ reason: "NICKNAME_TAKEN" });
  expect(server.logged.join("")).toMatch(/reason=faults address=192\.0\.2\.1/);
});

/** Members from one address, by one connection of it. */
async function enter(server: TestServer, count: number, forwarded?: string): Promise<void> {
  const chat = createClient(ChatService, http1(server.url, none));
  const headers: Record<string, string> = forwarded === undefined ? {} : { "x-forwarded-for": forwarded };
  for (let i = 0; i < count; i++) await chat.login({ nickname: `${forwarded ?? "m"}-${i}` }, { headers });
}

test("many members from one address are one warning that says what to do", async () => {
  const server = await openServer();
  onTestFinished(() => server.close());
  await enter(server, 49);
  expect(server.logged).toEqual([]);
  await enter(server, 20, "m2");
  expect(server.logged.filter((line) => line.includes("many members share"))).toEqual([
    expect.stringMatching(/--trusted-proxy .*--exempt" address=127\.0\.0\.2 members=50\n$/),
  ]);
});

test("many members behind a trusted proxy that names them are none", async () => {
  const { server } = await open();
  for (const person of ["192.0.2.1", "192.0.2.2", "192.0.2.3"]) await enter(server, 20, person);
  expect(server.logged.filter((line) => line.includes("level=warn"))).toEqual([]);
});
