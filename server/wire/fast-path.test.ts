import { once } from "node:events";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { connect } from "node:net";
import { Code, ConnectError } from "@connectrpc/connect";
import { afterEach, describe, expect, test } from "vitest";
import { ChatService } from "../../gen/parlance/v1/chat_service_pb.js";
import type { Member } from "../room/members/member.js";
import { createFastPath, type FastPathOptions, fastCall } from "./fast-path.js";

let server: Server;
afterEach(() => {
  server.closeAllConnections();
  server.close();
});

const path = "/parlance.v1.ChatService/Broadcast";

async function serve(answer: () => Promise<{ cursor: string }>): Promise<number> {
  const options: FastPathOptions = {
    calls: [fastCall(ChatService.method.broadcast, answer)],
    authenticate: async () => ({}) as Member,
    charge: () => undefined,
    callerOf: () => ({ address: undefined, budget: "", place: "" }),
    toError: (error) => ConnectError.from(error, Code.Unavailable),
    observe: () => undefined,
    readMaxBytes: 1_000,
    jsonOptions: { textDecoder: new TextDecoder("utf-8", { fatal: true }) },
  };
  const tryServe = createFastPath(options);
  server = createServer((request, response) => {
    if (!tryServe(request, response)) response.writeHead(418).end();
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return (server.address() as AddressInfo).port;
}

const ask = (port: number, headers: Record<string, string> = {}, body = "{}") =>
  fetch(`http://127.0.0.1:${port}${path}`, {
    method: "POST",
    headers: { "content-type": "application/json", ...headers },
    body,
  });

describe("the fast path", () => {
  test("refuses a call whose deadline has passed, once", async () => {
    const port = await serve(() => new Promise(() => undefined));
    const response = await ask(port, { "connect-timeout-ms": "20" });
    expect([response.status, await response.json()]).toEqual([
      504,
      { code: "deadline_exceeded", message: "the operation timed out" },
    ]);
  });

  test("leaves to Connect what is not plain", async () => {
    const port = await serve(async () => ({ cursor: "c" }));
    const plain = await ask(port);
    const others = [
      await ask(port, { "content-encoding": "gzip" }),
      await ask(port, { "content-type": "application/connect+json" }),
      await ask(port, {}, JSON.stringify({ text: "x".repeat(1_000) })),
      await fetch(`http://127.0.0.1:${port}${path}`),
      await fetch(`http://127.0.0.1:${port}${path}x`, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: "{}",
      }),
    ];
    expect([plain.status, ...others.map(({ status }) => status)]).toEqual([200, 418, 418, 418, 418, 418]);
  });

  test("a request that breaks off is not acted on", async () => {
    let calls = 0;
    const port = await serve(async () => ({ cursor: `${++calls}` }));
    const socket = connect(port, "127.0.0.1");
    socket.write(
      `POST ${path} HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: 9\r\n\r\n{"te`,
    );
    await once(server, "request");
    socket.destroy();
    await ask(port);
    expect(calls).toBe(1);
  });
});
