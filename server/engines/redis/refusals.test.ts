import { getCACertificates, setDefaultCACertificates } from "node:tls";
import { describe, expect, onTestFinished, test } from "vitest";
import { hasOpenssl, makeCertificate } from "../../../test/support/certificates.js";
import { freePort } from "../../../test/support/free-port.js";
import { recordObservations } from "../../../test/support/observations.js";
import { DURABLE, engines, type RedisServer, startRedis } from "../../../test/support/redis-server.js";
import { startTlsFront } from "../../../test/support/tls-front.js";
import { Unavailable } from "../../room/ports.js";
import { systemClock } from "../../system.js";
import { bytes, readAll, texts } from "../contract/events.js";
import { createRedisStore } from "../redis.js";
import { StoreRefused } from "../store-refused.js";
import { testIds } from "../test-ids.js";
import { checkServer, fieldsOf } from "./settings.js";
import { storeOn } from "./test-store.js";

test("a server that is too old is refused, and a replica is waited for", () => {
  const old = fieldsOf("redis_version:6.2.14\r\nrole:master\r\n");
  expect(() => checkServer(old, "redis://a")).toThrow(
    new StoreRefused("redis://a is Redis 6.2.14; a store needs Redis 7.0 or Valkey 8.0 at least"),
  );
  const replica = fieldsOf("redis_version:7.2.4\r\nrole:slave\r\nmaster_host:b\r\nmaster_port:6379\r\n");
  expect(() => checkServer(replica, "redis://a")).toThrow(/redis:\/\/a is a replica of b:6379/);
});

test("without a server the store may become available", async () => {
  const { store } = storeOn(`redis://127.0.0.1:${await freePort()}`);
  const opening = store.open();
  await expect(opening).rejects.toThrow(Unavailable);
  await expect(opening).rejects.toThrow(/ECONNREFUSED/);
  await expect(store.log.append(bytes("x"))).rejects.toMatchObject({ outcome: "not-applied" });
});

for (const { program, isUsable } of engines)
  describe.skipIf(!isUsable)(`a server, ${program},`, () => {
    async function started(flags: readonly string[] = DURABLE): Promise<RedisServer> {
      const server = await startRedis(flags, program);
      onTestFinished(() => server.dispose());
      return server;
    }

    test.each([
      [
        "without an append-only file",
        ["--appendonly", "no"],
        /has appendonly no: a restart would lose messages/,
      ],
      ["that does not flush", ["--appendonly", "yes", "--appendfsync", "no"], /has appendfsync no/],
      ["that evicts", [...DURABLE, "--maxmemory-policy", "allkeys-lru"], /needs noeviction/],
    ])("%s is refused", async (_, flags, message) => {
      const { store } = storeOn((await started(flags)).url);
      const opening = store.open();
      await expect(opening).rejects.toThrow(StoreRefused);
      await expect(opening).rejects.toThrow(message);
    });

    test("that flushes every second costs a warning", async () => {
      const { store, seen } = storeOn((await started(["--appendonly", "yes"])).url);
      await store.open();
      expect(seen).toMatchObject([{ kind: "store_settings_doubted", warning: /a power cut may lose/ }]);
    });

    test("that does not permit CONFIG costs a warning", async () => {
      const server = await started([
        ...DURABLE,
        "--user",
        ..."default on nopass ~* &* +@all -config".split(" "),
      ]);
      const { store, seen } = storeOn(server.url);
      await store.open();
      expect(seen).toMatchObject([{ kind: "store_settings_doubted", warning: /does not permit CONFIG GET/ }]);
      expect(await store.log.append(bytes("x"))).toMatchObject({ seq: 1 });
    });

    test("that wants another password refuses, and the message contains none", async () => {
      const server = await started([...DURABLE, "--requirepass", "secret"]);
      const wrong = storeOn(`redis://:guessed@127.0.0.1:${server.port}`).store.open();
      await expect(wrong).rejects.toThrow(StoreRefused);
      await expect(wrong).rejects.toThrow(/refuses: WRONGPASS/);
      await expect(wrong).rejects.not.toThrow(/guessed/);
      await expect(storeOn(server.url).store.open()).rejects.toThrow(/refuses: NOAUTH/);
      const { store } = storeOn(`redis://:secret@127.0.0.1:${server.port}`);
      await store.open();
      expect(await store.log.append(bytes("x"))).toMatchObject({ seq: 1 });
    });

    test.skipIf(!hasOpenssl)("over TLS is used only if its certificate is trusted", async () => {
      const certificate = makeCertificate();
      const url = `rediss://127.0.0.1:${await startTlsFront((await started()).port, certificate)}`;
      const opening = storeOn(url).store.open();
      await expect(opening).rejects.toThrow(StoreRefused);
      await expect(opening).rejects.toThrow(/has no valid certificate: self-signed certificate \(NODE_EXTRA/);
      const trusted = getCACertificates("default");
      onTestFinished(() => setDefaultCACertificates(trusted));
      setDefaultCACertificates([...trusted, certificate.ca.toString()]);
      const { store } = storeOn(url);
      await store.open();
      expect(await store.log.append(bytes("x"))).toMatchObject({ seq: 1 });
    });

    test("with a room of a newer version is refused", async () => {
      const server = await started();
      await server.command("HSET", "{parlance:main}:g", "format", "2");
      await expect(storeOn(server.url).store.open()).rejects.toThrow(
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
      const { store } = storeOn(server.url);
      await store.open();
      await store.log.append(bytes("kept"));
      const lease = await store.names.lease(10_000);
      await server.command("CONFIG", "SET", "maxmemory", "1");
      await expect(store.log.append(bytes("x"))).rejects.toMatchObject({ outcome: "not-applied" });
      await expect(store.values.put("k", bytes("x"))).rejects.toMatchObject({ outcome: "not-applied" });
      // Otherwise the server would be cut off, and end its feeds.
      expect(await store.names.renew(lease, 10_000)).toBe(true);
      expect(await store.names.inspect(lease, 10_000)).toMatchObject({ renewed: true });
      expect(texts(await readAll(store))).toEqual(["kept"]);
      await server.command("CONFIG", "SET", "maxmemory", "0");
      expect(await store.log.append(bytes("next"))).toMatchObject({ seq: 2 });
    });
  });
