import { describe, expect, test } from "vitest";
import { refused } from "../support/people.js";
import { everyTransport, openRoom } from "./room.js";

describe.each(everyTransport)("ignoring group chat, over %s", (over) => {
  test("group messages are skipped, private ones and notices arrive, and the end reports the count", async () => {
    const room = await openRoom(over);
    const [ada, bob] = [await room.join("ada"), await room.join("bob")];
    const feed = ada.listen();
    await feed.next("caughtUp");
    expect(await ada.chat.toggleIgnore({}, ada.options)).toMatchObject({ ignoring: true, skipped: 0 });
    await bob.say("one");
    await bob.say("two");
    await bob.sendTo("ada", "psst");
    await room.join("cy");
    expect(await ada.chat.toggleIgnore({}, ada.options)).toMatchObject({ ignoring: false, skipped: 2 });
    await bob.say("three");
    await feed.next("groupMessage");
    expect(feed.summary()).toEqual([
      "hello",
      "caughtUp",
      "ignoring: true",
      "bob -> ada: psst",
      "+cy",
      "ignoring: false",
      "bob: three",
    ]);
  });

  test("a member that ignores group messages cannot send any", async () => {
    const room = await openRoom(over);
    const ada = await room.login("ada");
    await ada.chat.toggleIgnore({ ignoring: true }, ada.options);
    expect(await refused(ada.say("hello"))).toMatchObject({ code: "FailedPrecondition", reason: "IGNORING" });
  });

  test("a retry of the same call does not toggle again", async () => {
    const room = await openRoom(over);
    const ada = await room.login("ada");
    const first = await ada.chat.toggleIgnore({ requestId: "t1" }, ada.options);
    const again = await ada.chat.toggleIgnore({ requestId: "t1" }, ada.options);
    expect([first.ignoring, again.ignoring]).toEqual([true, true]);
  });

  test("a state that is requested twice changes once, with one event", async () => {
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

  test("messages sent while ignoring are not replayed later, neither as backlog nor on resumption", async () => {
    const room = await openRoom(over);
    const [ada, bob] = [await room.join("ada"), await room.join("bob")];
    const before = ada.listen();
    await before.next("caughtUp");
    const { cursor } = before;
    await before.close();
    await bob.say("visible");
    await ada.chat.toggleIgnore({}, ada.options);
    await bob.say("passed over");
    await ada.chat.toggleIgnore({}, ada.options);
    await bob.say("visible again");
    for (const request of [{ after: cursor }, { backlog: 4 }]) {
      const feed = ada.listen(request);
      await feed.next("caughtUp");
      expect(feed.summary()).toEqual([
        "hello",
        "bob: visible",
        "ignoring: true",
        "ignoring: false",
        "bob: visible again",
        "caughtUp",
      ]);
      await feed.close();
    }
  });

  test("toggling counts against the rate limit like sending", async () => {
    const room = await openRoom(over, "--rate", "1", "--burst", "2");
    const ada = await room.login("ada");
    const toggle = () => ada.chat.toggleIgnore({}, ada.options);
    await toggle();
    await toggle();
    expect(await refused(toggle())).toMatchObject({ code: "ResourceExhausted", reason: "RATE_LIMITED" });
  });
});
