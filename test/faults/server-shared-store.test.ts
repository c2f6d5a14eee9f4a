/** Servers on one redis-server that is away, is emptied, or that one of them does not reach. */
import { describe, expect, onTestFinished, test } from "vitest";
import { GapReason, GoodbyeReason } from "../../gen/parlance/v1/event_pb.js";
import { createRedisStore } from "../../server/engines/redis.js";
import { systemClock, systemIds } from "../../server/system.js";
import { login, type Person, personOf, refusalOf, refused } from "../support/people.js";
import { startServer } from "../support/process.js";
import { hasRedis, type RedisServer, startRedis } from "../support/redis-server.js";
import { openServer } from "../support/server.js";
import { connections } from "../support/transports.js";

const WAIT = { timeout: 20_000 };
const unavailable = { code: "Unavailable", reason: "STORE_UNAVAILABLE" };

async function startEngine(): Promise<RedisServer> {
  const engine = await startRedis();
  onTestFinished(() => engine.dispose());
  return engine;
}

/** A person's calls and feeds by one server. */
function clientOf(url: string) {
  const { transport, cut } = connections["gRPC, h2c"](url);
  onTestFinished(cut);
  return {
    here: ({ nickname, id, token }: Person) => personOf(transport, nickname, id, token),
    login: (nickname: string) => login(transport, nickname),
    readyz: async () => {
      const response = await fetch(`${url}/readyz`);
      return `${response.status} ${await response.text()}`;
    },
  };
}

async function openHere(engine: RedisServer) {
  const server = await openServer({ flags: ["--store", engine.url] });
  onTestFinished(() => server.close());
  return clientOf(server.url);
}

/** Two servers on an engine; ada has logged in at one and reads at the other. */
async function openTwo() {
  const engine = await startEngine();
  const [a, b] = [await openHere(engine), await openHere(engine)];
  const ada = await a.login("ada");
  const feed = b.here(ada).listen();
  const { cursor: start } = await feed.next("caughtUp");
  return { engine, a, b, ada, feed, start };
}

describe.skipIf(!hasRedis())("servers on one redis-server", () => {
  test("keep their feeds while it is away for less than a lease, and go on when it is back", async () => {
    const { engine, a, b, ada, feed } = await openTwo();
    await engine.stop();
    expect(await refused(a.here(ada).say("lost"))).toMatchObject(unavailable);
    expect(await refused(a.login("bob"))).toMatchObject(unavailable);
    expect([await a.readyz(), await b.readyz()]).toEqual(["200 ready\n", "200 ready\n"]);
    await engine.start();
    const say = () => a.here(ada).say("back", "request 1");
    await expect.poll(() => say().then(() => "said", String), WAIT).toBe("said");
    expect((await feed.next("groupMessage")).event?.kind).toMatchObject({ value: { text: "back" } });
    expect(feed.summary()).not.toContain("goodbye");
    await feed.close();
  });

  test("end their feeds and are not ready once it was away for a lease; then all stays go on", async () => {
    const { engine, a, b, ada, feed } = await openTwo();
    await engine.stop();
    const goodbye = await feed.next("goodbye");
    expect(goodbye.kind.value).toMatchObject({ reason: GoodbyeReason.UNSPECIFIED, reconnect: true });
    expect(refusalOf((await feed.ended)!)).toMatchObject(unavailable);
    for (const { readyz } of [a, b]) await expect.poll(readyz, WAIT).toBe("503 cut off from the store\n");
    await engine.start();
    for (const { readyz } of [a, b]) await expect.poll(readyz, WAIT).toBe("200 ready\n");
    const again = a.here(ada).listen({ after: goodbye.cursor });
    expect((await again.next("hello")).kind).toMatchObject({ value: { resumed: true } });
    await b.here(ada).say("here again");
    await again.next("groupMessage");
    expect(again.summary()).not.toContain("-ada");
    await again.close();
  });

  test("one that is paused past its lease goes on with its feeds", async () => {
    const engine = await startEngine();
    const { url, child, stop } = await startServer(["--store", engine.url]);
    onTestFinished(async () => {
      await stop("SIGKILL");
    });
    const [a, b] = [clientOf(url), await openHere(engine)];
    const common = { url: engine.url, room: "main", clock: systemClock, ids: systemIds };
    const store = createRedisStore({ ...common, inspects: true });
    await store.open();
    onTestFinished(() => store.close());
    const ada = await a.login("ada");
    const feed = a.here(ada).listen();
    await feed.next("caughtUp");
    child.kill("SIGSTOP");
    await expect.poll(() => store.names.find("ada"), WAIT).toMatchObject({ live: false });
    child.kill("SIGCONT");
    await expect.poll(() => store.names.find("ada"), WAIT).toMatchObject({ live: true });
    await b.here(ada).say("after the pause");
    await feed.next("groupMessage");
    expect(feed.summary()).not.toContain("goodbye");
    await feed.close();
  });

  test("refuse messages while it is out of memory, keep feeds and leases, and go on when it has some", async () => {
    const { engine, a, b, ada, feed } = await openTwo();
    const say = () => a.here(ada).say("at last", "request 1");
    const leases = () => engine.command("ZRANGE", "{parlance:main}:leases", "0", "-1", "WITHSCORES");
    await engine.command("CONFIG", "SET", "maxmemory", "1");
    const before = await leases();
    expect(await refused(say())).toMatchObject(unavailable);
    expect(await refused(b.login("bob"))).toMatchObject(unavailable);
    await expect.poll(leases, WAIT).not.toBe(before);
    expect([await a.readyz(), await b.readyz()]).toEqual(["200 ready\n", "200 ready\n"]);
    await engine.command("CONFIG", "SET", "maxmemory", "0");
    await expect.poll(() => say().then(() => "said", String), WAIT).toBe("said");
    expect((await feed.next("groupMessage")).event?.kind).toMatchObject({ value: { text: "at last" } });
    expect(feed.summary()).toEqual(["hello", "caughtUp", "ada: at last"]);
    await feed.close();
  });

  test("let everyone log in again when it was emptied", async () => {
    const { engine, a, b, ada, feed, start } = await openTwo();
    await engine.command("FLUSHALL");
    const goodbye = await feed.next("goodbye");
    expect(goodbye.kind.value).toMatchObject({ reason: GoodbyeReason.SESSION_EXPIRED, reconnect: false });
    expect(await refused(b.here(ada).say("x"))).toMatchObject({ reason: "NOT_LOGGED_IN" });
    const next = a.here(await a.login("ada")).listen({ after: start });
    const gap = await next.next("gap");
    expect(gap.kind.value).toMatchObject({ reason: GapReason.STORE_REPLACED });
    await next.close();
  });
});
