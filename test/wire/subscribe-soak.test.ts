import { type ClientHttp2Session, connect as http2Connect } from "node:http2";
import { connect as netConnect } from "node:net";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { expect, it, vi } from "vitest";
import { createMemoryStore } from "../../server/engines/memory.js";
import { systemClock, systemIds } from "../../server/system.js";
import { startServer } from "./subscribe-server.js";

/** Connects and drops; an operator who doubts asks for more, such as SOAK=10000. */
const ROUNDS = Number(process.env.SOAK ?? 2_000);
const AT_ONCE = 20;
const PATH = "/parlance.v1.ChatService/Subscribe";
const NOTHING = Buffer.from([0, 0, 0, 0, 0]);

const BROKEN_OFF = "Premature close";

setFlagsFromString("--expose-gc");
const collect = runInNewContext("gc") as () => void;

/** Opens a feed on its own socket, reads some of it, and breaks it in one of several ways. */
async function byHttp1(url: URL, token: string, way: number): Promise<void> {
  const socket = netConnect(Number(url.port), url.hostname);
  socket.on("error", () => {});
  const closed = new Promise((resolve) => socket.once("close", resolve));
  socket.write(
    [
      `POST ${PATH} HTTP/1.1`,
      `host: ${url.host}`,
      `content-type: application/connect+${way % 2 ? "json" : "proto"}`,
      `content-length: ${way % 2 ? 7 : 5}`,
      ...(way % 5 === 0 ? ["connect-timeout-ms: 5"] : []),
      `authorization: Bearer ${token}`,
      "",
      "",
    ].join("\r\n"),
  );
  socket.write(way % 2 ? Buffer.from([0, 0, 0, 0, 2, 0x7b, 0x7d]) : NOTHING);
  if (way % 3 > 0) await new Promise((resolve) => socket.once("data", resolve));
  if (way % 4 === 0) socket.end();
  else socket.resetAndDestroy();
  socket.resume();
  await closed;
}

/** The same as a stream of a shared session. */
async function byHttp2(session: ClientHttp2Session, token: string, way: number): Promise<void> {
  const stream = session.request({
    ":method": "POST",
    ":path": PATH,
    "content-type": "application/grpc+proto",
    te: "trailers",
    ...(way % 5 === 0 && { "grpc-timeout": "5m" }),
    authorization: `Bearer ${token}`,
  });
  stream.on("error", () => {});
  const closed = new Promise((resolve) => stream.once("close", resolve));
  stream.end(NOTHING);
  if (way % 3 > 0) await new Promise((resolve) => stream.once("data", resolve));
  stream.resume();
  stream.close(way % 2 ? 8 : 0);
  await closed;
}

it(`${ROUNDS} feeds that were opened and broken leave nothing behind`, async () => {
  const store = createMemoryStore({ clock: systemClock, ids: systemIds, maxEvents: 500 });
  const server = await startServer({ store, feed: { ringEvents: 256 } });
  const url = new URL(server.url);
  const people = await Promise.all(Array.from({ length: AT_ONCE }, (_, i) => server.login(`reader${i}`)));
  const talker = await server.login("talker");
  const talking = setInterval(() => void server.room.say(talker.member, "still here", ""), 2);
  let way = 0;
  const quiet = () => people.every(({ member }) => member.feeds.size === 0);

  async function rounds(count: number): Promise<void> {
    await Promise.all(
      people.map(async ({ token }) => {
        let session = http2Connect(server.url);
        for (let i = 0; i < count / AT_ONCE; i++) {
          const turn = way++;
          if (turn % 2) await byHttp1(url, token, turn >> 1);
          else await byHttp2(session, token, turn >> 1);
          // Node takes many resets on one session for an attack, and is right.
          if (i % 50 < 49) continue;
          session.close();
          session = http2Connect(server.url);
        }
        session.close();
      }),
    );
    await vi.waitFor(() => expect(quiet()).toBe(true), { timeout: 5_000 });
    await vi.waitFor(() => expect(server.port.connections()).toBe(0), { timeout: 5_000 });
  }

  async function heapBytes(): Promise<number> {
    for (let i = 0; i < 4; i++) {
      await new Promise((resolve) => setImmediate(resolve));
      collect();
    }
    return process.memoryUsage().heapUsed;
  }

  // What a first use costs once (compiled code, pools) is no leak; the log and its ring are full by then, too.
  await rounds(600);
  const heapBefore = await heapBytes();
  const resourcesBefore = process.getActiveResourcesInfo().length;
  await rounds(ROUNDS);
  const grownBytes = (await heapBytes()) - heapBefore;
  clearInterval(talking);

  expect(server.feed.size()).toBe(0);
  // A request that breaks off before it was read is the client's affair.
  const faults = server.faults.filter((fault) => !fault.includes(BROKEN_OFF));
  expect(faults).toEqual([]);
  expect(process.getActiveResourcesInfo().length).toBeLessThanOrEqual(resourcesBefore + 5);
  // The log goes on growing by what is said; a feed that stayed would hold 40 KB.
  expect(grownBytes / ROUNDS).toBeLessThan(1_500);
  await server.close();
}, 600_000);
