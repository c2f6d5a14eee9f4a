import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { frame, frameType, HTTP2_EMPTY_SETTINGS, HTTP2_PREFACE } from "../support/raw-http2.js";
import { openRaw } from "../support/raw-peer.js";
import { listen, type TestServer } from "../support/server.js";

let server: TestServer;
let port: number;
beforeAll(async () => {
  server = await listen();
  port = Number(new URL(server.url).port);
});
afterAll(async () => {
  expect(server.logged).toEqual([]);
  await server.close();
});

const HELP = "/parlance.v1.ChatService/Help";
const GET_HELP = `${HELP}?connect=v1&encoding=json&message=%7B%7D`;
/** The server still serves calls. */
async function expectAlive(): Promise<void> {
  const response = await fetch(`${server.url}${GET_HELP}`);
  await response.arrayBuffer();
  expect(response.status).toBe(200);
}

const unreadable = ["[", "a b", "x:y", "x:99999", "%zz", "[::1", "a/b", "user@host", "a#b", "a\\b", " "];

describe("HTTP/1.1", () => {
  const post = "content-type: application/json\r\ncontent-length: 2\r\nconnection: close\r\n\r\n{}";
  const requests = {
    POST: (lines: string) => `POST ${HELP} HTTP/1.1\r\n${lines}${post}`,
    GET: (lines: string) => `GET ${GET_HELP} HTTP/1.1\r\n${lines}connection: close\r\n\r\n`,
    "GET /": (lines: string) => `GET / HTTP/1.1\r\n${lines}connection: close\r\n\r\n`,
  };

  async function answer(bytes: string | Buffer): Promise<string> {
    const peer = await openRaw(port);
    await peer.send(bytes);
    await peer.ended();
    peer.socket.destroy();
    return peer.text();
  }

  describe.each(Object.entries(requests))("%s", (_, request) => {
    test.each(["", ...unreadable])("the Host %j is refused, and the server keeps serving", async (host) => {
      expect(await answer(request(`host: ${host}\r\n`))).toMatch(/^HTTP\/1\.1 400 /);
      await expectAlive();
    });
    test("a missing Host is refused", async () => {
      expect(await answer(request(""))).toMatch(/^HTTP\/1\.1 400 /);
    });
  });

  test("returns a machine-readable error", async () => {
    const text = await answer(requests.POST("host: [\r\n"));
    expect(JSON.parse(text.slice(text.indexOf("\r\n\r\n") + 4))).toEqual({
      code: "invalid_argument",
      message: "the Host header or :authority is not a host and port",
    });
  });

  test.each(["a.example", "a.example:80", "127.0.0.1:1", "[::1]:80", "xn--fsqu00a.example"])(
    "the Host %j is served",
    async (host) => {
      expect(await answer(Buffer.from(requests.POST(`host: ${host}\r\n`)))).toMatch(/^HTTP\/1\.1 200 /);
    },
  );

  test("HTTP/1.0 without a Host is served", async () => {
    expect(await answer(`POST ${HELP} HTTP/1.0\r\n${post}`)).toMatch(/^HTTP\/1\.1 200 /);
    expect(await answer(`GET ${GET_HELP} HTTP/1.0\r\n\r\n`)).toMatch(/^HTTP\/1\.1 200 /);
  });

  test("no bytes in headers crash the server", async () => {
    const names = fc.constantFrom("host", "content-type", "connection", "te", "accept-language", "origin");
    const bytes = fc.uint8Array({ maxLength: 24 }).map((value) => Buffer.from(value).toString("latin1"));
    const lines = fc.array(fc.tuple(names, bytes), { maxLength: 4 });
    await fc.assert(
      fc.asyncProperty(fc.constantFrom("1.0", "1.1"), lines, async (version, headers) => {
        const head = headers.map(([name, value]) => `${name}: ${value}\r\n`).join("");
        await answer(
          Buffer.from(`GET ${GET_HELP} HTTP/${version}\r\n${head}connection: close\r\n\r\n`, "latin1"),
        );
        await expectAlive();
      }),
      { numRuns: 100 },
    );
  });
});

describe("HTTP/2", () => {
  type Field = readonly [name: string, value: string];

  /** A header block of literal fields without indexing (RFC 7541, section 6.2.2), each shorter than 127 bytes. */
  function block(fields: readonly Field[]): Buffer {
    return Buffer.concat(
      fields.flatMap(([name, value]) => {
        const [key, bytes] = [Buffer.from(name, "latin1"), Buffer.from(value, "latin1")];
        return [Buffer.of(0, key.length), key, Buffer.of(bytes.length), bytes];
      }),
    );
  }

  const HEADERS = 1;
  const RST_STREAM = 3;
  const GOAWAY = 7;
  const END_STREAM_AND_HEADERS = 5;

  /** What the server sends for one request without a body: the frames' types, and the bytes of HEADERS. */
  async function ask(fields: readonly Field[]): Promise<{ types: number[]; headers: Buffer }> {
    const peer = await openRaw(port);
    await peer.send(
      HTTP2_PREFACE,
      HTTP2_EMPTY_SETTINGS,
      frame(HEADERS, END_STREAM_AND_HEADERS, 1, block(fields)),
    );
    const types: number[] = [];
    let headers: Buffer = Buffer.alloc(0);
    await expect
      .poll(() => {
        types.length = 0;
        let rest = peer.received();
        while (rest.length >= 9) {
          const size = 9 + rest.readUIntBE(0, 3);
          if (rest.length < size) break;
          types.push(frameType(rest)!);
          if (frameType(rest) === HEADERS) headers = rest.subarray(9, size);
          rest = rest.subarray(size);
        }
        return types.some((type) => [HEADERS, RST_STREAM, GOAWAY].includes(type));
      })
      .toBe(true);
    peer.socket.destroy();
    return { types, headers };
  }

  const get = (...more: Field[]): Field[] => [
    [":method", "GET"],
    [":scheme", "http"],
    [":path", GET_HELP],
    ...more,
  ];
  /** Indexed fields of the static table (RFC 7541, appendix A). */
  const STATUS_200 = 0x88;
  const STATUS_400 = 0x8c;

  test.each(["", ...unreadable])(
    "the :authority %j is refused, and the server goes on",
    async (authority) => {
      const { types, headers } = await ask(get([":authority", authority]));
      if (types.includes(HEADERS)) expect(headers[0]).toBe(STATUS_400);
      await expectAlive();
    },
  );

  test.each(unreadable)(
    "the host %j without :authority is refused, and the server keeps serving",
    async (host) => {
      const { types, headers } = await ask(get(["host", host]));
      if (types.includes(HEADERS)) expect(headers[0]).toBe(STATUS_400);
      await expectAlive();
    },
  );

  test("neither :authority nor host is a stream error, and the server keeps serving", async () => {
    expect((await ask(get())).types).toContain(RST_STREAM);
    await expectAlive();
  });

  test("an authority is served", async () => {
    expect((await ask(get([":authority", "a.example:80"]))).headers[0]).toBe(STATUS_200);
  });

  test("no bytes in headers crash the server", async () => {
    const names = fc.constantFrom(":authority", "host", "content-type", "te", "accept-language", "origin");
    const bytes = fc.uint8Array({ maxLength: 24 }).map((value) => Buffer.from(value).toString("latin1"));
    const fields = fc.array(fc.tuple(names, bytes), { maxLength: 4 });
    await fc.assert(
      fc.asyncProperty(fields, async (more) => {
        await ask(get(...more));
        await expectAlive();
      }),
      { numRuns: 100 },
    );
  });
});
