import assert from "node:assert/strict";
import { summarize } from "../../support/people.js";
import { eventsOf, receivedMessage, receivedMove } from "../assertions.js";
import { testCase } from "../case.js";

export const feedCases = [
  testCase("SUB-1", "a fresh feed: hello, caught_up, live events in order", async (target) => {
    const ada = await target.login();
    const feed = await target.subscribe(ada);
    assert.deepEqual(
      feed.events.map(({ kind }) => kind.case),
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
      const end = feed.events.findIndex(({ kind }) => kind.case === "caughtUp");
      const replayed = feed.events.slice(1, end).map(summarize);
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
        if (received.length < texts.length / 2) await feed.next("message");
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
      feed.events.filter(({ kind }) => kind.case === "message").map((event) => event.cursor),
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
    const [ada, bob] = [await target.login(), await target.login()];
    for (const text of ["one", "two"]) await ada.say(text);
    await bob.sendTo(bob.nickname, "not for ada");
    const feed = await target.subscribe(ada, { backlog: 2 });
    assert.equal(feed.events.length, 4);
    const received = feed.summary();
    assert.ok(!received.some((line) => line.includes("not for ada")));
    assert.equal(received.at(-2), `${ada.nickname}: two`);
    const none = await target.subscribe(ada);
    assert.equal(none.events.length, 2);
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
    const end = feed.events.find(({ kind }) => kind.case === "caughtUp")!;
    const replayed = feed.events.filter(
      ({ kind }) => !["hello", "gap", "heartbeat", "caughtUp"].includes(kind.case ?? ""),
    );
    assert.equal(end.kind.case === "caughtUp" && end.kind.value.replayed, replayed.length);
    assert.ok(replayed.length >= 1);
  }),
  testCase("EV-8 EV-9", "hello comes first, and caught_up once, after the backlog", async (target) => {
    const ada = await target.login();
    const feed = await target.subscribe(ada, { backlog: 5 });
    await ada.say("live");
    await receivedMessage(feed, "live");
    const kinds = feed.events.map(({ kind }) => kind.case);
    assert.equal(kinds[0], "hello");
    assert.equal(kinds.filter((kind) => kind === "hello" || kind === "caughtUp").length, 2);
    assert.ok(kinds.indexOf("caughtUp") <= 6);
  }),
  testCase("HELLO-1", "the cursor of hello is where the feed starts", async (target) => {
    const ada = await target.login();
    const { cursor } = await ada.say("one");
    await ada.say("two");
    const resumed = await target.subscribe(ada, { after: cursor });
    assert.equal(resumed.events[0]!.cursor, cursor);
    const fresh = await target.subscribe(ada, { backlog: 1 });
    const again = await target.subscribe(ada, { after: fresh.events[0]!.cursor });
    assert.deepEqual(again.events[1]?.cursor, fresh.events[1]?.cursor);
  }),
  testCase("HELLO-6", "hello states whether the feed was resumed", async (target) => {
    const ada = await target.login();
    const { cursor } = await ada.say("one");
    for (const [request, expected] of [
      [{ after: cursor }, true],
      [{}, false],
      [{ backlog: 1 }, false],
    ] as const) {
      const { kind } = (await target.subscribe(ada, request)).events[0]!;
      assert.equal(kind.case === "hello" && kind.value.resumed, expected);
    }
  }),
  testCase("HELLO-2", "hello counts the members of the room", async (target) => {
    const ada = await target.login();
    const { kind } = (await target.subscribe(ada)).events[0]!;
    assert.ok(kind.case === "hello" && kind.value.online >= 1);
  }),
  testCase("EV-15 EV-18", "joined and left count the members of the room", async (target) => {
    const room = await target.subscribe(await target.login());
    const ada = await target.login();
    const joined = await receivedMove(room, "joined", ada.nickname);
    await ada.chat.logout({}, ada.options);
    const left = await receivedMove(room, "left", ada.nickname);
    assert.ok(joined.kind.case === "joined" && joined.kind.value.online >= 2);
    assert.ok(left.kind.case === "left" && left.kind.value.online >= 1);
  }),
  testCase("EV-10 LIM-8", "a heartbeat follows an interval without events", async (target) => {
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
  testCase("HELLO-4 LIM-8", "hello announces the heartbeat interval of Limits", async (target) => {
    const feed = await target.subscribe(await target.login());
    const { kind } = feed.events[0]!;
    assert.ok(kind.case === "hello");
    assert.deepEqual(kind.value.heartbeatInterval, target.limits.heartbeatInterval);
  }),
  testCase("EV-3", "cursors have at most 64 characters", async (target) => {
    const ada = await target.login();
    const { cursor } = await ada.say("hi");
    const { cursor: listed } = await ada.chat.listUsers({}, ada.options);
    const feed = await target.subscribe(ada, { backlog: 2 });
    for (const one of [cursor, listed, ...feed.events.map((event) => event.cursor)])
      assert.ok(one.length > 0 && [...one].length <= 64);
  }),
  testCase("SUB-10", "every event has a kind and a time", async (target) => {
    const ada = await target.login();
    const feed = await target.subscribe(ada, { backlog: 3 });
    await ada.say("hi");
    await receivedMessage(feed, "hi");
    for (const { kind, time } of feed.events) assert.ok(kind.case !== undefined && time !== undefined);
  }),
];
