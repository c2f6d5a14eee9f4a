import { once } from "node:events";
import { copyFileSync, writeFileSync } from "node:fs";
import { connect as connectTcp } from "node:net";
import { Duplex } from "node:stream";
import { connect as connectTls, type TLSSocket } from "node:tls";
import type { Transport } from "@connectrpc/connect";
import {
  createConnectTransport,
  createGrpcTransport,
  createGrpcWebTransport,
} from "@connectrpc/connect-node";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { readTlsPair } from "../../server/port/tls.js";
import { type Certificate, hasOpenssl, makeCertificate } from "../support/certificates.js";
import { login } from "../support/people.js";
import { runServer, type ServerProcess, startServer } from "../support/process.js";
import { answer, closeNow, eventually, openPort } from "../support/raw-peer.js";
import { listen, type TestServer } from "../support/server.js";

type Options = Parameters<typeof createConnectTransport>[0];

describe.skipIf(!hasOpenssl)("TLS (needs openssl)", () => {
  let first: Certificate;
  let server: TestServer;
  beforeAll(async () => {
    first = makeCertificate();
    server = await listen("--tls-cert", first.cert, "--tls-key", first.key);
  });
  afterAll(async () => {
    expect(server?.logged).toEqual([]);
    await server?.close();
  });

  const options = (httpVersion: "1.1" | "2", baseUrl = server.url, ca = first.ca) =>
    ({ baseUrl, httpVersion, nodeOptions: { ca } }) as Options;
  const transports: Record<string, () => Transport> = {
    "Connect, HTTP/1.1": () => createConnectTransport(options("1.1")),
    "Connect, HTTP/2": () => createConnectTransport(options("2")),
    gRPC: () => createGrpcTransport(options("2") as Parameters<typeof createGrpcTransport>[0]),
    "gRPC-Web, HTTP/1.1": () => createGrpcWebTransport(options("1.1")),
    "gRPC-Web, HTTP/2": () => createGrpcWebTransport(options("2")),
  };

  test("the server announces https", () => {
    expect(server.url).toMatch(/^https:\/\/127\.0\.0\.1:\d+$/);
  });

  test("a public port with TLS is announced without a warning", async () => {
    const open = await listen("--listen", "0.0.0.0:0", "--tls-cert", first.cert, "--tls-key", first.key);
    await open.close();
    expect(open.logged).toEqual([]);
  });

  test.each(Object.keys(transports))("carries calls and a feed over %s", async (name) => {
    const person = await login(transports[name]!(), `by${Object.keys(transports).indexOf(name)}`);
    const feed = person.listen();
    await feed.next("caughtUp");
    await person.say(`hello over ${name}`);
    expect((await feed.next("groupMessage")).kind.value.text).toBe(`hello over ${name}`);
    await feed.close();
    await person.chat.logout({}, person.options);
  });

  test("a request whose body comes with its head, while a response waits to be read, is served", async () => {
    const large = "x".repeat(16 * 1024 * 1024);
    const { port, number } = await openPort({
      tls: readTlsPair(first),
      handler: (request, response) => {
        const chunks: Buffer[] = [];
        request.on("data", (chunk) => chunks.push(chunk));
        request.on("end", () => {
          answer(response, request.url === "/large" ? large : `received ${Buffer.concat(chunks)}`);
        });
      },
    });
    const raw = connectTcp(number, "127.0.0.1");
    let held: Buffer[] | undefined;
    const wire = new Duplex({
      read: () => undefined,
      write(chunk, _, done) {
        if (held) held.push(chunk);
        else raw.write(chunk);
        done();
      },
    });
    raw.on("data", (chunk) => wire.push(chunk));
    const socket = connectTls({ socket: wire, ca: first.ca, host: "127.0.0.1" });
    let text = "";
    socket.on("data", (chunk) => {
      text = (text + chunk.toString("latin1")).slice(-1_000);
    });
    await once(socket, "secureConnect");
    socket.write("GET /large HTTP/1.1\r\nhost: a\r\n\r\n");
    await eventually(() => expect(text).toContain("xxx"));
    raw.pause();
    held = [];
    // Two records, as of a client that flushes the head of a stream, in one packet.
    await new Promise((done) =>
      socket.write("POST /small HTTP/1.1\r\nhost: a\r\ncontent-length: 4\r\n\r\n", done),
    );
    await new Promise((done) => socket.write("body", done));
    expect(held.length).toBeGreaterThan(1);
    await new Promise((done) => raw.write(Buffer.concat(held ?? []), done));
    held = undefined;
    raw.resume();
    await eventually(() => expect(text).toMatch(/received body/));
    raw.destroy();
    await port.close(closeNow);
  });

  const port = () => Number(new URL(server.url).port);

  async function shakeHands(more: object): Promise<TLSSocket> {
    const socket = connectTls({ port: port(), host: "127.0.0.1", ca: first.ca, ...more });
    await once(socket, "secureConnect");
    return socket;
  }

  test.each([
    [["h2"], "h2"],
    [["http/1.1"], "http/1.1"],
    [["http/1.1", "h2"], "h2"],
    [undefined, false],
  ])("offered %j, chooses %j", async (ALPNProtocols, chosen) => {
    const socket = await shakeHands(ALPNProtocols ? { ALPNProtocols } : {});
    expect(socket.alpnProtocol).toBe(chosen);
    if (chosen !== "h2") {
      socket.write("GET /healthz HTTP/1.1\r\nhost: a\r\n\r\n");
      const [chunk] = await once(socket, "data");
      expect(String(chunk)).toMatch(/^HTTP\/1\.1 200 OK/);
    }
    socket.destroy();
  });

  test("refuses what is older than TLS 1.2, and takes 1.2 and 1.3", async () => {
    for (const version of ["TLSv1.2", "TLSv1.3"] as const)
      (await shakeHands({ minVersion: version, maxVersion: version })).destroy();
    const old = { minVersion: "TLSv1", maxVersion: "TLSv1.1", ciphers: "DEFAULT@SECLEVEL=0" };
    await expect(shakeHands(old)).rejects.toThrow();
  });

  test("drops what is no TLS, and forgets it", async () => {
    const before = server.app.counts().connections;
    const socket = connectTcp(port(), "127.0.0.1");
    socket.on("error", () => undefined);
    socket.write("GET / HTTP/1.1\r\nhost: a\r\n\r\n");
    socket.resume();
    await once(socket, "close");
    await eventually(() => expect(server.app.counts().connections).toBe(before));
  });

  test("a handshake that does not end is cut off, by its timer and by a shutdown", async () => {
    const pair = readTlsPair(first);
    for (const handshakeMs of [200, 60_000]) {
      const open = await openPort({ tls: pair, timeouts: { handshakeMs } });
      const socket = connectTcp(open.number, "127.0.0.1");
      const closed = once(socket, "close");
      await once(socket, "connect");
      await eventually(() => expect(open.port.connections()).toBe(1));
      if (handshakeMs > 1_000) await open.port.close({ limitMs: 60_000, endStreams: () => undefined });
      await closed;
      await eventually(() => expect(open.port.connections()).toBe(0));
      await open.port.close(closeNow);
    }
  });

  test("open feeds and idle connections of both versions end with the server", async () => {
    const own = await listen("--tls-cert", first.cert, "--tls-key", first.key);
    const feeds = await Promise.all(
      (["1.1", "2"] as const).map(async (version, i) => {
        const person = await login(createConnectTransport(options(version, own.url)), `reader${i}`);
        const feed = person.listen();
        await feed.next("caughtUp");
        return feed;
      }),
    );
    await own.close();
    for (const feed of feeds) {
      await feed.ended;
      expect(feed.summary().at(-1)).toBe("goodbye");
    }
    expect(own.app.counts()).toEqual({ connections: 0, feeds: 0 });
  });

  describe("a new certificate", () => {
    let child: ServerProcess | undefined;
    afterEach(async () => {
      await child?.stop("SIGKILL");
      child = undefined;
    });

    const subjectOf = async (url: string, ca: Buffer[]) => {
      const socket = connectTls({ port: Number(new URL(url).port), host: "127.0.0.1", ca });
      await once(socket, "secureConnect");
      const { CN } = socket.getPeerCertificate().subject;
      socket.destroy();
      return CN;
    };

    test.each(["SIGHUP", "the change of a file"])("is read after %s, and feeds stay", async (how) => {
      const files = makeCertificate("old");
      const next = makeCertificate("new");
      child = await startServer(["--tls-cert", files.cert, "--tls-key", files.key]);
      const { url } = child;
      const both = Buffer.concat([files.ca, next.ca]);
      const ada = await login(createConnectTransport(options("1.1", url, both)), "ada");
      const feed = ada.listen();
      await feed.next("caughtUp");
      const ca = [files.ca, next.ca];
      expect(await subjectOf(url, ca)).toBe("old");
      copyFileSync(next.key, files.key);
      copyFileSync(next.cert, files.cert);
      if (how === "SIGHUP") child.child.kill("SIGHUP");
      await eventually(async () => expect(await subjectOf(url, ca)).toBe("new"));
      await ada.say("still here");
      expect((await feed.next("groupMessage")).kind.value.text).toBe("still here");
      await feed.close();
    });

    test("that cannot be used is reported, and the old one stays", async () => {
      const files = makeCertificate("old");
      child = await startServer(["--tls-cert", files.cert, "--tls-key", files.key]);
      writeFileSync(files.cert, "nonsense");
      child.child.kill("SIGHUP");
      await eventually(() => expect(child!.output.stderr).toContain("the new certificate cannot be used"));
      expect(await subjectOf(child.url, [files.ca])).toBe("old");
    });
  });

  describe("the start", () => {
    test("refuses files that cannot be used, in one line", async () => {
      const other = makeCertificate();
      const nonsense = `${other.cert}.txt`;
      writeFileSync(nonsense, "no PEM");
      for (const [cert, key, why] of [
        [`${first.cert}.none`, first.key, /no such file/],
        [first.cert, `${first.key}.none`, /no such file/],
        [first.cert, other.key, /private key is not that of the certificate/],
        [nonsense, first.key, /holds no certificate/],
        [first.cert, first.cert, /cannot use /],
      ] as const) {
        const { code, stderr } = await runServer([
          "--store",
          "memory:",
          "--tls-cert",
          cert,
          "--tls-key",
          key,
        ]);
        expect(code).toBe(1);
        expect(stderr.trim().split("\n")).toHaveLength(1);
        expect(stderr).toMatch(why);
      }
    });

    test("refuses a certificate without a key", async () => {
      const { code, stderr } = await runServer(["--store", "memory:", "--tls-cert", first.cert]);
      expect([code, stderr]).toEqual([
        2,
        expect.stringMatching(/^parlance-server: --tls-cert and --tls-key .*\n$/),
      ]);
    });
  });
});
