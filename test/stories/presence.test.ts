import { describe, expect, test } from "vitest";
import { announce, type Person, refusalOf, refused, summarize } from "../support/people.js";
import { everyTransport, openRoom } from "./room.js";

const GRACE_MS = 30_000;
const IDLE_MS = 300_000;

describe.each(everyTransport)("presence over %s", (over) => {
  test("joins and leaves are announced with the number online", async () => {
    const room = await openRoom(over);
    const ada = await room.join("ada");
    const feed = ada.listen();
    await feed.next("caughtUp");
    const bob = await room.join("bob");
    await bob.chat.logout({}, bob.options);
    await feed.next("left");
    expect(feed.summary()).toEqual(["hello", "caughtUp", "+bob", "-bob"]);
  });

  test("logout ends the token and the open feeds, and frees the nickname", async () => {
    const room = await openRoom(over);
    const ada = await room.login("ada");
    const feed = ada.listen();
    await feed.next("caughtUp");
    await ada.chat.logout({}, ada.options);
    const goodbye = await feed.next("goodbye");
    expect(goodbye.kind.value).toMatchObject({ reason: 2, reconnect: false });
    expect((await feed.ended)?.code).toBe(16); // unauthenticated
    expect(await refused(ada.say("still here?"))).toMatchObject({ reason: "NOT_LOGGED_IN" });
    expect(await refused(ada.chat.logout({}, ada.options))).toMatchObject({ reason: "NOT_LOGGED_IN" });
    await room.login("ada");
  });

  test("reconnecting within the grace period is not announced", async () => {
    const room = await openRoom(over);
    const [ada, bob] = [await room.join("ada"), await room.join("bob")];
    const watching = bob.listen();
    await watching.next("caughtUp");
    const first = ada.listen();
    await first.next("caughtUp");
    await first.close();
    await room.hasFeeds(1);
    room.clock.advance(GRACE_MS - 1_000);
    const second = ada.listen({ after: first.cursor });
    await second.next("caughtUp");
    room.clock.advance(GRACE_MS * 10);
    await bob.say("nothing happened");
    await watching.next("groupMessage");
    expect(watching.summary()).toEqual(["hello", "caughtUp", "bob: nothing happened"]);
  });

  test("after the grace period the nickname is free, with one announcement", async () => {
    const room = await openRoom(over);
    const [ada, bob] = [await room.join("ada"), await room.join("bob")];
    const watching = bob.listen();
    await watching.next("caughtUp");
    const feed = ada.listen();
    await feed.next("caughtUp");
    await feed.close();
    await room.hasFeeds(1);
    expect(await refused(room.join("ada"))).toMatchObject({ reason: "NICKNAME_TAKEN" });
    room.clock.advance(GRACE_MS + 1_000);
    await watching.next("left");
    const again = await room.join("ada");
    expect(again.id).not.toBe(ada.id);
    expect(await refused(ada.say("me too"))).toMatchObject({ reason: "NOT_LOGGED_IN" });
    await bob.say("end");
    await watching.next("groupMessage");
    expect(watching.summary()).toEqual(["hello", "caughtUp", "-ada", "+ada", "bob: end"]);
  });

  test("a member without a feed stays for the idle time after the last call", async () => {
    const room = await openRoom(over);
    const [ada, bob] = [await room.login("ada"), await room.login("bob")];
    await ada.say("here");
    const watching = bob.listen();
    await watching.next("caughtUp");
    room.clock.advance(IDLE_MS - 1_000);
    await ada.say("still here");
    room.clock.advance(IDLE_MS - 1_000);
    await ada.say("and still");
    room.clock.advance(IDLE_MS + 1_000);
    await watching.next("left");
    expect(watching.summary()).toEqual(["hello", "caughtUp", "ada: still here", "ada: and still", "-ada"]);
  });

  test("private messages of an earlier holder of the nickname are not visible", async () => {
    const room = await openRoom(over);
    const [ada, bob] = [await room.join("ada"), await room.join("bob")];
    await bob.sendTo("ada", "for your eyes only");
    await ada.chat.logout({}, ada.options);
    const impostor = await room.join("ada");
    const feed = impostor.listen({ backlog: 100 });
    await feed.next("caughtUp");
    expect(feed.summary().join()).not.toContain("eyes");
  });
});

describe.each(everyTransport)("a silent login over %s", (over) => {
  /** Ada, with a feed, and what it shows of what happens until she says "done". */
  async function openWatchedRoom() {
    const room = await openRoom(over);
    const ada = await room.login("ada");
    const feed = ada.listen();
    await feed.next("caughtUp");
    const shown = async () => {
      const { id } = await ada.say("done");
      while ((await feed.next("groupMessage")).id !== id);
      return feed.summary().slice(2, -1);
    };
    return { room, ada, shown };
  }
  const users = async ({ chat, options }: Person) =>
    (await chat.listUsers({}, options)).users.map(({ nickname }) => nickname);

  test("lists and reads, and the room learns of neither its beginning nor its end", async () => {
    const { room, ada, shown } = await openWatchedRoom();
    await ada.say("before");
    const bob = await room.login("bob");
    expect(await users(bob)).toEqual(["ada"]);
    const { events } = await bob.chat.listEvents({}, bob.options);
    expect(events.map(summarize)).toEqual(["+ada", "ada: before"]);
    expect(await refused(room.login("BOB"))).toMatchObject({ reason: "NICKNAME_TAKEN" });
    await bob.chat.logout({}, bob.options);
    expect(await refused(users(bob))).toMatchObject({ reason: "NOT_LOGGED_IN" });
    await room.login("bob");
    expect(await shown()).toEqual(["ada: before"]);
  });

  test("ends with the idle time, and leaves no event", async () => {
    const { room, shown } = await openWatchedRoom();
    const bob = await room.login("bob");
    room.clock.advance(IDLE_MS - 1_000);
    await users(bob);
    room.clock.advance(IDLE_MS - 1_000);
    await users(bob);
    room.clock.advance(IDLE_MS + 1_000);
    await expect
      .poll(() =>
        room.login("bob").then(
          () => "free",
          (error) => refusalOf(error).reason,
        ),
      )
      .toBe("free");
    expect(await refused(users(bob))).toMatchObject({ reason: "NOT_LOGGED_IN" });
    expect(await shown()).toEqual([]);
  });

  test("is in no list and no count, and cannot be addressed", async () => {
    const { room, ada } = await openWatchedRoom();
    await room.login("bob");
    expect(await users(ada)).toEqual(["ada"]);
    expect((await ada.listen().next("caughtUp")).kind.value.online).toBe(1);
    const refusal = await refused(ada.sendTo("bob", "are you there?"));
    expect(refusal).toMatchObject({ reason: "USER_NOT_FOUND", detail: { suggestion: "" } });
  });

  test("switches group messages off without being announced", async () => {
    const { room, shown } = await openWatchedRoom();
    const bob = await room.login("bob");
    expect(await bob.chat.toggleIgnore({}, bob.options)).toMatchObject({ ignoring: true });
    expect(await refused(bob.say("unheard"))).toMatchObject({ reason: "IGNORING" });
    expect(await shown()).toEqual([]);
    expect((await bob.listen().next("hello")).kind.value.ignoring).toBe(true);
    expect(await shown()).toEqual(["ada: done", "+bob"]);
  });

  test.each<[string, (bob: Person) => Promise<unknown>, string[]]>([
    ["a feed", (bob) => announce(bob), []],
    ["a group message", (bob) => bob.say("hello"), ["bob: hello"]],
    ["a private message", (bob) => bob.sendTo("ada", "psst"), ["bob -> ada: psst"]],
    ["a message to itself", (bob) => bob.sendTo("BOB", "note"), []],
  ])("is announced by its first call of such: %s, and before it", async (_, call, sent) => {
    const { room, ada, shown } = await openWatchedRoom();
    const bob = await room.login("bob");
    await Promise.all([call(bob), announce(bob), announce(bob)]);
    await call(bob);
    expect(await users(ada)).toEqual(["ada", "bob"]);
    await bob.chat.logout({}, bob.options);
    expect((await shown()).filter((line) => !line.startsWith("undelivered"))).toEqual([
      "+bob",
      ...sent,
      ...sent,
      "-bob",
    ]);
  });

  test("stays silent by calls that are refused", async () => {
    const { room, shown } = await openWatchedRoom();
    const bob = await room.login("bob");
    expect(await refused(bob.say(""))).toMatchObject({ reason: "TEXT_INVALID" });
    expect(await refused(bob.sendTo("nobody", "psst"))).toMatchObject({ reason: "USER_NOT_FOUND" });
    expect((await bob.listen({ after: "x" }).ended)?.rawMessage).toBeDefined();
    expect(await shown()).toEqual([]);
  });
});

describe.each(everyTransport)("login over %s", (over) => {
  test("a retry after a lost response returns the same member with a fresh token, announced once", async () => {
    const room = await openRoom(over);
    const secret = "0123456789abcdef0123";
    const bob = await room.login("bob");
    const watching = bob.listen();
    await watching.next("caughtUp");
    const [first, second] = await Promise.all([room.login("ada", secret), room.login("ada", secret)]);
    const third = await room.login("ada", secret);
    expect(new Set([first.id, second.id, third.id]).size).toBe(1);
    expect(new Set([first.token, second.token, third.token]).size).toBe(3);
    await third.say("it is me");
    await watching.next("groupMessage");
    expect(watching.summary()).toEqual(["hello", "caughtUp", "+ada", "ada: it is me"]);
    expect(await refused(room.login("ada", "another secret of 16+"))).toMatchObject({
      reason: "NICKNAME_TAKEN",
    });
  });

  test("a taken nickname, or its look-alike, is refused with a free suggestion", async () => {
    const room = await openRoom(over);
    await room.login("coco");
    for (const name of ["coco", "COCO", "ｃｏｃｏ", "сосо"]) {
      const answer = await refused(room.login(name));
      expect(answer).toMatchObject({ code: "AlreadyExists", reason: "NICKNAME_TAKEN" });
      await expect(
        room.login(answer.detail!.suggestion).then((p) => p.chat.logout({}, p.options)),
      ).resolves.toBeDefined();
    }
  });

  test.each(["admin", "Server", "adm1n", "系统", "管理員", "所有人", "help", "ls", "quit", "everyone"])(
    "%s is reserved",
    async (name) => {
      const room = await openRoom(over);
      expect(await refused(room.login(name))).toMatchObject({
        code: "AlreadyExists",
        reason: "NICKNAME_RESERVED",
      });
    },
  );

  test.each([
    "",
    " ",
    "ada lovelace",
    "@ada",
    "/ada",
    "a#b",
    "a:b",
    "a,b",
    "\u200bada",
    "ada\u202e",
    "\u3164",
    "\u{13441}",
    "x".repeat(25),
    "\u0007",
  ])("%j is not a nickname", async (name) => {
    const room = await openRoom(over);
    const answer = await refused(room.login(name));
    expect(answer).toMatchObject({ code: "InvalidArgument", reason: "NICKNAME_INVALID" });
    expect(answer.detail?.field).toBe("nickname");
  });

  test("calls before login are refused", async () => {
    const room = await openRoom(over);
    const { chat } = await room.login("ada");
    for (const headers of [{}, { authorization: "Bearer nonsense" }, { authorization: "Basic YTpi" }]) {
      const options = { headers };
      // The owner of a registered nickname sends with its secret.
      const isBasic = headers.authorization?.startsWith("Basic");
      const sending = [
        chat.broadcast({ text: "hi" }, options),
        chat.sendTo({ recipient: "ada", text: "hi" }, options),
      ];
      for (const call of sending)
        expect(await refused(call)).toMatchObject(
          isBasic
            ? { code: "PermissionDenied", reason: "SECRET_INVALID" }
            : { code: "Unauthenticated", reason: "NOT_LOGGED_IN" },
        );
      const calls = [chat.listUsers({}, options), chat.toggleIgnore({}, options), chat.logout({}, options)];
      for (const call of calls)
        expect(await refused(call)).toMatchObject({ code: "Unauthenticated", reason: "NOT_LOGGED_IN" });
    }
  });
});
