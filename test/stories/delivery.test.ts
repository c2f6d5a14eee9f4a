import { describe, expect, test } from "vitest";
import { everyTransport, openRoom, type Room } from "./room.js";

const graceMs = 30_000;
const idleMs = 300_000;

describe.each(everyTransport)("private messages that were not delivered, over %s", (over) => {
  /** ada reads, bob had a feed and has left it, and eve reads, too. */
  async function meet(): Promise<Awaited<ReturnType<typeof setUp>>> {
    return setUp(await openRoom(over));
  }

  async function setUp(room: Room) {
    const [ada, bob, eve] = [await room.join("ada"), await room.join("bob"), await room.join("eve")];
    const [feed, bobs, others] = [ada.listen(), bob.listen(), eve.listen()];
    for (const each of [feed, bobs, others]) await each.next("caughtUp");
    const { cursor } = bobs;
    await bobs.close();
    await room.hasFeeds(2);
    return { room, ada, bob, eve, feed, others, cursor };
  }

  test.each(["Logout", "the end of the grace period"])("are reported to their sender at %s", async (how) => {
    const { room, ada, bob, feed, others } = await meet();
    const sent = [await ada.sendTo("bob", "one"), await ada.sendTo("bob", "two")];
    await ada.say("for all");
    if (how === "Logout") await bob.chat.logout({}, bob.options);
    else room.clock.advance(graceMs);
    const event = await feed.next("undelivered");
    expect(event.kind.value).toMatchObject({
      messageIds: sent.map(({ id }) => id),
      recipient: "bob",
      recipientId: bob.id,
    });
    await feed.next("left");
    await others.next("left");
    expect(others.summary()).toEqual(["hello", "caughtUp", "ada: for all", "-bob"]);
    const page = await ada.chat.listEvents({ pageSize: 2 }, ada.options);
    expect(page.events.map(({ id }) => id)).toEqual([event.id, expect.any(String)]);
  });

  test("are not reported once a feed was written them", async () => {
    const { ada, bob, feed, cursor } = await meet();
    await ada.sendTo("bob", "one");
    const back = bob.listen({ after: cursor });
    await back.next("privateMessage");
    await back.next("caughtUp");
    await ada.sendTo("bob", "two");
    await back.next("privateMessage");
    await bob.chat.logout({}, bob.options);
    await feed.next("left");
    expect(feed.summary()).toEqual(["hello", "caughtUp", "ada -> bob: one", "ada -> bob: two", "-bob"]);
  });

  test("are reported to senders who are still in the room, each theirs, and never to oneself", async () => {
    const { room, ada, bob, eve, feed, others } = await meet();
    const kim = await room.login("kim");
    const [first] = [await ada.sendTo("bob", "from ada"), await kim.sendTo("bob", "from kim")];
    const second = await eve.sendTo("bob", "from eve");
    await bob.sendTo("bob", "note to self");
    await kim.chat.logout({}, kim.options);
    await bob.chat.logout({}, bob.options);
    expect((await feed.next("undelivered")).kind.value.messageIds).toEqual([first.id]);
    expect((await others.next("undelivered")).kind.value.messageIds).toEqual([second.id]);
    await ada.say("done");
    for (const each of [feed, others]) await each.next("groupMessage");
    for (const each of [feed, others])
      expect(each.summary().filter((line) => line.startsWith("undelivered"))).toHaveLength(1);
  });

  test("to a member who never read are reported when its idle time ends, a hundred an event", async () => {
    const room = await openRoom(over, "--address-messages", "0");
    const [ada, bob] = [await room.login("ada"), await room.login("bob")];
    await bob.say("I am here");
    const feed = ada.listen();
    await feed.next("caughtUp");
    const ids: string[] = [];
    for (let i = 0; i < 205; i++) ids.push((await ada.sendTo("bob", `${i}`)).id);
    room.clock.advance(idleMs);
    const events = [];
    for (let i = 0; i < 3; i++) events.push(await feed.next("undelivered"));
    await feed.next("left");
    expect(events.map(({ kind }) => kind.value.messageIds.length)).toEqual([100, 100, 5]);
    expect(events.flatMap(({ kind }) => kind.value.messageIds)).toEqual(ids);
    expect(bob.nickname).toBe("bob");
  });

  test("reach a sender who ignores group messages, and who reads again later", async () => {
    const { ada, bob, feed } = await meet();
    await ada.chat.toggleIgnore({}, ada.options);
    await feed.next("ignoreChanged");
    const { cursor } = feed;
    await feed.close();
    const sent = await ada.sendTo("bob", "one");
    await bob.chat.logout({}, bob.options);
    const back = ada.listen({ after: cursor });
    expect((await back.next("undelivered")).kind.value.messageIds).toEqual([sent.id]);
    await back.next("caughtUp");
    expect(back.summary()).toEqual(["hello", "ada -> bob: one", "undelivered to bob: 1", "-bob", "caughtUp"]);
  });

  test("that a feed of their recipient is about to be written are not reported", async () => {
    const { room, ada, bob, feed, cursor } = await meet();
    const back = bob.listen({ after: cursor });
    await back.next("caughtUp");
    await room.hasFeeds(3);
    const [sent] = await Promise.all([ada.sendTo("bob", "one"), bob.chat.logout({}, bob.options)]);
    await feed.next("left");
    await back.ended;
    const wasRead = back.items.some(({ id }) => id === sent.id);
    const wasReported = feed.items.some(({ kind }) => kind.case === "undelivered");
    expect([wasRead, wasReported]).toEqual([true, false]);
  });

  test("that are sent while their recipient leaves are reported or refused", async () => {
    const { ada, bob, feed } = await meet();
    const outcomes = await Promise.all([
      ...Array.from({ length: 10 }, (_, i) =>
        ada.sendTo("bob", `${i}`).then(
          ({ id }) => id,
          () => undefined,
        ),
      ),
      bob.chat.logout({}, bob.options).then(() => undefined),
      ...Array.from({ length: 10 }, (_, i) =>
        ada.sendTo("bob", `${i}`).then(
          ({ id }) => id,
          () => undefined,
        ),
      ),
    ]);
    await feed.next("left");
    const reported = feed.items.flatMap(({ kind }) =>
      kind.case === "undelivered" ? kind.value.messageIds : [],
    );
    expect(new Set(reported)).toEqual(new Set(outcomes.filter((id) => id !== undefined)));
  });
});
