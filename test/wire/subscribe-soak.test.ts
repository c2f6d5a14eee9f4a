import { type ClientHttp2Session, connect as http2Connect } from "node:http2";
import { connect as netConnect, type Socket } from "node:net";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { expect, it, vi } from "vitest";
import { login } from "../support/people.js";
import { listen } from "../support/server.js";
import { connections } from "../support/transports.js";

/** Connects and drops; SOAK=10000 sets another number. */
const ROUNDS = Number(process.env.SOAK ?? 2_000);
const AT_ONCE = 20;
const PATH = "/parlance.v1.ChatService/Subscribe";
const NOTHING = Buffer.from([0, 0, 0, 0, 0]);

const BROKEN_OFF = "Premature close";

setFlagsFromString("--expose-gc");
const collect = runInNewContext("gc") as () => void;

/** Each reader has an address of its own, for the port counts what one address breaks off. */
function connectFrom(localAddress: string, url: URL): Socket {
  return netConnect({ host: url.hostname, port: Number(url.port), localAddress });
}

/** Opens a feed on its own socket, reads part of it, and drops it in one of several ways. */
async function byHttp1(url: URL, from: string, token: string, way: number): Promise<void> {
  const socket = connectFrom(from, url);
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

it(`${ROUNDS} opened and dropped feeds leak nothing`, async () => {
  const server = await listen(
    "--keep-events",
    "500",
    "--ring-events",
    "256",
    "--idle",
    "1d",
    "--grace",
    "1d",
  );
  const url = new URL(server.url);
  const entrance = connections["Connect, HTTP/1.1"](server.url);
  const people = await Promise.all(
    Array.from({ length: AT_ONCE }, (_, i) => login(entrance.transport, `reader${i}`)),
  );
  entrance.cut();
  const { transport, cut } = connections["gRPC, h2c"](server.url);
  const talker = await login(transport, "talker");
  let talking = true;
  const talk = (async () => {
    while (talking) {
      await talker.say("still here");
      await new Promise((resolve) => setTimeout(resolve, 2));
    }
  })();
  let way = 0;
  const quiet = () => expect(server.app.counts()).toEqual({ connections: 1, feeds: 0 });

  async function rounds(count: number): Promise<void> {
    await Promise.all(
      people.map(async ({ token }, person) => {
        const from = `127.0.0.${person + 2}`;
        const openSession = () =>
          http2Connect(server.url, { createConnection: () => connectFrom(from, url) });
        let session = openSession();
        for (let i = 0; i < count / AT_ONCE; i++) {
          const turn = way++;
          if (turn % 2) await byHttp1(url, from, token, turn >> 1);
          else await byHttp2(session, token, turn >> 1);
          // Node treats many resets on one session as an attack, rightly.
          if (i % 50 < 49) continue;
          session.close();
          session = openSession();
        }
        session.close();
      }),
    );
    // The sender's connection remains.
    await vi.waitFor(quiet, { timeout: 5_000 });
  }

  async function heapBytes(): Promise<number> {
    for (let i = 0; i < 4; i++) {
      await new Promise((resolve) => setImmediate(resolve));
      collect();
    }
    return process.memoryUsage().heapUsed;
  }

  // One-time costs (compiled code, pools) are not leaks; log and ring are full by then, too.
  await rounds(600);
  const heapBefore = await heapBytes();
  const resourcesBefore = process.getActiveResourcesInfo().length;
  await rounds(ROUNDS);
  const grownBytes = (await heapBytes()) - heapBefore;
  talking = false;
  await talk;
  cut();

  // A request that is aborted before it was read is not a fault of the server.
  const faults = server.logged.filter((fault) => !fault.includes(BROKEN_OFF));
  expect(faults).toEqual([]);
  expect(process.getActiveResourcesInfo().length).toBeLessThanOrEqual(resourcesBefore + 5);
  // The log keeps growing by messages; a leaked feed would hold 40 KB.
  expect(grownBytes / ROUNDS).toBeLessThan(1_500);
  await server.close();
}, 600_000);
