import assert from "node:assert/strict";
import { inShort } from "../../support/people.js";
import { must } from "../case.js";
import { heardMoving, heardSaying } from "../hearing.js";

const feedSentence =
  "first `hello`, then the backlog or what was missed, `caught_up`, and from there each event as it happens, in the room's order, each once.";

export const feedCases = [
  must(feedSentence, "a fresh start", async (world) => {
    const ada = await world.enter();
    const feed = await world.listen(ada);
    assert.deepEqual(
      feed.heard.map(({ kind }) => kind.case),
      ["hello", "caughtUp"],
    );
    for (const text of ["one", "two", "three"]) await ada.say(text);
    await heardSaying(feed, "three");
    const texts = feed.story().filter((line) => line.startsWith(`${ada.nickname}:`));
    assert.deepEqual(
      texts,
      ["one", "two", "three"].map((text) => `${ada.nickname}: ${text}`),
    );
  }),
  must(feedSentence, "after a break", async (world) => {
    const [ada, bob] = [await world.enter(), await world.enter()];
    const before = await world.listen(ada);
    await bob.say("heard");
    const { cursor } = await heardSaying(before, "heard");
    await before.close();
    for (const text of ["missed 1", "missed 2", "missed 3"]) await bob.say(text);
    const feed = await world.listen(ada, { after: cursor });
    await bob.say("live");
    await heardSaying(feed, "live");
    const told = feed.story().filter((line) => line.startsWith(`${bob.nickname}:`));
    assert.deepEqual(
      told,
      ["missed 1", "missed 2", "missed 3", "live"].map((text) => `${bob.nickname}: ${text}`),
    );
    const end = feed.heard.findIndex(({ kind }) => kind.case === "caughtUp");
    const replayed = feed.heard.slice(1, end).map(inShort);
    assert.ok(replayed.includes(`${bob.nickname}: missed 3`));
  }),
  must("All readers see the room's events in the same order.", async (world) => {
    const people = await Promise.all([world.enter(), world.enter(), world.enter()]);
    const feeds = await Promise.all(people.map((person) => world.listen(person)));
    await Promise.all(
      people.flatMap((person) =>
        Array.from({ length: 6 }, (_, i) => person.say(`${i}`, crypto.randomUUID())),
      ),
    );
    await people[0].say("end");
    for (const feed of feeds) await heardSaying(feed, "end");
    const [first, ...others] = feeds.map((feed) =>
      feed.heard.filter(({ kind }) => kind.case === "message").map((event) => event.cursor),
    );
    assert.ok(first!.length >= 19);
    for (const other of others) assert.deepEqual(other, first);
  }),
  must(
    "Cursor of the last event that the caller has; everything after it that the caller may see follows.",
    async (world) => {
      const ada = await world.enter();
      const first = await ada.say("first");
      await ada.whisper(ada.nickname, "between");
      await ada.say("last");
      const feed = await world.listen(ada, { after: first.cursor });
      const told = feed.heard.slice(1, -1).map(inShort);
      const own = told.filter((line) => line.startsWith(ada.nickname));
      assert.deepEqual(own, [`${ada.nickname} -> ${ada.nickname}: between`, `${ada.nickname}: last`]);
    },
  ),
  must(
    "Number of latest events, of those the caller may see, to replay on a fresh start; 0-500, by default none.",
    async (world) => {
      const [ada, bob] = [await world.enter(), await world.enter()];
      for (const text of ["one", "two"]) await ada.say(text);
      await bob.whisper(bob.nickname, "not for ada");
      const feed = await world.listen(ada, { backlog: 2 });
      assert.equal(feed.heard.length, 4);
      const told = feed.story();
      assert.ok(!told.some((line) => line.includes("not for ada")));
      assert.equal(told.at(-2), `${ada.nickname}: two`);
      const none = await world.listen(ada);
      assert.equal(none.heard.length, 2);
    },
  ),
  must("Of no effect when `after` is set.", async (world) => {
    const ada = await world.enter();
    const cursors = [];
    for (const text of ["one", "two", "three"]) cursors.push((await ada.say(text)).cursor);
    const feed = await world.listen(ada, { after: cursors[0]!, backlog: 1 });
    const texts = feed.story().filter((line) => line.startsWith(`${ada.nickname}:`));
    assert.deepEqual(
      texts,
      ["two", "three"].map((text) => `${ada.nickname}: ${text}`),
    );
  }),
  must(
    "Number of events that were replayed since hello, none of hello, gap, heartbeat and this one included.",
    async (world) => {
      const ada = await world.enter();
      const { cursor } = await ada.say("one");
      await ada.say("two");
      const feed = await world.listen(ada, { after: cursor });
      const end = feed.heard.find(({ kind }) => kind.case === "caughtUp")!;
      const replayed = feed.heard.filter(
        ({ kind }) => !["hello", "gap", "heartbeat", "caughtUp"].includes(kind.case ?? ""),
      );
      assert.equal(end.kind.case === "caughtUp" && end.kind.value.replayed, replayed.length);
      assert.ok(replayed.length >= 1);
    },
  ),
  must("End of what was replayed: sent once, after the backlog or the missed events.", async (world) => {
    const ada = await world.enter();
    const feed = await world.listen(ada, { backlog: 5 });
    await ada.say("live");
    await heardSaying(feed, "live");
    assert.equal(feed.heard.filter(({ kind }) => kind.case === "caughtUp").length, 1);
  }),
  must("with `after` set, that place; else the present, or the place before the backlog.", async (world) => {
    const ada = await world.enter();
    const { cursor } = await ada.say("one");
    await ada.say("two");
    const resumed = await world.listen(ada, { after: cursor });
    assert.equal(resumed.heard[0]!.cursor, cursor);
    const fresh = await world.listen(ada, { backlog: 1 });
    const again = await world.listen(ada, { after: fresh.heard[0]!.cursor });
    assert.deepEqual(again.heard[1]?.cursor, fresh.heard[1]?.cursor);
  }),
  must("Whether the feed goes on from the `after` that was asked for.", async (world) => {
    const ada = await world.enter();
    const { cursor } = await ada.say("one");
    for (const [request, expected] of [
      [{ after: cursor }, true],
      [{}, false],
      [{ backlog: 1 }, false],
    ] as const) {
      const { kind } = (await world.listen(ada, request)).heard[0]!;
      assert.equal(kind.case === "hello" && kind.value.resumed, expected);
    }
  }),
  must("Number of members in the room.", async (world) => {
    const ada = await world.enter();
    const { kind } = (await world.listen(ada)).heard[0]!;
    assert.ok(kind.case === "hello" && kind.value.online >= 1);
  }),
  must("Number of members in the room from here on.", async (world) => {
    const room = await world.listen(await world.enter());
    const ada = await world.enter();
    const joined = await heardMoving(room, "joined", ada.nickname);
    await ada.chat.logout({}, ada.options);
    const left = await heardMoving(room, "left", ada.nickname);
    assert.ok(joined.kind.case === "joined" && joined.kind.value.online >= 2);
    assert.ok(left.kind.case === "left" && left.kind.value.online >= 1);
  }),
  must("Sign of life: sent when nothing else was for one heartbeat interval.", async (world) => {
    const ada = await world.enter();
    const feed = await world.listen(ada);
    await world.pass(world.heartbeatMs);
    const { cursor } = await feed.next("heartbeat");
    const { cursor: said } = await ada.say("after it");
    const resumed = await world.listen(ada, { after: cursor });
    assert.equal((await heardSaying(resumed, "after it")).cursor, said);
  }),
  must("The event's cursor moves the reader on, even when nothing was for its eyes.", async (world) => {
    const [ada, bob] = [await world.enter(), await world.enter()];
    const feed = await world.listen(ada);
    const start = feed.cursor;
    await bob.whisper(bob.nickname, "not for ada");
    await world.pass(world.heartbeatMs);
    for (;;) if ((await feed.next("heartbeat")).cursor !== start) break;
  }),
  must(
    "Longest silence on this feed; after two and a half intervals without any event the connection is lost.",
    async (world) => {
      const feed = await world.listen(await world.enter());
      const { kind } = feed.heard[0]!;
      assert.ok(kind.case === "hello");
      assert.deepEqual(kind.value.heartbeatInterval, world.limits.heartbeatInterval);
    },
  ),
  must(
    "Opaque and at most 64 characters: store it, give it back as `after`, and do nothing else with it.",
    async (world) => {
      const ada = await world.enter();
      const { cursor } = await ada.say("hi");
      const { cursor: listed } = await ada.chat.listUsers({}, ada.options);
      const feed = await world.listen(ada, { backlog: 2 });
      for (const place of [cursor, listed, ...feed.heard.map((event) => event.cursor)])
        assert.ok(place.length > 0 && [...place].length <= 64);
    },
  ),
  must("What happened; always set.", async (world) => {
    const ada = await world.enter();
    const feed = await world.listen(ada, { backlog: 3 });
    await ada.say("hi");
    await heardSaying(feed, "hi");
    for (const { kind, time } of feed.heard) assert.ok(kind.case !== undefined && time !== undefined);
  }),
];
