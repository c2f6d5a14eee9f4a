import { once } from "node:events";
import { connect as connectHttp2 } from "node:http2";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { frame, HTTP2_EMPTY_SETTINGS, HTTP2_PREFACE } from "../../../test/support/raw-http2.js";
import {
  begin,
  closeNow,
  eventually,
  openPort,
  openRaw,
  type TestPort,
} from "../../../test/support/raw-peer.js";

const GOAWAY = frame(7, 0, 0, Buffer.alloc(8));
const ACK = 1;
const PING_HEAD = frame(6, 0, 0, Buffer.alloc(8)).subarray(0, 9);
/** `GET http://a/` in HPACK: three entries of its static table, and :authority as a literal. */
const HEADERS = frame(1, 0b101, 1, Buffer.from([0x82, 0x84, 0x86, 0x01, 1, 0x61]));

let open: TestPort;
const closed = vi.fn();

beforeEach(async () => {
  closed.mockReset();
  open = await openPort({
    timeouts: { pingIntervalMs: 100, pingLimitMs: 100 },
    handler: (_request, response) => {
      begin(response, "begin");
      response.once("close", closed);
    },
  });
});

afterEach(() => open.port.close(closeNow));

test("a client that vanished without a word is noticed, and its stream ends", async () => {
  const raw = await openRaw(open.number);
  await raw.send(Buffer.concat([HTTP2_PREFACE, HTTP2_EMPTY_SETTINGS, HEADERS]));
  await eventually(() => expect(raw.text()).toContain("begin"));
  await eventually(() => expect(closed).toHaveBeenCalledOnce());
  await eventually(() => expect(open.port.connections()).toBe(0));
  raw.socket.destroy();
});

test("so is one that says goodbye while a PING waits for its answer, and then never closes", async () => {
  const raw = await openRaw(open.number);
  await raw.send(Buffer.concat([HTTP2_PREFACE, HTTP2_EMPTY_SETTINGS, HEADERS]));
  await eventually(() => expect(raw.received().includes(PING_HEAD)).toBe(true));
  await raw.send(GOAWAY);
  await eventually(() => expect(closed).toHaveBeenCalledOnce());
  await eventually(() => expect(open.port.connections()).toBe(0));
  raw.socket.destroy();
});

test("an answer that arrived while this process paused counts", async () => {
  const raw = await openRaw(open.number);
  await raw.send(Buffer.concat([HTTP2_PREFACE, HTTP2_EMPTY_SETTINGS, HEADERS]));
  let pings = 0;
  raw.socket.on("data", (chunk: Buffer) => {
    const at = chunk.indexOf(PING_HEAD);
    if (at < 0) return;
    pings++;
    const head = PING_HEAD.length;
    raw.socket.write(frame(6, ACK, 0, chunk.subarray(at + head, at + head + 8)));
    // Longer than the limit: its timer is due before the server can read the answer.
    if (pings === 1) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 300);
  });
  await eventually(() => expect(pings).toBeGreaterThan(2));
  expect(closed).not.toHaveBeenCalled();
  raw.socket.destroy();
});

test("a client that answers is left alone, however long it stays", async () => {
  const session = connectHttp2(`http://127.0.0.1:${open.number}`);
  let pings = 0;
  session.on("ping", () => pings++);
  const stream = session.request({ ":path": "/" });
  await once(stream, "response");
  await eventually(() => expect(pings).toBeGreaterThan(5));
  expect(closed).not.toHaveBeenCalled();
  expect(session.destroyed).toBe(false);
  session.destroy();
});

test("a client that said goodbye and still reads its stream is left alone", async () => {
  const [leaving, staying] = [
    connectHttp2(`http://127.0.0.1:${open.number}`),
    connectHttp2(`http://127.0.0.1:${open.number}`),
  ];
  const stream = leaving.request({ ":path": "/" });
  await once(stream, "response");
  leaving.close();
  let pings = 0;
  staying.on("ping", () => pings++);
  await eventually(() => expect(pings).toBeGreaterThan(5));
  expect(closed).not.toHaveBeenCalled();
  expect(stream.destroyed).toBe(false);
  leaving.destroy();
  staying.destroy();
});
