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

const greet = (headers: IncomingHttpHeaders) => get("/", headers)?.body;

test("responses name the software and its version; what is nobody's is passed on", () => {
  expect(get("/healthz")?.headers.server).toBe("test/1.2.3");
  expect(get("/")?.headers.server).toBe("test/1.2.3");
  expect(get("/other")).toBeUndefined();
});

test.each([
  ["chat.example.org", "http://chat.example.org"],
  ["[::1]:12231", "http://[::1]:12231"],
  ["10.0.0.7:80", "http://10.0.0.7:80"],
])("the greeting shows the host %s as the address to join", (host, url) => {
  expect(greet({ host })).toContain(`parlance --server ${url}\n`);
});

test("behind a proxy that speaks TLS the address begins with https", () => {
  expect(greet({ host: "chat.example.org", "x-forwarded-proto": "https" })).toContain(
    "https://chat.example.org\n",
  );
});

test.each(["a b", "x;rm -rf ~", "$(id)", "a\u001b[2J", "", undefined])(
  "a host that is none (%j) is never shown to be pasted into a shell",
  (host) => {
    expect(greet({ ...(host !== undefined && { host }) })).toContain("parlance --server http://HOST:PORT\n");
  },
);
