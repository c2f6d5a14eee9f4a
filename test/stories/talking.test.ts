import { describe, expect, test } from "vitest";
import { Presence } from "../../gen/parlance/v1/chat_service_pb.js";
import { type Person, refused } from "../support/people.js";
import { everyTransport, openRoom } from "./room.js";

describe.each(everyTransport)("messages over %s", (over) => {
  test("everyone receives a group message, including the sender, in the same order", async () => {
    const room = await openRoom(over);
    const [ada, ming] = [await room.join("ada"), await room.join("小明")];
    const feeds = [ada.listen(), ming.listen()];
    for (const feed of feeds) await feed.next("caughtUp");
    await ada.say("hello");
    await ming.say("大家好");
    for (const feed of feeds) {
      await feed.next("groupMessage");
      await feed.next("groupMessage");
      expect(feed.summary()).toEqual(["hello", "caughtUp", "ada: hello", "小明: 大家好"]);
    }
  });

  test("the response has the id, cursor and time that the feeds send", async () => {
    const room = await openRoom(over);
    const [ada, bob] = [await room.join("ada"), await room.join("bob")];
    const feed = ada.listen();
    await feed.next("caughtUp");
    const responses = [await ada.say("hello"), await ada.sendTo("bob", "psst")];
    const events = [await feed.next("groupMessage"), await feed.next("privateMessage")];
    expect(events.map(({ id, cursor, time }) => ({ id, cursor, time }))).toEqual(
      responses.map(({ id, cursor, time }) => ({ id, cursor, time })),
    );
    expect(responses.map(({ duplicate }) => duplicate)).toEqual([false, false]);
    expect(events[0]!.kind.value).toMatchObject({ sender: "ada", senderId: ada.id });
    expect(events[1]!.kind.value).toMatchObject({ senderId: ada.id, recipient: "bob", recipientId: bob.id });
  });

  test("every event of the log has an id of its own, the same for every reader and in ListEvents", async () => {
    const room = await openRoom(over);
    const [ada, bob] = [await room.join("ada"), await room.join("bob")];
    await ada.say("hello");
    await ada.sendTo("bob", "psst");
    const idsOf = async (person: Person) => {
      const feed = person.listen({ backlog: 500 });
      await feed.next("caughtUp");
      const { events } = await person.chat.listEvents({}, person.options);
      const ids = feed.items.map(({ id }) => id).filter(Boolean);
      expect(events.map(({ id }) => id)).toEqual(ids);
      return ids;
    };
    const ids = await idsOf(ada);
    expect(new Set(ids).size).toBe(4);
    for (const id of ids) expect(id).toMatch(/^[A-Za-z0-9_-]{20}$/);
    expect(await idsOf(bob)).toEqual(ids);
  });

  test("a private message reaches its sender and recipient only, spaces included", async () => {
    const room = await openRoom(over);
    const people = [await room.login("ada"), await room.login("bob"), await room.login("eve")];
    const [ada, bob, eve] = people as [(typeof people)[0], (typeof people)[0], (typeof people)[0]];
    const feeds = people.map((person) => person.listen());
    for (const feed of feeds) await feed.next("caughtUp");
    await ada.sendTo("BOB", "meet me  at the old  bridge");
    await eve.say("anything new?");
    for (const feed of feeds) await feed.next("groupMessage");
    expect(feeds[0]!.summary()).toContain("ada -> bob: meet me  at the old  bridge");
    expect(feeds[1]!.summary()).toContain("ada -> bob: meet me  at the old  bridge");
    expect(feeds[2]!.summary()).toEqual(["hello", "caughtUp", "eve: anything new?"]);
    expect(bob.nickname).toBe("bob");
  });

  test("a private message to oneself is received once", async () => {
    const room = await openRoom(over);
    const ada = await room.login("ada");
    const feed = ada.listen();
    await feed.next("caughtUp");
    await ada.sendTo("ada", "do not forget");
    await ada.say("done");
    await feed.next("groupMessage");
    expect(feed.summary()).toEqual(["hello", "caughtUp", "ada -> ada: do not forget", "ada: done"]);
  });

  test("a private message to an unknown nickname is refused with the nearest one online", async () => {
    const room = await openRoom(over);
    const ada = await room.join("ada");
    await room.join("alice");
    const answer = await refused(ada.sendTo("Alcie", "hi"));
    expect(answer).toMatchObject({ code: "NotFound", reason: "USER_NOT_FOUND" });
    expect(answer.detail).toMatchObject({ field: "recipient", suggestion: "alice" });
  });

  test("a private message meant for a member who has left is not sent to another with the nickname", async () => {
    const room = await openRoom(over);
    const [ada, bob] = [await room.join("ada"), await room.join("bob")];
    const send = (recipientId: string) =>
      ada.chat.sendTo({ recipient: "bob", recipientId, text: "for you" }, ada.options);
    await send(bob.id);
    await bob.chat.logout({}, bob.options);
    const another = await room.join("bob");
    const answer = await refused(send(bob.id));
    expect(answer).toMatchObject({ code: "NotFound", reason: "USER_NOT_FOUND" });
    expect(answer.detail).toMatchObject({ field: "recipient_id", suggestion: "" });
    await send(another.id);
    await send("");
  });

  test("the response of a private message says whether the recipient has a feed open", async () => {
    const room = await openRoom(over);
    const [ada, bob] = [await room.join("ada"), await room.join("bob")];
    expect((await ada.sendTo("bob", "one")).recipientPresence).toBe(Presence.AWAY);
    const feed = bob.listen();
    await feed.next("caughtUp");
    expect((await ada.sendTo("bob", "two", "r")).recipientPresence).toBe(Presence.ONLINE);
    await feed.close();
    await room.hasFeeds(0);
    const again = await ada.sendTo("bob", "two", "r");
    expect([again.recipientPresence, again.duplicate]).toEqual([Presence.AWAY, true]);
    await bob.chat.logout({}, bob.options);
    const after = await ada.sendTo("bob", "two", "r");
    expect([after.recipientPresence, after.duplicate]).toEqual([Presence.UNSPECIFIED, true]);
  });

  test("a request_id that was used for another request is refused", async () => {
    const room = await openRoom(over);
    const [ada, bob] = [await room.join("ada"), await room.join("bob")];
    const first = await ada.say("once", "r1");
    const send = (recipientId: string, text: string, requestId: string) =>
      ada.chat.sendTo({ recipient: "bob", recipientId, text, requestId }, ada.options);
    await send("", "once", "r2");
    await ada.chat.toggleIgnore({ requestId: "r3" }, ada.options);
    const calls = [
      () => ada.say("twice", "r1"),
      () => send("", "once", "r1"),
      () => ada.chat.toggleIgnore({ requestId: "r1" }, ada.options),
      () => ada.sendTo("ada", "once", "r2"),
      () => send("", "twice", "r2"),
      () => send(bob.id, "once", "r2"),
      () => ada.say("once", "r3"),
      () => ada.chat.toggleIgnore({ ignoring: true, requestId: "r3" }, ada.options),
    ];
    for (const call of calls) {
      const answer = await refused(call());
      expect(answer).toMatchObject({ code: "InvalidArgument", reason: "REQUEST_INVALID" });
      expect(answer.detail?.field).toBe("request_id");
    }
    expect(await ada.say("once", "r1")).toMatchObject({ id: first.id, duplicate: true });
  });

  test("a message sent twice with one request_id is appended once, and both calls return the same", async () => {
    const room = await openRoom(over);
    const ada = await room.login("ada");
    const feed = ada.listen();
    await feed.next("caughtUp");
    const answers = await Promise.all([ada.say("once", "r1"), ada.say("once", "r1")]);
    const later = await ada.say("once", "r1");
    expect(new Set([...answers, later].map(({ cursor }) => cursor)).size).toBe(1);
    expect(later.duplicate).toBe(true);
    await ada.say("end");
    await feed.next("groupMessage");
    await feed.next("groupMessage");
    expect(feed.summary()).toEqual(["hello", "caughtUp", "ada: once", "ada: end"]);
  });

  test("two members may use the same request_id", async () => {
    const room = await openRoom(over);
    const [ada, bob] = [await room.login("ada"), await room.login("bob")];
    await ada.say("from ada", "1");
    expect((await bob.say("from bob", "1")).duplicate).toBe(false);
  });

  test.each([
    ["empty", ""],
    ["blank", " \n\t\u3000"],
    ["invisible", "\u3164 \u2800\u{e0041}\u0301"],
    ["over 4096 bytes", "字".repeat(1366)],
    ["over 50 lines", "a\n".repeat(51)],
    ["an escape sequence", "\u001b[2J"],
    ["a carriage return", "a\rb"],
    ["a bidi override", "a\u202eb"],
  ])("a text that is %s is refused and not delivered", async (_name, text) => {
    const room = await openRoom(over);
    const [ada, bob] = [await room.join("ada"), await room.join("bob")];
    const feed = bob.listen();
    await feed.next("caughtUp");
    expect(await refused(ada.say(text))).toMatchObject({ code: "InvalidArgument", reason: "TEXT_INVALID" });
    expect(await refused(ada.sendTo("bob", text))).toMatchObject({ reason: "TEXT_INVALID" });
    await ada.say("fine");
    await feed.next("groupMessage");
    expect(feed.summary()).toEqual(["hello", "caughtUp", "ada: fine"]);
  });

  test("a rate-limited call is told when to retry, and a retry of an appended message is free", async () => {
    const room = await openRoom(over, "--rate", "1", "--burst", "2");
    const ada = await room.login("ada");
    await ada.say("one", "1");
    await ada.say("two", "2");
    const answer = await refused(ada.say("three", "3"));
    expect(answer).toMatchObject({ code: "ResourceExhausted", reason: "RATE_LIMITED" });
    expect(answer.detail?.retryDelay).toBeDefined();
    expect((await ada.say("two", "2")).duplicate).toBe(true);
    room.clock.advance(1_000);
    await ada.say("three", "3");
  });
});
