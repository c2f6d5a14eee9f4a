/** Whole servers on one store, as behind a load balancer that sends each call to another one. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { createClient } from "@connectrpc/connect";
import { createConnectTransport } from "@connectrpc/connect-node";
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from "vitest";
import { GoodbyeReason } from "../../gen/parlance/v1/event_pb.js";
import { ModerationService } from "../../gen/parlance/v1/moderation_service_pb.js";
import { createMemoryStore } from "../../server/engines/memory.js";
import { systemClock, systemIds } from "../../server/system.js";
import { lend } from "../support/lending.js";
import { login, type Person, personOf, refused } from "../support/people.js";
import { hasRedis, type RedisServer, startRedis } from "../support/redis-server.js";
import { openServer, type ServerOptions } from "../support/server.js";
import { connections } from "../support/transports.js";

/** Every second server is called over the other protocol. */
const protocols = [connections["Connect, HTTP/1.1"], connections["gRPC, h2c"]];
const secret = "0123456789abcdef0123";

/** What each server of a room that begins is opened with. */
type Share = () => Promise<() => Promise<ServerOptions>>;

describe.skipIf(!hasRedis())("two servers on one redis-server", () => {
  let engine: RedisServer;
  beforeAll(async () => {
    engine = await startRedis();
  });
  afterAll(() => engine.dispose());

  conversations(async () => {
    const flags = ["--store", engine.url, "--room", `room-${systemIds.random()}`];
    return async () => ({ flags });
  });
});

describe("two servers that borrow one store", () => {
  conversations(async () => {
    const store = createMemoryStore({ clock: systemClock, ids: systemIds });
    await store.open();
    const { borrow } = await lend(store);
    return async () => ({ store: (await borrow()).lent });
  });
});

function conversations(share: Share): void {
  async function openServers(count = 2) {
    const optionsOf = await share();
    const open = async (i: number) => {
      const options = await optionsOf();
      const socket = join(mkdtempSync(join(tmpdir(), "parlance-two-")), "admin");
      const flags = [...(options.flags ?? []), "--admin-socket", socket];
      const server = await openServer({ ...options, flags });
      const { transport, cut } = protocols[i % protocols.length]!(server.url);
      onTestFinished(async () => {
        cut();
        await server.close();
        rmSync(dirname(socket), { recursive: true });
        expect(server.logged).toEqual([]);
      });
      const nodeOptions = { socketPath: socket, agent: false } as const;
      const operator = createClient(
        ModerationService,
        createConnectTransport({ baseUrl: "http://localhost", httpVersion: "1.1", nodeOptions }),
      );
      /** The same person, calling here. */
      const here = ({ nickname, id, token }: Person) => personOf(transport, nickname, id, token);
      return {
        server,
        here,
        operator,
        login: (name: string, requestId = "") => login(transport, name, requestId),
      };
    };
    return Promise.all(Array.from({ length: count }, (_, i) => open(i)));
  }

  test("a conversation is one at both of them", async () => {
    const [a, b] = await openServers();
    const ada = await a!.login("ada");
    const bob = await b!.login("bob");
    const [ofAda, ofBob] = [b!.here(ada).listen(), a!.here(bob).listen()];
    for (const feed of [ofAda, ofBob]) await feed.next("hello");
    await a!.here(ada).say("hello from a");
    await b!.here(ada).sendTo("BOB", "psst");
    await b!.here(bob).say("hello from b");
    await ofBob.next("groupMessage");
    await ofBob.next("privateMessage");
    const last = await ofBob.next("groupMessage");
    expect(last.event?.kind).toMatchObject({ value: { text: "hello from b" } });
    await ofAda.next("groupMessage");
    await ofAda.next("groupMessage");
    const pages = [a!, b!].map(({ here }) => here(ada).chat.listUsers({}, here(ada).options));
    for (const page of await Promise.all(pages))
      expect(page.users.map(({ nickname }) => nickname)).toEqual(["ada", "bob"]);
    await Promise.all([ofAda.close(), ofBob.close()]);
  });

  test("each message is in the history that the other one returns next, and a retry there is the same message", async () => {
    const [a, b] = await openServers();
    const ada = await a!.login("ada");
    for (let i = 0; i < 30; i++) {
      const [from, to] = i % 2 === 0 ? [a!, b!] : [b!, a!];
      const sent = await from.here(ada).say(`message ${i}`, `request ${i}`);
      const { events } = await to.here(ada).chat.listEvents({ pageSize: 1 }, to.here(ada).options);
      expect(events[0]?.kind).toMatchObject({ value: { text: `message ${i}` } });
      expect((await to.here(ada).say(`message ${i}`, `request ${i}`)).cursor).toBe(sent.cursor);
    }
  });

  test("a nickname that is registered at one is its owner's at the other, with the messages sent meanwhile", async () => {
    const [a, b] = await openServers();
    for (let i = 0; i < 10; i++) {
      const [from, to] = i % 2 === 0 ? [a!, b!] : [b!, a!];
      const guest = await from.login(`ada${i}`);
      const { secret: own } = await guest.chat.registerNickname({}, guest.options);
      await guest.chat.logout({}, guest.options);
      const bob = await to.login(`bob${i}`);
      expect(await refused(bob.chat.login({ nickname: `ada${i}` }))).toMatchObject({
        reason: "NICKNAME_REGISTERED",
      });
      expect(await bob.sendTo(`ada${i}`, "psst")).toMatchObject({ stored: true });
      const { token, user, leftCursor } = await bob.chat.login({ nickname: `ada${i}`, secret: own });
      expect(user?.id).toBe(guest.id);
      const feed = from.here({ ...guest, token }).listen({ after: leftCursor });
      await feed.next("privateMessage");
      await feed.close();
    }
  });

  test("of two who register one nickname at once, at two servers, the last secret alone is valid", async () => {
    const [a, b] = await openServers();
    for (let i = 0; i < 10; i++) {
      const ada = await a!.login(`ada${i}`);
      await a!.here(ada).say("hi");
      const secrets = await Promise.all(
        [a!, b!].map(async ({ here }) => {
          const at = here(ada);
          return (await at.chat.registerNickname({ requestId: "r" }, at.options)).secret;
        }),
      );
      const tries = await Promise.allSettled(
        secrets.map((own) => ada.chat.login({ nickname: `ada${i}`, secret: own })),
      );
      expect(tries.map(({ status }) => status).sort()).toEqual(["fulfilled", "rejected"]);
    }
  });

  test("an absent owner posts at both, and neither joins nor leaves", async () => {
    const [a, b] = await openServers();
    const guest = await a!.login("ada");
    const { secret: own } = await guest.chat.registerNickname({}, guest.options);
    await guest.chat.logout({}, guest.options);
    const bob = await a!.login("bob");
    const feed = bob.listen();
    await feed.next("caughtUp");
    const credentials = Buffer.from(`ada:${own}`).toString("base64");
    const options = { headers: { authorization: `Basic ${credentials}` } };
    const posts = Array.from({ length: 20 }, (_, i) =>
      (i % 2 === 0 ? a! : b!).here(bob).chat.broadcast({ text: `post ${i}`, requestId: `r${i}` }, options),
    );
    await Promise.all(posts);
    for (const _ of posts) await feed.next("groupMessage");
    expect(feed.events.map(({ kind }) => kind.case)).toEqual(posts.map(() => "groupMessage"));
    await feed.close();
  });

  test("a toggle at one refuses the next message at the other, every time", async () => {
    const [a, b] = await openServers();
    const ada = await a!.login("ada");
    const [atA, atB] = [a!.here(ada), b!.here(ada)];
    for (let i = 0; i < 30; i++) {
      await atA.chat.toggleIgnore({ ignoring: true }, atA.options);
      await expect(atB.say("hello")).rejects.toThrow(/failed_precondition/);
      await atB.chat.toggleIgnore({ ignoring: false }, atB.options);
      await atA.say("hello");
    }
  });

  test("of 40 nicknames asked for at both at once, half of them look-alikes, each is given once", async () => {
    const [a, b] = await openServers();
    for (let i = 0; i < 40; i++) {
      const other = i % 2 === 0 ? `coco${i}` : `сосо${i}`;
      const both = await Promise.allSettled([a!.login(`coco${i}`), b!.login(other)]);
      expect(both.map(({ status }) => status).sort()).toEqual(["fulfilled", "rejected"]);
    }
    const retried = await Promise.all([a!, b!, a!, b!].map((one) => one.login("ada", secret)));
    expect(new Set(retried.map(({ id }) => id)).size).toBe(1);
  });

  test("what a moderator does at one holds at the other, every time", async () => {
    const [a, b] = await openServers();
    const ada = await a!.login("ada");
    const atB = b!.here(ada);
    for (let i = 0; i < 3; i++) {
      const target = { case: "userId", value: ada.id } as const;
      await a!.operator.mute({ target, duration: { seconds: 60n, nanos: 0 } });
      await expect(atB.say("hello")).rejects.toThrow(/permission_denied/);
      await a!.operator.mute({ target, duration: { seconds: 0n, nanos: 0 } });
      const { id } = await atB.say("secret");
      expect((await atB.chat.redact({ ids: [id] }, atB.options)).erased).toBe(1);
      const nickname = `guest${i}`;
      const { ban } = await a!.operator.ban({ target: { case: "nickname", value: nickname } });
      await expect(b!.login(nickname)).rejects.toThrow(/permission_denied/);
      await b!.operator.unban({ id: ban!.id });
      await a!.login(nickname);
    }
    const feed = b!.here(ada).listen({ backlog: 100 });
    await feed.next("caughtUp");
    expect(feed.summary().some((text) => text.includes("secret"))).toBe(false);
    await a!.operator.kick({ target: { case: "userId", value: ada.id } });
    const goodbye = await feed.next("goodbye");
    expect(goodbye.kind).toMatchObject({ value: { reason: GoodbyeReason.REMOVED } });
  }, 60_000);

  test("Logout at one ends the feed at the other and the token at both", async () => {
    const [a, b] = await openServers();
    const ada = await a!.login("ada");
    const feed = a!.here(ada).listen();
    await feed.next("caughtUp");
    const atB = b!.here(ada);
    await atB.chat.logout({}, atB.options);
    const goodbye = await feed.next("goodbye");
    expect(goodbye.kind).toMatchObject({ value: { reconnect: false } });
    for (const { here } of [a!, b!]) await expect(here(ada).say("x")).rejects.toThrow(/unauthenticated/);
  });

  test("a server that is closed hands its members on", async () => {
    const [a, b] = await openServers();
    const ada = await a!.login("ada");
    const feed = a!.here(ada).listen();
    await feed.next("caughtUp");
    await a!.server.close();
    await feed.next("goodbye");
    const again = b!.here(ada).listen({ after: feed.items.at(-1)!.cursor });
    const hello = await again.next("hello");
    expect(hello.kind).toMatchObject({ value: { resumed: true } });
    await b!.here(ada).say("still here");
    await again.next("groupMessage");
    await again.close();
  });

  test("caught_up and what follows it count the members that ListUsers counts", async () => {
    const [a, b] = await openServers();
    const ada = await a!.login("ada");
    const feed = b!.here(ada).listen();
    for (let i = 0; i < 10; i++) {
      const guest = await (i % 2 === 0 ? a! : b!).login(`guest${i}`);
      const there = (i % 3 === 0 ? a! : b!).here(guest);
      await there.say("hello");
      if (i % 2 === 0) await there.chat.logout({}, there.options);
    }
    const last = await a!.here(ada).say("count now");
    while (feed.items.at(-1)?.cursor !== last.cursor) await feed.next("groupMessage");
    const count = feed.items.reduce((sum, { kind }) => {
      if (kind.case === "caughtUp") return sum + kind.value.online;
      return sum + (kind.case === "joined" ? 1 : kind.case === "left" ? -1 : 0);
    }, 0);
    for (const { here } of [a!, b!]) {
      const { totalSize } = await here(ada).chat.listUsers({}, here(ada).options);
      expect(totalSize).toBe(count);
    }
    expect(count).toBe(6);
    await feed.close();
  });
}
