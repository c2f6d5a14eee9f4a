import { Code, ConnectError, createClient, createRouterTransport } from "@connectrpc/connect";
import { beforeEach, expect, test } from "vitest";
import {
  Health as HealthService,
  HealthCheckResponse_ServingStatus as Status,
} from "../../gen/health/v1/health_pb.js";
import { createHealth, type Health } from "./health.js";

const CHAT = "parlance.v1.ChatService";

let health: Health;
let shutdown: AbortController;

beforeEach(() => {
  health = createHealth([CHAT]);
  shutdown = new AbortController();
});

function connect() {
  return createClient(
    HealthService,
    createRouterTransport((router) => health.routes(router), { router: { shutdownSignal: shutdown.signal } }),
  );
}

test("nothing is serving until it is told so, and not after it is told to stop", async () => {
  const client = connect();
  const seen = [];
  seen.push((await client.check({})).status);
  health.setServing(true);
  seen.push(
    (await client.check({})).status,
    (await client.check({ service: CHAT })).status,
    health.serving(),
  );
  health.setServing(false);
  seen.push((await client.check({ service: CHAT })).status, health.serving());
  expect(seen).toEqual([Status.NOT_SERVING, Status.SERVING, Status.SERVING, true, Status.NOT_SERVING, false]);
});

test("Check of a service that is not here answers not_found", async () => {
  await expect(connect().check({ service: "acme.v1.Nope" })).rejects.toMatchObject({ code: Code.NotFound });
});

test("List answers the process and each service", async () => {
  health.setServing(true);
  const { statuses } = await connect().list({});
  expect(statuses).toMatchObject({ "": { status: Status.SERVING }, [CHAT]: { status: Status.SERVING } });
  expect(Object.keys(statuses)).toHaveLength(2);
});

test("Watch tells the present state, then each change, and nothing twice", async () => {
  const watch = connect().watch({ service: CHAT })[Symbol.asyncIterator]();
  const next = async () => (await watch.next()).value?.status;
  expect(await next()).toBe(Status.NOT_SERVING);
  const second = next();
  health.setServing(false);
  health.setServing(true);
  expect(await second).toBe(Status.SERVING);
  const third = next();
  health.setServing(true);
  health.setServing(false);
  expect(await third).toBe(Status.NOT_SERVING);
});

test("Watch of a service that is not here says so and stays open", async () => {
  const watch = connect().watch({ service: "acme.v1.Nope" })[Symbol.asyncIterator]();
  expect((await watch.next()).value?.status).toBe(Status.SERVICE_UNKNOWN);
  const second = watch.next();
  health.setServing(true);
  shutdown.abort(new ConnectError("server is shutting down", Code.Unavailable));
  await expect(second).rejects.toMatchObject({ code: Code.Unavailable });
});

test("at shutdown Watch hears the last state before it ends, as a failure and not as success", async () => {
  health.setServing(true);
  const watch = connect().watch({})[Symbol.asyncIterator]();
  await watch.next();
  const last = watch.next();
  health.setServing(false);
  shutdown.abort(new ConnectError("server is shutting down", Code.Unavailable));
  expect((await last).value?.status).toBe(Status.NOT_SERVING);
  await expect(watch.next()).rejects.toMatchObject({ code: Code.Unavailable });
});
