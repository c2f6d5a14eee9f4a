import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { StatementSync } from "node:sqlite";
import { createClient } from "@connectrpc/connect";
import { createGrpcTransport } from "@connectrpc/connect-node";
import { expect, onTestFinished, test, vi } from "vitest";
import { Health, HealthCheckResponse_ServingStatus as Status } from "../../gen/health/v1/health_pb.js";
import { createManualClock } from "../support/manual-clock.js";
import { login, refused } from "../support/people.js";
import { openServer } from "../support/server.js";

/** SQLITE_FULL. */
const FULL = 13;

test("a store that fails makes the server not ready, but not dead, until writes succeed again", async () => {
  let isFull = false;
  const { run } = StatementSync.prototype;
  const running = vi.spyOn(StatementSync.prototype, "run").mockImplementation(function (
    this: StatementSync,
    ...values
  ) {
    if (isFull && this.sourceSQL === "commit")
      throw Object.assign(new Error("database or disk is full"), { code: "ERR_SQLITE_ERROR", errcode: FULL });
    return Reflect.apply(run, this, values);
  });
  const ending = new AbortController();
  const folder = mkdtempSync(join(tmpdir(), "parlance-"));
  const server = await openServer({ flags: ["--store", `sqlite:${join(folder, "room.db")}`] });
  onTestFinished(async () => {
    running.mockRestore();
    ending.abort();
    await server.close();
    rmSync(folder, { recursive: true });
  });
  const transport = createGrpcTransport({ baseUrl: server.url });
  const ada = await login(transport, "ada");
  const watch = createClient(Health, transport).watch({}, { signal: ending.signal })[Symbol.asyncIterator]();
  const health = async () => (await watch.next()).value?.status;
  const get = async (path: string) => {
    const response = await fetch(server.url + path);
    return `${response.status} ${await response.text()}`;
  };

  expect([await health(), await get("/readyz")]).toEqual([Status.SERVING, "200 ready\n"]);
  isFull = true;
  await refused(ada.say("hello"));
  expect(await health()).toBe(Status.NOT_SERVING);
  expect(await get("/readyz")).toBe("503 the store cannot be written\n");
  expect(await get("/healthz")).toBe("200 ok\n");
  isFull = false;
  await ada.say("hello");
  expect([await health(), await get("/readyz")]).toEqual([Status.SERVING, "200 ready\n"]);
  expect(server.logged).toEqual([
    expect.stringMatching(/level=error msg="the store cannot be written" error="/),
  ]);
});

test("a server that drains is not ready and serves on; then its feeds end, and calls are served until it closes", async () => {
  const clock = createManualClock();
  const server = await openServer({ flags: ["--drain", "5s"], clock });
  onTestFinished(() => server.close());
  const transport = createGrpcTransport({ baseUrl: server.url });
  const ada = await login(transport, "ada");
  const feed = ada.listen();
  await feed.next("caughtUp");
  const drained = server.app.drain();
  const readyz = await fetch(`${server.url}/readyz`);
  expect([readyz.status, await readyz.text()]).toEqual([503, "shutting down\n"]);
  clock.advance(4_999);
  await ada.say("while draining");
  await feed.next("groupMessage");
  await login(transport, "bob");
  clock.advance(1);
  const goodbye = await feed.next("goodbye");
  expect(goodbye.kind.value).toMatchObject({ reconnect: true });
  await drained;
  await ada.say("after the goodbye");
});

test("closing ends a drain", async () => {
  const server = await openServer({ flags: ["--drain", "10m"] });
  const drained = server.app.drain();
  await server.close();
  await drained;
});
