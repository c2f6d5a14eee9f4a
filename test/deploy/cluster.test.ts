// The files for three servers: the proxies', and the engine's part of the compose file.
import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createClient } from "@redis/client";
import { describe, expect, onTestFinished, test, vi } from "vitest";
import { runSharedCheck } from "../../server/cli/maintenance.js";
import { systemClock, systemIds } from "../../server/system.js";
import { hasOpenssl, makeCertificate } from "../support/certificates.js";
import { clusterEngineFlags, clusterStore } from "../support/cluster-engine.js";
import { type Listener, login, type Person } from "../support/people.js";
import { engines, hasRedis, type RedisServer, startRedis } from "../support/redis-server.js";
import { openServer } from "../support/server.js";
import { connections } from "../support/transports.js";
import { has } from "./support/files.js";
import { clusterKinds, type Kind, startProxy } from "./support/proxies.js";
import { prompt, transportsTo } from "./support/talking.js";

const servers = 3;

/** Whether it sends nothing more to a server that drains. Others send until the server refuses connections. */
const asksForReadiness = ({ name }: Kind) => name !== "nginx";

async function startEngine(flags?: readonly string[]): Promise<RedisServer> {
  const engine = await startRedis(flags);
  onTestFinished(() => engine.dispose());
  return engine;
}

async function startOn(store: string, ...flags: string[]) {
  const server = await openServer({ flags: ["--trusted-proxy", "127.0.0.1", "--store", store, ...flags] });
  onTestFinished(() => server.close());
  return server;
}

async function start(kind: Kind, ...flags: string[]) {
  const engine = await startEngine();
  const all = await Promise.all(Array.from({ length: servers }, () => startOn(engine.url, ...flags)));
  const folder = mkdtempSync(join(tmpdir(), `parlance-${kind.name}-`));
  const certificate = makeCertificate("localhost", folder);
  const urls = all.map(({ url }) => url);
  const proxy = await startProxy(kind, urls, folder, certificate);
  onTestFinished(() => proxy.stop());
  return { all, transports: transportsTo(proxy) };
}

describe.each(clusterKinds)("$title", (kind) => {
  describe.skipIf(!has(kind.name) || !hasOpenssl || !hasRedis())(`with ${kind.name} and redis-server`, () => {
    // On a busy machine a second is soon over; a proxy that buffers fails each time.
    test("passes every protocol on to each server, and they are one room", { retry: 2 }, async () => {
      const { all, transports } = await start(kind);
      const feedsOf = () => all.map(({ app }) => app.counts().feeds);
      const people: { readonly name: string; readonly self: Person; readonly feeds: Listener[] }[] = [];
      for (const [name, make] of Object.entries(transports)) {
        const self = await login(make(), `ada${people.length}`);
        const before = feedsOf();
        const feeds: Listener[] = [];
        while (feeds.length < servers) {
          const feed = self.listen();
          await prompt(`caught_up over ${name}`, feed.next("caughtUp"));
          feeds.push(feed);
        }
        expect(feedsOf()).toEqual(before.map((count) => count + 1));
        people.push({ name, self, feeds });
      }
      const everywhere = people.flatMap(({ name, feeds }) => feeds.map((feed) => ({ name, feed })));
      for (const { name: by, self } of people) {
        await self.say(`over ${by}`);
        const received = everywhere.map(async ({ name, feed }) => {
          const { kind } = await prompt(`a message by ${by} over ${name}`, feed.next("groupMessage"));
          expect(kind.value.text).toBe(`over ${by}`);
        });
        await Promise.all(received);
      }
      await Promise.all(everywhere.map(({ feed }) => feed.close()));
    });

    test("passes over a server that is stopped, for clients that repeat nothing", async () => {
      const { all, transports } = await start(kind, "--drain", "3s");
      for (const [i, name] of ["Connect over HTTP/1.1", "gRPC"].entries()) {
        const ada = await login(transports[name]!(), `ada${i}`);
        const { app, close } = all[i]!;
        let isGone = false;
        const stopping = app
          .drain()
          .then(close)
          .finally(() => {
            isGone = true;
          });
        while (!isGone && asksForReadiness(kind)) await ada.say(`a message while server ${i} stops`);
        await stopping;
        for (let n = 0; n < 12; n++) await ada.say(`message ${n} without server ${i}`);
      }
    });
  });
});

describe.skipIf(!hasRedis())("deploy/compose.cluster.yaml", () => {
  test("its engine keeps what is acknowledged when it is killed, and its user has what a server needs and no more", async () => {
    const engine = await startEngine(clusterEngineFlags());
    const url = clusterStore(engine);
    const server = await startOn(url);
    const { transport, cut } = connections["Connect, HTTP/1.1"](server.url);
    onTestFinished(cut);
    const ada = await login(transport, "ada", "0123456789abcdef0123");
    const feed = ada.listen();
    await feed.next("caughtUp");
    await ada.say("hello", "request 1");
    await feed.next("groupMessage");
    await ada.chat.toggleIgnore({ ignoring: true }, ada.options);
    await ada.chat.listUsers({}, ada.options);
    await ada.chat.logout({}, ada.options);
    await feed.next("goodbye");
    // No warning that the engine may lose or evict what it has.
    expect(server.logged).toEqual([]);
    const { sound, report } = await runSharedCheck(
      { url, room: "main" },
      { clock: systemClock, ids: systemIds },
    );
    expect([sound, report]).toEqual([true, expect.not.stringContaining("warning")]);

    const client = createClient({ url });
    await client.connect();
    expect(await client.sendCommand(["WAIT", "0", "1"])).toBe(0);
    if (engines.find(({ isUsable }) => isUsable)?.knowsWaitaof)
      expect(await client.sendCommand(["WAITAOF", "0", "0", "1"])).toEqual([1, 0]);
    const refused = [
      ["FLUSHALL"],
      ["KEYS", "*"],
      ["CONFIG", "SET", "appendonly", "no"],
      ["ACL", "LIST"],
      ["SET", "other", "x"],
      ["PUBLISH", "other", "x"],
    ];
    for (const command of refused) await expect(client.sendCommand(command)).rejects.toThrow(/^NOPERM/);
    expect(await engine.command("PING")).toMatch(/^-NOAUTH/);

    client.destroy();
    await engine.restart();
    const bob = await vi.waitFor(() => login(transport, "bob"), { timeout: 10_000, interval: 100 });
    const { events } = await bob.chat.listEvents({}, bob.options);
    expect(events.map(({ kind }) => kind.case)).toEqual(["joined", "groupMessage", "left"]);
  });
});
