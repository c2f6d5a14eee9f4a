import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type IncomingHttpHeaders, request } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { brotliCompressSync, brotliDecompressSync, gunzipSync, gzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createPages, readPage } from "./pages.js";

const folder = mkdtempSync(join(tmpdir(), "parlance-page-"));
const html = "<!doctype html><title>room</title>";
const element = 'export * from "./assets/parlance-room-C3D4.js";';
const script = "export const room = 1;\n".repeat(20);

function write(name: string, text: string): void {
  writeFileSync(join(folder, name), text);
  writeFileSync(join(folder, `${name}.br`), brotliCompressSync(text));
  writeFileSync(join(folder, `${name}.gz`), gzipSync(text));
}

mkdirSync(join(folder, "assets"));
write("index.html", html);
write("assets/main-A1B2.js", script);
write("parlance-room.js", element);
write("service-worker.js", script);
writeFileSync(join(folder, "secret.txt"), "not for anyone");

const server = createServer(
  createPages({ files: readPage(folder)!, frameAncestors: ["https://a.example"] }, (_, response) => {
    response.end("text for programs");
  }),
);
beforeAll(() => new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve)));
afterAll(() => {
  server.close();
  rmSync(folder, { recursive: true });
});

interface Received {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

/** `path` goes out as it is, unlike with `fetch`. */
function get(path: string, headers: Record<string, string> = {}, method = "GET"): Promise<Received> {
  const { port } = server.address() as AddressInfo;
  return new Promise((resolve, reject) => {
    const call = request({ host: "127.0.0.1", port, path, method, headers }, (response) => {
      const chunks: Buffer[] = [];
      response.on("data", (chunk) => chunks.push(chunk));
      response.on("end", () =>
        resolve({ status: response.statusCode!, headers: response.headers, body: Buffer.concat(chunks) }),
      );
    });
    call.on("error", reject).end();
  });
}

test("there is no page while one of its parts is absent, as after a build that was broken off", () => {
  const parts = ["assets", "parlance-room.js", "service-worker.js", "index.html"];
  const broken = mkdtempSync(join(tmpdir(), "parlance-page-"));
  for (const part of parts) {
    expect(readPage(broken)).toBeUndefined();
    if (part === "assets") mkdirSync(join(broken, part));
    else writeFileSync(join(broken, part), "x");
  }
  expect(readPage(broken)).toBeDefined();
  rmSync(broken, { recursive: true });
});

const browser = { accept: "text/html,application/xhtml+xml,*/*;q=0.8" };

describe("the address of the room", () => {
  test("is the page for browsers", async () => {
    const { status, headers, body } = await get("/", browser);
    expect([status, body.toString()]).toEqual([200, html]);
    expect(headers).toMatchObject({
      "content-type": "text/html; charset=utf-8",
      "cache-control": "no-cache",
      vary: "accept, accept-encoding",
      "x-content-type-options": "nosniff",
      "referrer-policy": "no-referrer",
      "cross-origin-opener-policy": "same-origin",
    });
    expect(headers["content-security-policy"]).toMatch(/^default-src 'none'; script-src 'self';/);
    expect(headers["content-security-policy"]).toContain("frame-ancestors https://a.example;");
    expect(headers["content-security-policy"]).not.toContain("unsafe");
  });

  test.each([{}, { accept: "*/*" }, { accept: "text/plain" }, { accept: "text/html;q=0, */*" }])(
    "is a text for %o",
    async (headers) => {
      const received = await get("/", headers as Record<string, string>);
      expect(received.body.toString()).toBe("text for programs");
      expect(received.headers.vary).toBe("accept");
    },
  );

  test("is not another page with a query, nor for what only looks like it", async () => {
    expect((await get("/?a=b", browser)).body.toString()).toBe(html);
    expect((await get("/index.html", browser)).body.toString()).toBe("text for programs");
  });
});

test("the service worker is at the root, and asked for again each time", async () => {
  const { headers, body } = await get("/service-worker.js");
  expect(headers).toMatchObject({
    "content-type": "text/javascript; charset=utf-8",
    "cache-control": "no-cache",
    "x-content-type-options": "nosniff",
  });
  expect(body.toString()).toBe(script);
});

describe("an asset", () => {
  test.each([
    ["br, gzip", "br", brotliDecompressSync],
    ["gzip, deflate", "gzip", gunzipSync],
    ["br;q=0, gzip;q=0.5", "gzip", gunzipSync],
    ["*", "br", brotliDecompressSync],
    ["identity", undefined, (body: Buffer) => body],
    ["", undefined, (body: Buffer) => body],
  ])("goes out by accept-encoding %j as %s", async (accept, encoding, decode) => {
    const { headers, body } = await get("/assets/main-A1B2.js", { "accept-encoding": accept });
    expect(headers["content-encoding"]).toBe(encoding);
    expect(headers["cache-control"]).toBe("public, max-age=31536000, immutable");
    expect(Number(headers["content-length"])).toBe(body.length);
    expect(decode(body).toString()).toBe(script);
  });

  test("has another strong etag for each encoding, and is not sent twice", async () => {
    const plain = (await get("/assets/main-A1B2.js")).headers.etag!;
    const compressed = (await get("/assets/main-A1B2.js", { "accept-encoding": "br" })).headers.etag!;
    expect(plain).toMatch(/^"[\w-]{22}"$/);
    expect(compressed).not.toBe(plain);
    const known = { "accept-encoding": "br", "if-none-match": `"other", W/${compressed}` };
    const { status, headers, body } = await get("/assets/main-A1B2.js", known);
    expect([status, headers.etag, body.length]).toEqual([304, compressed, 0]);
    expect((await get("/assets/main-A1B2.js", { "if-none-match": compressed })).status).toBe(200);
  });

  test("has no body for HEAD, and no other method", async () => {
    const head = await get("/assets/main-A1B2.js", {}, "HEAD");
    expect([head.status, head.headers["content-length"], head.body.length]).toEqual([
      200,
      `${script.length}`,
      0,
    ]);
    const post = await get("/assets/main-A1B2.js", {}, "POST");
    expect([post.status, post.headers.allow]).toEqual([405, "GET, HEAD"]);
  });

  test.each([
    "/assets/../secret.txt",
    "/assets/%2e%2e/secret.txt",
    "/assets/..%2fsecret.txt",
    "/assets/main-A1B2.js.br",
    "/assets/",
    "/assets",
    "/secret.txt",
  ])("is never at %s", async (path) => {
    expect((await get(path, browser)).body.toString()).toBe("text for programs");
  });
});

describe("the element for other pages", () => {
  test("has an address that stays, may be loaded from any origin, and is to be revalidated", async () => {
    const { status, headers, body } = await get("/parlance-room.js", { origin: "https://a.example" });
    expect([status, body.toString()]).toEqual([200, element]);
    expect(headers).toMatchObject({
      "content-type": "text/javascript; charset=utf-8",
      "cache-control": "no-cache",
      "access-control-allow-origin": "*",
      "x-content-type-options": "nosniff",
    });
    const again = await get("/parlance-room.js", { "if-none-match": headers.etag! });
    expect([again.status, again.headers["access-control-allow-origin"]]).toEqual([304, "*"]);
  });

  test("loads its parts from there, which the page itself is not", async () => {
    const { headers } = await get("/assets/main-A1B2.js", { origin: "https://a.example" });
    expect(headers["access-control-allow-origin"]).toBe("*");
    expect((await get("/", browser)).headers["access-control-allow-origin"]).toBeUndefined();
  });
});

test("a folder without a page has none", () => {
  expect(readPage(join(folder, "assets"))).toBeUndefined();
});
