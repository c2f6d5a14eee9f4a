// The files for three servers: the proxies', and the engine's part of the compose file.
import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createClient } from "@redis/client";
import { describe, expect, onTestFinished, test, vi } from "vitest";
import { hasOpenssl, makeCertificate } from "../support/certificates.js";
import { login } from "../support/people.js";
import { hasRedis, type RedisServer, startRedis } from "../support/redis-server.js";
import { openServer } from "../support/server.js";
import { connections } from "../support/transports.js";
import { fileWith, has } from "./support/files.js";
import { clusterKinds, type Kind, startProxy } from "./support/proxies.js";
import { prompt, talks, transportsTo } from "./support/talking.js";

const servers = 3;

async function startEngine(flags?: readonly string[]): Promise<RedisServer> {
  const engine = await startRedis(flags);
  onTestFinished(() => engine.dispose());
  return engine;
}

async function startOn(store: string) {
  const server = await openServer({ flags: ["--trusted-proxy", "127.0.0.1", "--store", store] });
  onTestFinished(() => server.close());
  return server;
}

async function start(kind: Kind) {
  const engine = await startEngine();
  const all = await Promise.all(Array.from({ length: servers }, () => startOn(engine.url)));
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
      const leave: (() => Promise<void>)[] = [];
      for (const [i, [name, make]] of Object.entries(transports).entries())
        leave.push(await talks(name, make(), `ada${i}`));
      expect(all.map(({ app }) => app.counts().feeds > 0)).toEqual(all.map(() => true));
      const readers = Object.entries(transports).map(async ([name, make], i) => {
        const reader = await login(make(), `bob${i}`);
        const feed = reader.listen();
        await prompt(`caught_up over ${name}`, feed.next("caughtUp"));
        leave.push(() => feed.close());
        return { name, reader, feed };
      });
      const [first, ...others] = await Promise.all(readers);
      await first!.reader.say("to all");
      for (const { name, feed } of others)
        await prompt(`a message of another server over ${name}`, feed.next("groupMessage"));
      await Promise.all(leave.map((close) => close()));
    });

    test("passes over a server that has gone, for clients that repeat nothing", async () => {
      const { all, transports } = await start(kind);
      for (const [i, name] of ["Connect over HTTP/1.1", "gRPC"].entries()) {
        const ada = await login(transports[name]!(), `ada${i}`);
        // Each server has connections by now.
        for (let n = 0; n < 6; n++) await ada.say(`message ${n}`);
        await all[i]!.close();
        for (let n = 0; n < 12; n++) await ada.say(`message ${n} without server ${i}`);
      }
    });
  });
});

describe.skipIf(!hasRedis())("deploy/compose.cluster.yaml", () => {
  const password = "0123456789abcdef";

  /** What the file starts the engine with. */
  function engineFlags(): string[] {
    const file = fileWith("deploy/compose.cluster.yaml", [
      // biome-ignore lint/suspicious/noTemplateCurlyInString: Compose replaces it
      ["${PARLANCE_STORE_PASSWORD:?letters and digits}", password],
    ]);
    const [, command = ""] = /^ +command:\s+(\[[^\]]*\])$/m.exec(file) ?? [];
    const [program, ...flags] = JSON.parse(command.replace(/,(?=\s*\]$)/, "")) as string[];
    expect(program).toBe("valkey-server");
    return flags;
  }

  test("its engine keeps what is acknowledged when it is killed, and its user has what a server needs and no more", async () => {
    const engine = await startEngine(engineFlags());
    const url = `redis://parlance:${password}@127.0.0.1:${engine.port}`;
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

    const client = createClient({ url });
    await client.connect();
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
