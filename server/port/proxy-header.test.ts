import { once } from "node:events";
import { request as requestHttp1 } from "node:http";
import { connect as connectHttp2 } from "node:http2";
import { connect, type Socket } from "node:net";
import { text } from "node:stream/consumers";
import { type ConnectionOptions, connect as connectTls } from "node:tls";
import { afterEach, describe, expect, test, vi } from "vitest";
import { type Certificate, hasOpenssl, makeCertificate } from "../../test/support/certificates.js";
import { proxyHeader, tlv } from "../../test/support/proxy-header.js";
import { headersFrame, post, RawHttp2, rstFrame } from "../../test/support/raw-http2.js";
import {
  answer,
  byteByByte,
  closeNow,
  eventually,
  openPort,
  openRaw,
  type TestPort,
} from "../../test/support/raw-peer.js";
import { remoteAddressOf } from "./addresses.js";
import type { PortOptions } from "./port.js";
import { readTlsPair } from "./tls.js";

const GET = "GET / HTTP/1.1\r\nhost: a\r\n\r\n";
const refused = vi.fn();
let open: TestPort;
let certificate: Certificate;

/** Responds with the address that it sees, and trusts the loopback but for 127.0.0.3. */
async function start(options: Partial<PortOptions> = {}): Promise<void> {
  refused.mockReset();
  open = await openPort({
    handler: (request, response) => answer(response, remoteAddressOf(request.socket) ?? "unknown"),
    trustedProxies: ["127.0.0.1", "127.0.0.2"],
    onRefusal: refused,
    ...options,
  });
}

async function startTls(): Promise<void> {
  certificate ??= makeCertificate();
  await start({ tls: readTlsPair(certificate) });
}

afterEach(() => open?.port.close(closeNow));

/** A connection on which `header` is the first that is sent. */
function dial(header: Buffer): Socket {
  const socket = connect({ host: "127.0.0.1", port: open.number });
  socket.write(header);
  return socket;
}

function dialTls(header: Buffer, alpn: string): Socket {
  const options: ConnectionOptions = { socket: dial(header), ca: certificate.ca, servername: "localhost" };
  return connectTls({ ...options, ALPNProtocols: [alpn] });
}

async function overHttp1(socket: Socket): Promise<string> {
  const request = requestHttp1({ createConnection: () => socket, host: "a" }).end();
  const [response] = await once(request, "response");
  const body = await text(response);
  socket.destroy();
  return body;
}

async function overHttp2(socket: Socket): Promise<string> {
  const session = connectHttp2("http://a", { createConnection: () => socket });
  const body = await text(session.request({ ":path": "/" }));
  session.destroy();
  return body;
}

const versions: Record<string, [start: () => Promise<void>, call: (header: Buffer) => Promise<string>]> = {
  "HTTP/1.1": [start, (header) => overHttp1(dial(header))],
  h2c: [start, (header) => overHttp2(dial(header))],
  "HTTP/1.1 over TLS": [startTls, (header) => overHttp1(dialTls(header, "http/1.1"))],
  "HTTP/2 over TLS": [startTls, (header) => overHttp2(dialTls(header, "h2"))],
};
const none = Buffer.alloc(0);

describe.each(Object.entries(versions))("a PROXY header before %s", (version, [open, call]) => {
  test.skipIf(version.includes("TLS") && !hasOpenssl).each([
    ["TCP4", proxyHeader({ from: "192.0.2.7" }), "192.0.2.7"],
    ["TCP6", proxyHeader({ from: "2001:db8::7" }), "2001:db8:0:0:0:0:0:7"],
    ["TCP6 of an IPv4 address", proxyHeader({ from: "::ffff:c000:207" }), "192.0.2.7"],
    ["TCP4 with TLVs", proxyHeader({ from: "192.0.2.7", tlvs: tlv(0x04, Buffer.alloc(3_000)) }), "192.0.2.7"],
    ["LOCAL", proxyHeader({ command: 0x20 }), "127.0.0.1"],
    ["LOCAL of a family of its own", proxyHeader({ command: 0x20, family: 0x31 }), "127.0.0.1"],
    ["UNSPEC", proxyHeader({ family: 0x00 }), "127.0.0.1"],
    ["none", none, "127.0.0.1"],
  ])("%s: the peer is as it says", async (_, header, address) => {
    await open();
    expect(await call(header)).toBe(address);
    expect(refused).not.toHaveBeenCalled();
  });
});

describe("a PROXY header", () => {
  test("may arrive byte by byte, and with the request in one packet", async () => {
    await start();
    for (const pieces of [
      [...byteByByte(proxyHeader({ from: "192.0.2.7" })), Buffer.from(GET)],
      [Buffer.concat([proxyHeader({ from: "192.0.2.7" }), Buffer.from(GET)])],
    ]) {
      const peer = await openRaw(open.number);
      await peer.send(...pieces);
      await eventually(() => expect(peer.text()).toMatch(/192\.0\.2\.7/));
      peer.socket.destroy();
    }
  });

  test.each([
    ["version 1", proxyHeader({ command: 0x11 })],
    ["an unknown command", proxyHeader({ command: 0x22 })],
    ["UDP", proxyHeader({ family: 0x12 })],
    ["a UNIX socket", proxyHeader({ family: 0x31 })],
    ["less than its addresses", proxyHeader({ length: 11 })],
    ["more than 4 KiB", proxyHeader({ length: 4_096 })],
  ])("of %s is refused before its end", async (_, header) => {
    await start();
    const peer = await openRaw(open.number);
    await peer.send(header.subarray(0, 16));
    await peer.ended();
    expect(peer.text()).toBe("");
    expect(refused.mock.calls).toEqual([["proxy_header", "127.0.0.1", 1]]);
    peer.socket.destroy();
  });

  test("that does not end is cut off", async () => {
    await start({ timeouts: { sniffMs: 200 } });
    const peer = await openRaw(open.number);
    await peer.send(proxyHeader({}).subarray(0, 20));
    await peer.ended();
    await eventually(() => expect(open.port.connections()).toBe(0));
    peer.socket.destroy();
  });

  test("comes once: a second one is the client's own, and no request", async () => {
    await start();
    const peer = await openRaw(open.number);
    await peer.send(
      Buffer.concat([proxyHeader({ from: "192.0.2.7" }), proxyHeader({ from: "127.0.0.2" })]),
      GET,
    );
    await eventually(() => expect(peer.text()).toMatch(/^HTTP\/1\.1 400 /));
    peer.socket.destroy();
  });

  test.each([
    ["cleartext", start],
    ["TLS", startTls],
  ])("of a peer that is no trusted proxy closes the connection and is reported: %s", async (name, open_) => {
    if (name === "TLS" && !hasOpenssl) return;
    await open_();
    const socket = connect({ host: "127.0.0.1", port: open.number, localAddress: "127.0.0.3" });
    const received = vi.fn();
    socket.on("error", () => undefined).on("data", received);
    socket.write(Buffer.concat([proxyHeader({}), Buffer.from(GET)]));
    await once(socket, "close");
    expect(received).not.toHaveBeenCalled();
    expect(refused.mock.calls).toEqual([["untrusted_proxy", "127.0.0.3", 1]]);
  });

  test("makes the limits of an address those of the person", async () => {
    await start({ limits: { peerFaultBurst: 20, peerFaultsPerSecond: 1 } });
    const streams = Array.from({ length: 30 }, (_, i) => 1 + 2 * i);
    const flood = await RawHttp2.open(open.number, "127.0.0.2", proxyHeader({ from: "192.0.2.7" }));
    flood.send(...streams.flatMap((stream) => [headersFrame(stream, post("/")), rstFrame(stream)]));
    await eventually(() => expect(flood.over).toBe(true));
    await expect(overHttp1(dial(proxyHeader({ from: "192.0.2.7" })))).rejects.toThrow();
    expect(await overHttp1(dial(proxyHeader({ from: "192.0.2.8" })))).toBe("192.0.2.8");
    expect(await overHttp1(dial(none))).toBe("127.0.0.1");
    expect(refused.mock.calls).toContainEqual(["faults", "192.0.2.7", 1]);
  });
});
