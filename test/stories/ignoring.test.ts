import { describe, expect, test } from "vitest";
import { refused } from "../support/people.js";
import { everyTransport, openRoom } from "./room.js";

describe.each(everyTransport)("ignoring group chat, over %s", (over) => {
  test("group messages pass by, private ones and notices still arrive, and the count is told at the end", async () => {
    const room = await openRoom(over);
    const [ada, bob] = [await room.login("ada"), await room.login("bob")];
    const feed = ada.listen();
    await feed.next("caughtUp");
    expect(await ada.chat.toggleIgnore({}, ada.options)).toMatchObject({ ignoring: true, skipped: 0 });
    await bob.say("one");
    await bob.say("two");
    await bob.sendTo("ada", "psst");
    await room.login("cy");
    expect(await ada.chat.toggleIgnore({}, ada.options)).toMatchObject({ ignoring: false, skipped: 2 });
    await bob.say("three");
    await feed.next("message");
    expect(feed.summary()).toEqual([
      "hello",
      "caughtUp",
      "ignoring: true",
      "bob -> ada: psst",
      "+cy (3)",
      "ignoring: false",
      "bob: three",
    ]);
  });

  test("who ignores the group cannot speak to it", async () => {
    const room = await openRoom(over);
    const ada = await room.login("ada");
    await ada.chat.toggleIgnore({ ignoring: true }, ada.options);
    expect(await refused(ada.say("hello"))).toMatchObject({ code: "FailedPrecondition", reason: "IGNORING" });
  });

  test("a retry of the same call does not toggle back", async () => {
    const room = await openRoom(over);
    const ada = await room.login("ada");
    const first = await ada.chat.toggleIgnore({ requestId: "t1" }, ada.options);
    const again = await ada.chat.toggleIgnore({ requestId: "t1" }, ada.options);
    expect([first.ignoring, again.ignoring]).toEqual([true, true]);
  });

  test("a state that is asked for twice is taken once, and told once", async () => {
    const room = await openRoom(over);
    const ada = await room.login("ada");
    const feed = ada.listen();
    await feed.next("caughtUp");
    await ada.chat.toggleIgnore({ ignoring: true }, ada.options);
    await ada.chat.toggleIgnore({ ignoring: true }, ada.options);
    await ada.sendTo("ada", "end");
    await feed.next("privateMessage");
    expect(feed.summary()).toEqual(["hello", "caughtUp", "ignoring: true", "ada -> ada: end"]);
  });

  test("what was said meanwhile is not replayed later, neither as backlog nor on resuming", async () => {
    const room = await openRoom(over);
    const [ada, bob] = [await room.login("ada"), await room.login("bob")];
    const before = ada.listen();
    await before.next("caughtUp");
    const { cursor } = before;
    await before.close();
    await bob.say("heard");
    await ada.chat.toggleIgnore({}, ada.options);
    await bob.say("passed over");
    await ada.chat.toggleIgnore({}, ada.options);
    await bob.say("heard again");
    for (const request of [{ after: cursor }, { backlog: 4 }]) {
      const feed = ada.listen(request);
      await feed.next("caughtUp");
      expect(feed.summary()).toEqual([
        "hello",
        "bob: heard",
        "ignoring: true",
        "ignoring: false",
        "bob: heard again",
        "caughtUp",
      ]);
      await feed.close();
    }
  });

  test("moving the switch to and fro costs what speaking costs", async () => {
    const room = await openRoom(over, "--rate", "1", "--burst", "2");
    const ada = await room.login("ada");
    const toggle = () => ada.chat.toggleIgnore({}, ada.options);
    await toggle();
    await toggle();
    expect(await refused(toggle())).toMatchObject({ code: "ResourceExhausted", reason: "RATE_LIMITED" });
  });

  test("others see who ignores the group", async () => {
    const room = await openRoom(over);
    const [ada, bob] = [await room.login("ada"), await room.login("bob")];
    await ada.chat.toggleIgnore({}, ada.options);
    const { users } = await bob.chat.listUsers({}, bob.options);
    expect(users.map(({ nickname, ignoring }) => [nickname, ignoring])).toEqual([
      ["ada", true],
      ["bob", false],
    ]);
  });
});
