import assert from "node:assert/strict";
import { timestampMs } from "@bufbuild/protobuf/wkt";
import type { CaughtUp } from "../../../gen/parlance/v1/event_pb.js";
import { type Item, type ItemKind, type Listener, summarize } from "../../support/people.js";
import { eventsOf, receivedMessage, receivedPrivate } from "../assertions.js";
import { testCase } from "../case.js";

function caughtUpOf({ items }: Listener): CaughtUp {
  const item = items.find(({ kind }) => kind.case === "caughtUp");
  assert.ok(item?.kind.case === "caughtUp");
  return item.kind.value;
}

/** By how much the number of members changed in these items. */
function changeOf(items: readonly Item[]): number {
  const changes: Partial<Record<ItemKind, number>> = { joined: 1, left: -1 };
  return items.reduce((sum, { kind }) => sum + (changes[kind.case] ?? 0), 0);
}

/** The number of members in the room by a feed: as of caught_up, and with the events since. */
function onlineOf(feed: Listener): number {
  const end = feed.items.findIndex(({ kind }) => kind.case === "caughtUp");
  return caughtUpOf(feed).online + changeOf(feed.items.slice(end));
}

export const feedCases = [
  testCase("SUB-1", "a fresh feed: hello, caught_up, live events in order", async (target) => {
    const ada = await target.login();
    const feed = await target.subscribe(ada);
    assert.deepEqual(
      feed.items.map(({ kind }) => kind.case),
      ["hello", "caughtUp"],
    );
    for (const text of ["one", "two", "three"]) await ada.say(text);
    await receivedMessage(feed, "three");
    const texts = feed.summary().filter((line) => line.startsWith(`${ada.nickname}:`));
    assert.deepEqual(
      texts,
      ["one", "two", "three"].map((text) => `${ada.nickname}: ${text}`),
    );
  }),
  testCase(
    "SUB-1 SUB-7",
    "a resumed feed: missed events, then live ones, without loss or duplicates",
    async (target) => {
      const [ada, bob] = [await target.login(), await target.login()];
      const before = await target.subscribe(ada);
      await bob.say("received");
      const { cursor } = await receivedMessage(before, "received");
      await before.close();
      for (const text of ["missed 1", "missed 2", "missed 3"]) await bob.say(text);
      const feed = await target.subscribe(ada, { after: cursor });
      await bob.say("live");
      await receivedMessage(feed, "live");
      const received = feed.summary().filter((line) => line.startsWith(`${bob.nickname}:`));
      assert.deepEqual(
        received,
        ["missed 1", "missed 2", "missed 3", "live"].map((text) => `${bob.nickname}: ${text}`),
      );
      const end = feed.items.findIndex(({ kind }) => kind.case === "caughtUp");
      const replayed = feed.items.slice(1, end).map(summarize);
      assert.ok(replayed.includes(`${bob.nickname}: missed 3`));
    },
  ),
  testCase("SUB-1 SUB-7", "a reader that keeps reconnecting receives every event once", async (target) => {
    const [ada, bob] = [await target.login(), await target.login()];
    // Within the default burst of the rate limit.
    const texts = Array.from({ length: 24 }, (_, i) => `${i}`);
    const received: string[] = [];
    let after = (await bob.say("start")).cursor;
    const write = async () => {
      for (const text of texts) await bob.say(text);
    };
    const read = async () => {
      while (received.length < texts.length) {
        const feed = await target.subscribe(ada, { after });
        if (received.length < texts.length / 2) await feed.next("groupMessage");
        else await receivedMessage(feed, texts.at(-1)!);
        await feed.close();
        after = feed.cursor;
        received.push(...eventsOf(feed, bob));
      }
    };
    await Promise.all([write(), read()]);
    assert.deepEqual(
      received,
      texts.map((text) => `${bob.nickname}: ${text}`),
    );
  }),
  testCase("EV-1", "all readers receive the events in the same order", async (target) => {
    const people = await Promise.all([target.login(), target.login(), target.login()]);
    const feeds = await Promise.all(people.map((person) => target.subscribe(person)));
    await Promise.all(
      people.flatMap((person) =>
        Array.from({ length: 6 }, (_, i) => person.say(`${i}`, crypto.randomUUID())),
      ),
    );
    await people[0].say("end");
    for (const feed of feeds) await receivedMessage(feed, "end");
    const [first, ...others] = feeds.map((feed) =>
      feed.events.filter(({ kind }) => kind.case === "groupMessage").map(({ id }) => id),
    );
    assert.ok(first!.length >= 19);
    for (const other of others) assert.deepEqual(other, first);
  }),
  testCase("SUB-7", "a feed with `after` continues after that cursor", async (target) => {
    const ada = await target.login();
    const first = await ada.say("first");
    await ada.sendTo(ada.nickname, "between");
    await ada.say("last");
    const feed = await target.subscribe(ada, { after: first.cursor });
    const own = feed.events.map(summarize).filter((line) => line.startsWith(ada.nickname));
    assert.deepEqual(own, [`${ada.nickname} -> ${ada.nickname}: between`, `${ada.nickname}: last`]);
  }),
  testCase("SUB-8", "a backlog counts only events that the caller may see", async (target) => {
    const [ada, bob] = [await target.join(), await target.join()];
    for (const text of ["one", "two"]) await ada.say(text);
    await bob.sendTo(bob.nickname, "not for ada");
    const feed = await target.subscribe(ada, { backlog: 2 });
    const received = feed.events.map(summarize);
    assert.equal(received.length, 2);
    assert.ok(!received.some((line) => line.includes("not for ada")));
    assert.equal(received.at(-1), `${ada.nickname}: two`);
    const none = await target.subscribe(ada);
    assert.equal(none.events.length, 0);
  }),
  testCase("SUB-9", "a backlog is ignored if `after` is set", async (target) => {
    const ada = await target.login();
    const cursors = [];
    for (const text of ["one", "two", "three"]) cursors.push((await ada.say(text)).cursor);
    const feed = await target.subscribe(ada, { after: cursors[0]!, backlog: 1 });
    const texts = feed.summary().filter((line) => line.startsWith(`${ada.nickname}:`));
    assert.deepEqual(
      texts,
      ["two", "three"].map((text) => `${ada.nickname}: ${text}`),
    );
  }),
  testCase("EV-12", "caught_up counts the replayed events", async (target) => {
    const ada = await target.login();
    const { cursor } = await ada.say("one");
    await ada.say("two");
    const feed = await target.subscribe(ada, { after: cursor });
    const { replayed } = caughtUpOf(feed);
    assert.equal(replayed, feed.events.length);
    assert.ok(replayed >= 1);
  }),
  testCase("EV-8 EV-9", "hello comes first, and caught_up once, after the backlog", async (target) => {
    const ada = await target.login();
    const feed = await target.subscribe(ada, { backlog: 5 });
    await ada.say("live");
    await receivedMessage(feed, "live");
    const kinds = feed.items.map(({ kind }) => kind.case);
    assert.equal(kinds[0], "hello");
    assert.equal(kinds.filter((kind) => kind === "hello" || kind === "caughtUp").length, 2);
    assert.ok(kinds.indexOf("caughtUp") <= 6);
  }),
  testCase("HELLO-1", "the cursor of hello is where the feed starts", async (target) => {
    const ada = await target.login();
    const { cursor } = await ada.say("one");
    await ada.say("two");
    const resumed = await target.subscribe(ada, { after: cursor });
    assert.equal(resumed.items[0]!.cursor, cursor);
    const fresh = await target.subscribe(ada, { backlog: 1 });
    const again = await target.subscribe(ada, { after: fresh.items[0]!.cursor });
    assert.ok(fresh.events[0]);
    assert.equal(again.events[0]?.id, fresh.events[0].id);
  }),
  testCase("HELLO-6", "hello states whether the feed was resumed", async (target) => {
    const ada = await target.login();
    const { cursor } = await ada.say("one");
    for (const [request, expected] of [
      [{ after: cursor }, true],
      [{}, false],
      [{ backlog: 1 }, false],
    ] as const) {
      const { kind } = (await target.subscribe(ada, request)).items[0]!;
      assert.equal(kind.case === "hello" && kind.value.resumed, expected);
    }
  }),
  testCase("HELLO-8", "the time of hello is the present, by the server's clock", async (target) => {
    const ada = await target.login();
    const { time: earlier } = await ada.say("before");
    const [hello] = (await target.subscribe(ada)).items;
    const { time: later } = await ada.say("after");
    assert.ok(hello?.kind.case === "hello" && hello.kind.value.time && earlier && later);
    const [from, ms, to] = [earlier, hello.kind.value.time, later].map(timestampMs);
    assert.ok(from! <= ms! && ms! <= to!, `${from} <= ${ms} <= ${to}`);
  }),
  testCase(
    "EV-15",
    "caught_up counts the members, and joined and left change the count by one",
    async (target) => {
      const early = await target.subscribe(await target.login());
      const [ada, bob] = [await target.login(), await target.login()];
      await bob.chat.logout({}, bob.options);
      const late = await target.subscribe(ada);
      const { totalSize, cursor } = await ada.chat.listUsers({}, ada.options);
      const listed = await target.subscribe(ada, { after: cursor });
      await target.login();
      await ada.say("end");
      for (const feed of [early, late, listed]) await receivedMessage(feed, "end");
      const online = onlineOf(early);
      assert.deepEqual([onlineOf(late), onlineOf(listed)], [online, online]);
      assert.equal(totalSize + changeOf(listed.items), online);
    },
  ),
  testCase("EV-10 LIM-8", "a heartbeat follows an interval without items", async (target) => {
    const ada = await target.login();
    const feed = await target.subscribe(ada);
    await target.wait(target.heartbeatMs);
    const { cursor } = await feed.next("heartbeat");
    const { cursor: said } = await ada.say("after it");
    const resumed = await target.subscribe(ada, { after: cursor });
    assert.equal((await receivedMessage(resumed, "after it")).cursor, said);
  }),
  testCase("EV-13", "the cursor of a heartbeat passes events that the reader may not see", async (target) => {
    const [ada, bob] = [await target.login(), await target.login()];
    const feed = await target.subscribe(ada);
    const start = feed.cursor;
    await bob.sendTo(bob.nickname, "not for ada");
    await target.wait(target.heartbeatMs);
    for (;;) if ((await feed.next("heartbeat")).cursor !== start) break;
  }),
  testCase("EV-3", "cursors have at most 64 characters", async (target) => {
    const ada = await target.login();
    const { cursor } = await ada.say("hi");
    const { cursor: listed } = await ada.chat.listUsers({}, ada.options);
    const feed = await target.subscribe(ada, { backlog: 2 });
    for (const one of [cursor, listed, ...feed.items.map((item) => item.cursor)])
      assert.ok(one.length > 0 && [...one].length <= 64);
  }),
  testCase("SUB-13 EV-2", "a feed resumes after every item, without loss or duplicates", async (target) => {
    const [ada, bob] = [await target.login(), await target.login()];
    const start = (await bob.say("start")).cursor;
    await bob.say("one");
    await bob.sendTo(bob.nickname, "not for ada");
    await bob.say("two");
    const feed = await target.subscribe(ada, { after: start });
    await target.wait(target.heartbeatMs);
    await feed.next("heartbeat");
    await bob.say("three");
    await receivedMessage(feed, "three");
    const items = [...feed.items];
    for (const [i, { cursor, kind }] of items.entries()) {
      const resumed = await target.subscribe(ada, { after: cursor });
      const missing = items.slice(i + 1).flatMap(({ event }) => event?.id ?? []);
      const received = resumed.events.map(({ id }) => id);
      assert.deepEqual(received.slice(0, missing.length), missing, `after ${kind.case}`);
      assert.equal(new Set(received).size, received.length);
      await resumed.close();
    }
  }),
  testCase("EV-5", "every event has an id of its own, the same on every feed and page", async (target) => {
    const [ada, bob] = [await target.login(), await target.login()];
    const { cursor } = await ada.say("start");
    const feeds = [await target.subscribe(ada), await target.subscribe(bob)];
    for (const text of ["one", "one"]) await ada.say(text);
    await ada.sendTo(bob.nickname, "one");
    await ada.sendTo(bob.nickname, "end");
    for (const feed of feeds) await receivedPrivate(feed, "end");
    const { events } = await ada.chat.listEvents({ after: cursor }, ada.options);
    const [ids, ...others] = [events, ...feeds.map((feed) => feed.events)].map((list) =>
      list.map(({ id }) => id),
    );
    assert.ok(ids!.length >= 4 && ids!.every((id) => id.length > 0 && [...id].length <= 32), String(ids));
    assert.equal(new Set(ids).size, ids!.length);
    for (const other of others) assert.deepEqual(other.slice(-ids!.length), ids!.slice(-other.length));
  }),
  testCase("SUB-10", "every item has a kind, every event a kind and a time", async (target) => {
    const ada = await target.login();
    const feed = await target.subscribe(ada, { backlog: 3 });
    await ada.say("hi");
    await receivedMessage(feed, "hi");
    for (const { kind, event } of feed.items) {
      assert.ok(kind.case);
      if (event) assert.ok(event.kind.case && event.time);
    }
  }),
];
