import { connect as connectHttp2 } from "node:http2";
import { Server } from "node:net";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import {
  frameType,
  HTTP2_EMPTY_SETTINGS,
  HTTP2_PREFACE,
  HTTP2_SETTINGS_TYPE,
} from "../../test/support/raw-http2.js";
import {
  answer,
  answerHello,
  byteByByte,
  closeNow,
  eventually,
  openPort,
  openRaw,
  type RawPeer,
} from "../../test/support/raw-peer.js";
import { createPort, type Port } from "./port.js";

const GET = "GET / HTTP/1.1\r\nhost: parlance\r\n\r\n";
const TLS_CLIENT_HELLO = Buffer.from("160301007b0100007703030102030405060708", "hex");

let port: Port;
let number: number;
let peer: RawPeer;

/** Reads `pattern` so many times, and no more. */
async function answers(pattern: RegExp, times = 1): Promise<void> {
  await eventually(() => expect(peer.text().match(pattern)).toHaveLength(times));
}

beforeEach(async () => {
  ({ port, number } = await openPort({
    timeouts: { sniffMs: 300, headersMs: 300, requestMs: 600 },
    handler: (request, response) => {
      answer(response, "hello", { "x-method": request.method, "x-version": request.httpVersion });
    },
  }));
  peer = await openRaw(number);
});

afterEach(async () => {
  peer.socket.destroy();
  await port.close(closeNow);
});

describe("HTTP/1.1", () => {
  test("a request that arrives byte by byte is answered", async () => {
    await peer.send(...byteByByte(GET));
    await answers(/^HTTP\/1\.1 200 OK\r\nx-method: GET\r\nx-version: 1\.1\r\n[\s\S]*hello/g);
  });

  test("a POST whose first packet is P alone is answered", async () => {
    await peer.send("P", "OST / HTTP/1.1\r\nhost: parlance\r\ncontent-length: 2\r\n\r\n{}");
    await answers(/^HTTP\/1\.1 200 OK\r\nx-method: POST/g);
  });

  test("PROPFIND begins like the preface and is HTTP/1.1 all the same", async () => {
    await peer.send("PR", "OPFIND / HTTP/1.1\r\nhost: parlance\r\n\r\n");
    await answers(/^HTTP\/1\.1 200 OK\r\nx-method: PROPFIND/g);
  });

  test("three pipelined requests in one packet get three answers", async () => {
    await peer.send(GET + GET + GET);
    await answers(/HTTP\/1\.1 200 OK/g, 3);
  });

  test("a connection is kept for the next request", async () => {
    await peer.send(GET);
    await answers(/HTTP\/1\.1 200 OK/g);
    await peer.send(GET);
    await answers(/HTTP\/1\.1 200 OK/g, 2);
  });

  test("an offer to upgrade to h2c is answered over HTTP/1.1", async () => {
    await peer.send("GET / HTTP/1.1\r\nhost: parlance\r\nconnection: upgrade, http2-settings\r\n");
    await peer.send("upgrade: h2c\r\nhttp2-settings: AAMAAABkAAQAAP__\r\n\r\n");
    await answers(/^HTTP\/1\.1 200 OK/g);
  });
});

describe("HTTP/2 with prior knowledge", () => {
  test("the preface, byte by byte, then SETTINGS: the server's SETTINGS come back", async () => {
    await peer.send(...byteByByte(HTTP2_PREFACE));
    await peer.send(HTTP2_EMPTY_SETTINGS);
    await eventually(() => expect(frameType(peer.received())).toBe(HTTP2_SETTINGS_TYPE));
  });

  test("preface and SETTINGS in one packet: the server's SETTINGS come back", async () => {
    await peer.send(Buffer.concat([HTTP2_PREFACE, HTTP2_EMPTY_SETTINGS]));
    await eventually(() => expect(frameType(peer.received())).toBe(HTTP2_SETTINGS_TYPE));
  });

  test("a client is answered, and told how many streams it may open", async () => {
    const session = connectHttp2(`http://127.0.0.1:${number}`);
    const stream = session.request({ ":path": "/" });
    const headers = await new Promise<Record<string, unknown>>((resolve) => stream.once("response", resolve));
    expect(headers).toMatchObject({ ":status": 200, "x-version": "2.0" });
    expect(session.remoteSettings.maxConcurrentStreams).toBe(256);
    session.destroy();
  });
});

describe("what is neither", () => {
  test("a preface of another version is refused with 400", async () => {
    await peer.send("PRI * HTTP/2.1\r\n\r\nSM\r\n\r\n");
    await answers(/^HTTP\/1\.1 400 Bad Request/g);
    await peer.ended();
  });

  test("a TLS hello is refused with 400", async () => {
    await peer.send(TLS_CLIENT_HELLO);
    await answers(/^HTTP\/1\.1 400 Bad Request/g);
    await peer.ended();
  });

  test("half a preface and silence is cut off at the sniff timer", async () => {
    await peer.send("PRI");
    await peer.ended();
    expect(peer.text()).toBe("");
  });

  test("silence is cut off as an idle connection is", async () => {
    const impatient = await openPort({ timeouts: { keepAliveMs: 100 } });
    const silent = await openRaw(impatient.number);
    await silent.ended();
    expect(silent.text()).toBe("");
    silent.socket.destroy();
    await impatient.port.close(closeNow);
  });

  test("half a header and silence is answered with 408", async () => {
    await peer.send("GET / HTTP/1.1\r\nhost: par");
    await answers(/^HTTP\/1\.1 408 Request Timeout/g);
    await peer.ended();
  });

  test("half a body and silence is answered with 408", async () => {
    const slow = await openPort({ timeouts: { headersMs: 300, requestMs: 600 }, handler: () => undefined });
    peer.socket.destroy();
    peer = await openRaw(slow.number);
    await peer.send("POST / HTTP/1.1\r\nhost: parlance\r\ncontent-length: 20\r\n\r\n{");
    await answers(/^HTTP\/1\.1 408 Request Timeout/g);
    await slow.port.close(closeNow);
  });
});

describe("a peer that leaves before it was understood", () => {
  test.each([
    ["FIN at once", (raw: RawPeer) => raw.socket.end()],
    ["FIN after half a preface", (raw: RawPeer) => raw.socket.end("PRI")],
    ["FIN after half a header", (raw: RawPeer) => raw.socket.end("GET / HT")],
    ["FIN after the preface", (raw: RawPeer) => raw.socket.end(HTTP2_PREFACE)],
    ["RST at once", (raw: RawPeer) => raw.socket.resetAndDestroy()],
    [
      "RST after half a preface",
      (raw: RawPeer) => raw.socket.write("PRI", () => raw.socket.resetAndDestroy()),
    ],
    [
      "RST after the preface",
      (raw: RawPeer) => raw.socket.write(HTTP2_PREFACE, () => raw.socket.resetAndDestroy()),
    ],
  ])("%s: closed, and nothing is left behind", async (_, leave) => {
    // No timer of the port may be what closes it.
    const patient = await openPort({ timeouts: { sniffMs: 60_000, headersMs: 60_000, requestMs: 60_000 } });
    const raw = await openRaw(patient.number);
    await eventually(() => expect(patient.port.connections()).toBe(1));
    leave(raw);
    await eventually(() => expect(patient.port.connections()).toBe(0));
    raw.socket.destroy();
    await patient.port.close(closeNow);
  });
});

describe("listening", () => {
  test("answers the address that was bound", async () => {
    const other = createPort({ host: "localhost", port: 0, handler: answerHello });
    const bound = await other.listen();
    expect(["127.0.0.1", "::1"]).toContain(bound.host);
    expect(bound.port).toBeGreaterThan(0);
    await other.close(closeNow);
  });

  test("has the kernel hold a crowd that connects faster than it is accepted", async () => {
    const listen = vi.spyOn(Server.prototype, "listen");
    const other = createPort({ host: "127.0.0.1", port: 0, handler: answerHello });
    await other.listen();
    expect(listen).toHaveBeenCalledWith(expect.objectContaining({ backlog: 4_096 }));
    listen.mockRestore();
    await other.close(closeNow);
  });

  test.each([
    ["a port in use", () => ({ host: "127.0.0.1", port: number }), "EADDRINUSE"],
    ["an address of another machine", () => ({ host: "192.0.2.1", port: 0 }), "EADDRNOTAVAIL"],
    ["a number that is no port", () => ({ host: "127.0.0.1", port: 70_000 }), "ERR_SOCKET_BAD_PORT"],
  ])("%s is refused with Node's error, and closing still works", async (_, address, code) => {
    const onError = vi.fn();
    const other = createPort({ ...address(), handler: answerHello, onError });
    await expect(other.listen()).rejects.toMatchObject({ code });
    await other.close(closeNow);
    expect(onError).not.toHaveBeenCalled();
  });
});
