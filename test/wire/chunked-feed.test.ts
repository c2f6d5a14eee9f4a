import { createClient } from "@connectrpc/connect";
import { createConnectTransport } from "@connectrpc/connect-node";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { ChatService } from "../../gen/parlance/v1/chat_service_pb.js";
import { login, type Person } from "../support/people.js";
import { openRaw, type RawPeer } from "../support/raw-peer.js";
import { listen, type TestServer } from "../support/server.js";

let server: TestServer;
let ada: Person;
beforeAll(async () => {
  server = await listen();
  ada = await login(createConnectTransport({ baseUrl: server.url, httpVersion: "1.1" }), "ada");
});
afterAll(() => server.close());

const subscribe = (token: string) =>
  [
    "POST /parlance.v1.ChatService/Subscribe HTTP/1.1",
    "host: localhost",
    "content-type: application/connect+json",
    `authorization: Bearer ${token}`,
    "content-length: 7",
    "",
    "\0\0\0\0\x02{}",
  ].join("\r\n");

const HEAD_END = "\r\n\r\n";

/** The response so far, parsed strictly by RFC 9112: the kinds of items in complete chunks. */
function readFeed(bytes: Buffer): { head: string; events: { kind: string; text?: string }[] } {
  const headEnd = bytes.indexOf(HEAD_END);
  if (headEnd < 0) return { head: "", events: [] };
  const head = bytes.toString("latin1", 0, headEnd);
  const body: Buffer[] = [];
  for (let at = headEnd + HEAD_END.length; at < bytes.length; ) {
    const lineEnd = bytes.indexOf("\r\n", at);
    if (lineEnd < 0) break;
    const line = bytes.toString("latin1", at, lineEnd);
    expect(line).toMatch(/^[0-9a-f]+$/);
    const end = lineEnd + 2 + Number.parseInt(line, 16);
    if (end + 2 > bytes.length) break;
    expect(bytes.toString("latin1", end, end + 2)).toBe("\r\n");
    body.push(bytes.subarray(lineEnd + 2, end));
    at = end + 2;
  }
  return { head, events: readEnvelopes(Buffer.concat(body)) };
}

function readEnvelopes(bytes: Buffer): { kind: string; text?: string }[] {
  const events = [];
  for (let at = 0; at + 5 <= bytes.length; ) {
    const end = at + 5 + bytes.readUInt32BE(at + 1);
    const item = JSON.parse(bytes.toString("utf8", at + 5, end));
    const text = item.event?.groupMessage?.text;
    events.push(text === undefined ? { kind: Object.keys(item)[0]! } : { kind: "groupMessage", text });
    at = end;
  }
  return events;
}

async function expectFeed(peer: RawPeer, texts: readonly string[], skip = 0): Promise<void> {
  const messages = texts.map((text) => ({ kind: "groupMessage", text }));
  await expect
    .poll(() => readFeed(peer.received().subarray(skip)).events.slice(2), { interval: 5 })
    .toEqual(messages);
  const { head, events } = readFeed(peer.received().subarray(skip));
  expect(head).toMatch(/^HTTP\/1\.1 200 OK\r\n/);
  // Without these, nginx holds hello back and a cache might keep the feed.
  expect(head.toLowerCase()).toContain("\r\nx-accel-buffering: no\r\n");
  expect(head.toLowerCase()).toContain("\r\ncache-control: no-store\r\n");
  expect(events.slice(0, 2).map(({ kind }) => kind)).toEqual(["hello", "caughtUp"]);
}

describe("the bytes of a feed over HTTP/1.1", () => {
  test("are the head, then whole chunks, however soon the first messages are sent", async () => {
    for (let round = 0; round < 5; round++) {
      const peer = await openRaw(Number(new URL(server.url).port));
      const texts = Array.from({ length: 20 }, (_, i) => `round ${round} message ${i}`);
      await peer.send(subscribe(ada.token));
      await expect.poll(() => readFeed(peer.received()).events.length, { interval: 5 }).toBe(2);
      for (const [i, text] of texts.entries()) {
        await ada.say(text);
        // Some messages find the feed already idle, others do not.
        if (i % 4 === 0) await new Promise((resolve) => setImmediate(resolve));
      }
      await expectFeed(peer, texts);
      peer.socket.destroy();
    }
  });

  test("wait for the previous response on the same connection", async () => {
    const peer = await openRaw(Number(new URL(server.url).port));
    const help =
      "GET /parlance.v1.ChatService/Help?connect=v1&encoding=json&message=%7B%7D HTTP/1.1\r\nhost: a\r\n\r\n";
    await peer.send(Buffer.from(help + subscribe(ada.token), "latin1"));
    await expect.poll(() => peer.text()).toContain("caughtUp");
    await ada.say("after the response before it");
    const second = peer.text().lastIndexOf("HTTP/1.1 200 OK");
    expect(second).toBeGreaterThan(0);
    await expectFeed(peer, ["after the response before it"], second);
    peer.socket.destroy();
  });

  test("are not chunked for HTTP/1.0", async () => {
    const peer = await openRaw(Number(new URL(server.url).port));
    await peer.send(subscribe(ada.token).replace("HTTP/1.1", "HTTP/1.0"));
    await expect.poll(() => peer.text()).toContain("caughtUp");
    await ada.say("plain");
    await expect.poll(() => peer.text()).toContain("plain");
    const [head, body] = [peer.text().split(HEAD_END, 1)[0]!, peer.received()];
    expect(head.toLowerCase()).not.toContain("transfer-encoding");
    const events = readEnvelopes(body.subarray(head.length + HEAD_END.length));
    expect(events.map(({ kind }) => kind)).toEqual(["hello", "caughtUp", "groupMessage"]);
    peer.socket.destroy();
  });

  test("end with the error that ends the feed and the last chunk", async () => {
    const bob = await login(createConnectTransport({ baseUrl: server.url, httpVersion: "1.1" }), "bob");
    const peer = await openRaw(Number(new URL(server.url).port));
    await peer.send(subscribe(bob.token));
    await expect.poll(() => peer.text()).toContain("caughtUp");
    await createClient(
      ChatService,
      createConnectTransport({ baseUrl: server.url, httpVersion: "1.1" }),
    ).logout({}, bob.options);
    await expect.poll(() => peer.text()).toMatch(/NOT_LOGGED_IN[\s\S]*\r\n0\r\n\r\n$/);
    peer.socket.destroy();
  });
});
