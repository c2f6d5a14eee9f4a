import { describe, expect, test } from "vitest";
import { refused } from "../support/people.js";
import { everyTransport, openRoom } from "./room.js";

describe.each(everyTransport)("messages over %s", (over) => {
  test("everyone receives a group message, including the sender, in the same order", async () => {
    const room = await openRoom(over);
    const [ada, ming] = [await room.login("ada"), await room.login("小明")];
    const feeds = [ada.listen(), ming.listen()];
    for (const feed of feeds) await feed.next("caughtUp");
    await ada.say("hello");
    await ming.say("大家好");
    for (const feed of feeds) {
      await feed.next("message");
      await feed.next("message");
      expect(feed.summary()).toEqual(["hello", "caughtUp", "ada: hello", "小明: 大家好"]);
    }
  });

  test("the response has the cursor and time that the feeds send", async () => {
    const room = await openRoom(over);
    const ada = await room.login("ada");
    const feed = ada.listen();
    await feed.next("caughtUp");
    const response = await ada.say("hello");
    const event = await feed.next("message");
    expect(event.cursor).toBe(response.cursor);
    expect(event.time).toEqual(response.time);
    expect(response.duplicate).toBe(false);
  });

  test("a private message reaches its sender and recipient only, spaces included", async () => {
    const room = await openRoom(over);
    const people = [await room.login("ada"), await room.login("bob"), await room.login("eve")];
    const [ada, bob, eve] = people as [(typeof people)[0], (typeof people)[0], (typeof people)[0]];
    const feeds = people.map((person) => person.listen());
    for (const feed of feeds) await feed.next("caughtUp");
    await ada.sendTo("BOB", "meet me  at the old  bridge");
    await eve.say("anything new?");
    for (const feed of feeds) await feed.next("message");
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
    await feed.next("message");
    expect(feed.summary()).toEqual(["hello", "caughtUp", "ada -> ada: do not forget", "ada: done"]);
  });

  test("a private message to an unknown nickname is refused with the nearest one online", async () => {
    const room = await openRoom(over);
    const ada = await room.login("ada");
    await room.login("alice");
    const answer = await refused(ada.sendTo("Alcie", "hi"));
    expect(answer).toMatchObject({ code: "NotFound", reason: "USER_NOT_FOUND" });
    expect(answer.detail).toMatchObject({ field: "nickname", suggestion: "alice" });
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
    await feed.next("message");
    await feed.next("message");
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
    const [ada, bob] = [await room.login("ada"), await room.login("bob")];
    const feed = bob.listen();
    await feed.next("caughtUp");
    expect(await refused(ada.say(text))).toMatchObject({ code: "InvalidArgument", reason: "TEXT_INVALID" });
    expect(await refused(ada.sendTo("bob", text))).toMatchObject({ reason: "TEXT_INVALID" });
    await ada.say("fine");
    await feed.next("message");
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
