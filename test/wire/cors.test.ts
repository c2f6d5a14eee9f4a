import { afterEach, describe, expect, test } from "vitest";
import { listen, type TestServer } from "../support/server.js";

let server: TestServer;
afterEach(() => server?.close());

const ask = (method: string, origin: string, headers: Record<string, string> = {}) =>
  fetch(`${server.url}/parlance.v1.ChatService/Help`, {
    method,
    headers: { origin, ...headers },
    ...(method === "POST" && { body: "{}" }),
  });
const preflight = {
  "access-control-request-method": "POST",
  "access-control-request-headers": "authorization",
};
const json = { "content-type": "application/json" };

describe("pages from other origins", () => {
  test("an allowed origin may call, with a token and over every web protocol", async () => {
    server = await listen("--allow-origin", "https://a.example, https://b.example");
    const answer = await ask("OPTIONS", "https://b.example", preflight);
    expect(answer.status).toBe(204);
    expect(answer.headers.get("access-control-allow-origin")).toBe("https://b.example");
    for (const header of ["authorization", "connect-protocol-version", "x-grpc-web", "content-type"])
      expect(answer.headers.get("access-control-allow-headers")?.toLowerCase()).toContain(header);
    const call = await ask("POST", "https://b.example", json);
    expect([call.status, call.headers.get("access-control-allow-origin")]).toEqual([
      200,
      "https://b.example",
    ]);
    expect(call.headers.get("access-control-expose-headers")?.toLowerCase()).toContain("grpc-status");
  });

  test("another origin receives no CORS headers that a browser would accept", async () => {
    server = await listen("--allow-origin", "https://a.example");
    for (const answer of [
      await ask("OPTIONS", "https://evil.example", preflight),
      await ask("POST", "https://evil.example", json),
    ])
      expect(answer.headers.get("access-control-allow-origin")).toBeNull();
  });

  test("by default no origin is allowed", async () => {
    server = await listen();
    expect(
      (await ask("POST", "https://a.example", json)).headers.get("access-control-allow-origin"),
    ).toBeNull();
  });
});
