import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { setTimeout as delay } from "node:timers/promises";
import { connect as connectTls } from "node:tls";
import { afterEach, beforeAll, beforeEach, describe, expect, test, vi } from "vitest";
import { type Certificate, hasOpenssl, makeCertificate } from "../../test/support/certificates.js";
import { answer, closeNow, eventually, openPort, type TestPort } from "../../test/support/raw-peer.js";
import { abandonBody } from "./abandon-body.js";
import type { PortHandler, PortOptions } from "./port.js";
import { respond } from "./respond.js";
import { readTlsPair } from "./tls.js";

const LENGTH = 200_000;
const HEAD = `POST /refused HTTP/1.1\r\nhost: a\r\ncontent-length: ${LENGTH}\r\n\r\n`;
const GET = "GET / HTTP/1.1\r\nhost: a\r\n\r\n";

const served = vi.fn();
const refuse: PortHandler = (request, response) => {
  served(request.url);
  if (request.url !== "/refused") return answer(response, "hello");
  abandonBody(request, response);
  respond(response, 401, { "content-type": "text/plain" }, "no");
};

describe.each(["cleartext", "TLS"])("%s", (kind) => {
  describe.skipIf(kind === "TLS" && !hasOpenssl)("(TLS needs openssl)", () => {
    let certificate: Certificate | undefined;
    let open: TestPort;
    beforeAll(() => {
      certificate = kind === "TLS" ? makeCertificate() : undefined;
    });
    beforeEach(() => start({}));
    afterEach(() => open.port.close(closeNow));

    async function start(options: Partial<PortOptions>): Promise<void> {
      served.mockClear();
      open = await openPort({
        handler: refuse,
        ...(certificate && { tls: readTlsPair(certificate) }),
        ...options,
      });
    }

    /** A peer that keeps its side open after the server's end. */
    async function join() {
      const options = { host: "127.0.0.1", port: open.number, allowHalfOpen: true, noDelay: true };
      const socket: Socket = certificate ? connectTls({ ...options, ca: certificate.ca }) : connect(options);
      let text = "";
      let error: Error | undefined;
      socket.on("data", (chunk) => {
        text += chunk.toString("latin1");
      });
      socket.on("error", (first) => {
        error ??= first;
      });
      await once(socket, certificate ? "secureConnect" : "connect");
      return { socket, text: () => text, error: () => error };
    }

    test("a peer that is still sending reads the response, and is not reset", async () => {
      const { socket, text, error } = await join();
      socket.write(HEAD);
      await eventually(() => expect(text()).toMatch(/^HTTP\/1\.1 401 [\s\S]*connection: close[\s\S]*no$/i));
      // Slower than the server would need to lose patience with one that is silent.
      for (let i = 0; i < 40; i++) {
        socket.write(Buffer.alloc(LENGTH / 40));
        await delay(25);
      }
      expect(error()).toBeUndefined();
      await eventually(() => expect(socket.readableEnded).toBe(true));
      socket.end();
      await eventually(() => expect(open.port.connections()).toBe(0));
      expect(error()).toBeUndefined();
    });

    test("a request that follows is not served", async () => {
      const { socket, text } = await join();
      socket.write(HEAD);
      await eventually(() => expect(text()).toContain("401"));
      socket.write(Buffer.concat([Buffer.alloc(LENGTH), Buffer.from(GET + GET)]));
      socket.end();
      await eventually(() => expect(open.port.connections()).toBe(0));
      expect(served.mock.calls).toEqual([["/refused"]]);
    });

    test("a peer that is silent, or sends on and on, is cut off", async () => {
      const [silent, loud] = [await join(), await join()];
      silent.socket.write(HEAD);
      loud.socket.write(HEAD.replace(String(LENGTH), "99999999"));
      await eventually(() => expect(loud.text()).toContain("401"));
      const sending = setInterval(() => loud.socket.write(Buffer.alloc(100_000)), 5);
      await eventually(() => expect(loud.socket.destroyed).toBe(true));
      clearInterval(sending);
      await eventually(() => expect(open.port.connections()).toBe(0));
      silent.socket.destroy();
    });

    test("a peer that is refused again and again is not waited for", async () => {
      await open.port.close(closeNow);
      await start({ limits: { peerFaultBurst: 4, peerFaultsPerSecond: 0.001 } });
      const peers = [];
      for (let i = 0; i < 3; i++) {
        const peer = await join();
        peer.socket.write(HEAD);
        await eventually(() => expect(peer.text()).toContain("401"));
        peers.push(peer);
      }
      await eventually(() => expect(open.port.connections()).toBe(2));
      for (const { socket } of peers) socket.destroy();
    });

    test("a connection that lingers is the first to make room", async () => {
      await open.port.close(closeNow);
      await start({ limits: { maxConnections: 2 } });
      const [refused, busy] = [await join(), await join()];
      refused.socket.write(HEAD);
      await eventually(() => expect(refused.text()).toContain("401"));
      busy.socket.write("POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 2\r\n\r\n1");
      await eventually(() => expect(served).toHaveBeenCalledTimes(2));
      const late = await join();
      late.socket.write(GET);
      await eventually(() => expect(late.text()).toContain("hello"));
      for (const { socket } of [refused, busy, late]) socket.destroy();
    });

    test("a connection kept in reserve outlives those that begin a request and do not go on", async () => {
      await open.port.close(closeNow);
      await start({ timeouts: { sniffMs: 100, headersMs: 100 } });
      const [reserve, begun] = [await join(), await join()];
      begun.socket.write("P");
      await eventually(() => expect(begun.socket.readableEnded || begun.socket.destroyed).toBe(true));
      reserve.socket.write(GET);
      await eventually(() => expect(reserve.text()).toContain("hello"));
      for (const { socket } of [reserve, begun]) socket.destroy();
    });

    test("a request that arrives while the process pauses is served, however late the timer", async () => {
      await open.port.close(closeNow);
      await start({ timeouts: { sniffMs: 100, keepAliveMs: 100 } });
      const { socket, text } = await join();
      await eventually(() => expect(open.port.connections()).toBe(1));
      socket.write(GET);
      const until = performance.now() + 200;
      while (performance.now() < until);
      await eventually(() => expect(text()).toContain("hello"));
      socket.destroy();
    });
  });
});
