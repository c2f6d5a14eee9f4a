import type { IncomingHttpHeaders, OutgoingHttpHeaders } from "node:http";
import { expect, test } from "vitest";
import { createHealthz } from "./healthz.js";

test("every answer names the software and its version", () => {
  const said: unknown[] = [];
  const respond = createHealthz({ serving: () => true }, "test/1.2.3");
  for (const url of ["/healthz", "/", "/nope"]) {
    const writeHead = (_status: number, { server }: OutgoingHttpHeaders) => said.push(server);
    respond({ method: "GET", url, headers: {} }, { writeHead, end: () => undefined });
  }
  expect(said).toEqual(["test/1.2.3", "test/1.2.3", "test/1.2.3"]);
});

function greet(headers: IncomingHttpHeaders): string {
  let body = "";
  createHealthz({ serving: () => true }, "test/1.2.3")(
    { method: "GET", url: "/", headers },
    {
      writeHead: () => undefined,
      end: (text) => {
        body = String(text);
      },
    },
  );
  return body;
}

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
