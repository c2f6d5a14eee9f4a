import type { IncomingHttpHeaders } from "node:http";
import { expect, test } from "vitest";
import type { PortRequest, PortResponse } from "../port/port.js";
import { createHealthz } from "./healthz.js";

/** What is sent for a GET; undefined if it is passed on. */
function get(url: string, headers: IncomingHttpHeaders = {}) {
  const sent = { headers: {} as Record<string, unknown>, body: "" };
  let passedOn = false;
  const response = {
    setHeader(name: string, value: unknown) {
      sent.headers[name] = value;
    },
    end(body: string) {
      sent.body = body;
    },
  };
  const handler = createHealthz({ reason: undefined }, "test/1.2.3", () => {
    passedOn = true;
  });
  handler({ method: "GET", url, headers } as PortRequest, response as unknown as PortResponse);
  return passedOn ? undefined : sent;
}

test("responses name the software and its version; what is nobody's is passed on", () => {
  expect(get("/healthz")?.headers.server).toBe("test/1.2.3");
  expect(get("/")?.headers.server).toBe("test/1.2.3");
  expect(get("/other")).toBeUndefined();
});

test.each([
  { host: "127.0.0.1:24020" },
  { ":authority": "upstream.internal" },
  { host: "a", "x-forwarded-host": "chat.example.org" },
])("the greeting shows no address, for %j may be that of an upstream", (headers) => {
  const greeting = get("/", headers)?.body;
  expect(greeting).toContain("parlance --server ADDRESS\n");
  expect(greeting).not.toMatch(/24020|upstream|http:\/\//);
});
