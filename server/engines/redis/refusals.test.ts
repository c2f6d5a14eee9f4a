import { getCACertificates, setDefaultCACertificates } from "node:tls";
import { describe, expect, onTestFinished, test } from "vitest";
import { hasOpenssl, makeCertificate } from "../../../test/support/certificates.js";
import { freePort } from "../../../test/support/free-port.js";
import { recordObservations } from "../../../test/support/observations.js";
import { hasRedis, type RedisServer, startRedis } from "../../../test/support/redis-server.js";
import { Unavailable } from "../../room/ports.js";
import { systemClock } from "../../system.js";
import { bytes } from "../contract/events.js";
import { createRedisStore } from "../redis.js";
import { StoreRefused } from "../store-refused.js";
import { testIds } from "../test-ids.js";
import { checkServer, fieldsOf } from "./settings.js";

const durable = ["--appendonly", "yes", "--appendfsync", "always"];

async function started(flags: readonly string[] = durable): Promise<RedisServer> {
  const server = await startRedis(flags);
  onTestFinished(() => server.dispose());
  return server;
}

function storeOf(url: string) {
  const { seen, observe } = recordObservations();
  const store = createRedisStore({ url, room: "main", clock: systemClock, ids: testIds, observe });
  onTestFinished(() => store.close());
  return { store, seen };
}

test("a server that is too old is refused, and a replica is waited for", () => {
  const old = fieldsOf("redis_version:6.2.14\r\nrole:master\r\n");
  expect(() => checkServer(old, "redis://a")).toThrow(
    new StoreRefused("redis://a is Redis 6.2.14; a store needs Redis 7.0 or Valkey 8.0 at least"),
  );
  const replica = fieldsOf("redis_version:7.2.4\r\nrole:slave\r\nmaster_host:b\r\nmaster_port:6379\r\n");
  expect(() => checkServer(replica, "redis://a")).toThrow(/redis:\/\/a is a replica of b:6379/);
});

test("without a server the store may become available", async () => {
  const { store } = storeOf(`redis://127.0.0.1:${await freePort()}`);
  const opening = store.open();
  await expect(opening).rejects.toThrow(Unavailable);
  await expect(opening).rejects.toThrow(/ECONNREFUSED/);
  await expect(store.log.append(bytes("x"))).rejects.toMatchObject({ outcome: "not-applied" });
});

describe.skipIf(!hasRedis())("a server", () => {
  test.each([
    [
      "without an append-only file",
      ["--appendonly", "no"],
      /has appendonly no: a restart would lose messages/,
    ],
    ["that does not flush", ["--appendonly", "yes", "--appendfsync", "no"], /has appendfsync no/],
    ["that evicts", [...durable, "--maxmemory-policy", "allkeys-lru"], /needs noeviction/],
  ])("%s is refused", async (_, flags, message) => {
    const { store } = storeOf((await started(flags)).url);
    const opening = store.open();
    await expect(opening).rejects.toThrow(StoreRefused);
    await expect(opening).rejects.toThrow(message);
  });

  test("that flushes every second costs a warning", async () => {
    const { store, seen } = storeOf((await started(["--appendonly", "yes"])).url);
    await store.open();
    expect(seen).toMatchObject([{ kind: "store_settings_doubted", warning: /a power cut may lose/ }]);
  });

  test("that does not permit CONFIG costs a warning", async () => {
    const server = await started([
      ...durable,
      "--user",
      ..."default on nopass ~* &* +@all -config".split(" "),
    ]);
    const { store, seen } = storeOf(server.url);
    await store.open();
    expect(seen).toMatchObject([{ kind: "store_settings_doubted", warning: /does not permit CONFIG GET/ }]);
    expect(await store.log.append(bytes("x"))).toMatchObject({ seq: 1 });
  });

  test("that wants another password refuses, and the message contains none", async () => {
    const server = await started([...durable, "--requirepass", "secret"]);
    const wrong = storeOf(`redis://:guessed@127.0.0.1:${server.port}`).store.open();
    await expect(wrong).rejects.toThrow(StoreRefused);
    await expect(wrong).rejects.toThrow(/refuses: WRONGPASS/);
    await expect(wrong).rejects.not.toThrow(/guessed/);
    await expect(storeOf(server.url).store.open()).rejects.toThrow(/refuses: NOAUTH/);
    const { store } = storeOf(`redis://:secret@127.0.0.1:${server.port}`);
    await store.open();
    expect(await store.log.append(bytes("x"))).toMatchObject({ seq: 1 });
  });

  test.skipIf(!hasOpenssl)("over TLS is used only if its certificate is trusted", async () => {
    const [{ cert, key, ca }, tlsPort] = [makeCertificate(), await freePort()];
    const tls = ["--tls-port", `${tlsPort}`, "--tls-cert-file", cert, "--tls-key-file", key];
    await started([...durable, ...tls, "--tls-ca-cert-file", cert, "--tls-auth-clients", "no"]);
    const url = `rediss://127.0.0.1:${tlsPort}`;
    await expect(storeOf(url).store.open()).rejects.toThrow(/self-signed certificate/);
    const trusted = getCACertificates("default");
    onTestFinished(() => setDefaultCACertificates(trusted));
    setDefaultCACertificates([...trusted, ca.toString()]);
    const { store } = storeOf(url);
    await store.open();
    expect(await store.log.append(bytes("x"))).toMatchObject({ seq: 1 });
  });

  test("with a room of a newer version is refused", async () => {
    const server = await started();
    await server.command("HSET", "{parlance:main}:g", "format", "2");
    await expect(storeOf(server.url).store.open()).rejects.toThrow(
      /was written by a newer parlance-server \(its format is 2, this one knows 1\)/,
    );
  });

  test("keeps its stored format until an operator raises it, and then refuses older versions", async () => {
    const server = await started();
    const { seen, observe } = recordObservations();
    const common = { url: server.url, room: "main", clock: systemClock, ids: testIds, observe };
    const open = async (knownFormat: number, wantedFormat = 0) => {
      const store = createRedisStore({ ...common, knownFormat, wantedFormat });
      onTestFinished(() => store.close());
      await store.open();
      return store;
    };
    const format = () => server.command("HGET", "{parlance:main}:g", "format");
    const older = await open(1);
    const newer = await open(2);
    for (const store of [older, newer, older]) await store.log.append(bytes("x"));
    expect((await newer.log.read(null, 9)).entries).toHaveLength(3);
    expect(await format()).toBe("$1\r\n1\r\n");
    await open(2, 2);
    expect(await format()).toBe("$1\r\n2\r\n");
    expect(seen).toEqual([{ kind: "store_format_raised", from: 1, to: 2 }]);
    await expect(open(1)).rejects.toThrow(/its format is 2, this one knows 1/);
    expect(await older.log.append(bytes("x"))).toMatchObject({ seq: 4 });
  });

  test("out of memory refuses writes as not applied, and keeps what it has", async () => {
    const server = await started();
    const { store } = storeOf(server.url);
    await store.open();
    await store.log.append(bytes("kept"));
    await server.command("CONFIG", "SET", "maxmemory", "1");
    await expect(store.log.append(bytes("x"))).rejects.toMatchObject({ outcome: "not-applied" });
    await expect(store.values.put("k", bytes("x"))).rejects.toMatchObject({ outcome: "not-applied" });
    await server.command("CONFIG", "SET", "maxmemory", "0");
    expect(await store.log.append(bytes("next"))).toMatchObject({ seq: 2 });
  });
});
