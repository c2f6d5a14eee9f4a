import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { StatementSync } from "node:sqlite";
import { createClient } from "@connectrpc/connect";
import { createGrpcTransport } from "@connectrpc/connect-node";
import { expect, onTestFinished, test, vi } from "vitest";
import { Health, HealthCheckResponse_ServingStatus as Status } from "../../gen/health/v1/health_pb.js";
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
