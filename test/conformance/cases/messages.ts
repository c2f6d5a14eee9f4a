import assert from "node:assert/strict";
import { timestampMs } from "@bufbuild/protobuf/wkt";
import type { Listener } from "../../support/people.js";
import { eventsOf, receivedMessage } from "../assertions.js";
import { testCase } from "../case.js";

export const messageCases = [
  testCase("BC-1", "a message is in the log when Broadcast returns", async (target) => {
    const [ada, bob] = [await target.login(), await target.login()];
    for (const text of ["one", "two", "three"]) {
      const { cursor } = await ada.say(text);
      const { events } = await bob.chat.listEvents({ pageSize: 1 }, bob.options);
      assert.equal(events[0]?.cursor, cursor);
    }
  }),
  testCase("BC-3 EV-19", "Broadcast reaches the sender and the others", async (target) => {
    const [ada, bob] = [await target.login(), await target.login()];
    const feeds = [await target.subscribe(ada), await target.subscribe(bob)];
    await ada.say("hello all");
    for (const feed of feeds) {
      const { kind } = await receivedMessage(feed, "hello all");
      assert.equal(kind.case === "message" && kind.value.sender, ada.nickname);
    }
  }),
  testCase("BC-9 ST-9", "the returned cursor is that of the event on every feed", async (target) => {
    const [ada, bob] = [await target.login(), await target.login()];
    const [own, other] = [await target.subscribe(ada), await target.subscribe(bob)];
    const said = await ada.say("here");
    for (const feed of [own, other]) assert.equal((await receivedMessage(feed, "here")).cursor, said.cursor);
    const whispered = await ada.sendTo(bob.nickname, "there");
    for (const feed of [own, other])
      assert.equal((await feed.next("privateMessage")).cursor, whispered.cursor);
  }),
  testCase("BC-10 ST-10", "the returned time is that of the event, and never decreases", async (target) => {
    const ada = await target.login();
    const feed = await target.subscribe(ada);
    const first = await ada.say("one");
    const second = await ada.say("two");
    assert.ok(timestampMs(first.time!) <= timestampMs(second.time!));
    assert.deepEqual((await receivedMessage(feed, "two")).time, second.time);
    const toSelf = await ada.sendTo(ada.nickname, "three");
    assert.ok(timestampMs(second.time!) <= timestampMs(toSelf.time!));
    assert.deepEqual((await feed.next("privateMessage")).time, toSelf.time);
  }),
  testCase("BC-7", "a retried Broadcast is appended once", async (target) => {
    const ada = await target.login();
    const feed = await target.subscribe(ada);
    const id = crypto.randomUUID();
    const first = await ada.say("once", id);
    const again = await ada.say("once", id);
    await ada.say("end");
    await receivedMessage(feed, "end");
    assert.deepEqual([first.duplicate, again.duplicate], [false, true]);
    assert.deepEqual(eventsOf(feed, ada), [`${ada.nickname}: once`, `${ada.nickname}: end`]);
  }),
  testCase("ST-8 ST-11", "a retried SendTo is appended once", async (target) => {
    const ada = await target.login();
    const feed = await target.subscribe(ada);
    const id = crypto.randomUUID();
    const first = await ada.sendTo(ada.nickname, "once", id);
    const again = await ada.sendTo(ada.nickname, "once", id);
    await ada.say("end");
    await receivedMessage(feed, "end");
    assert.deepEqual([again.duplicate, again.cursor], [true, first.cursor]);
    assert.equal(eventsOf(feed, ada).length, 2);
  }),
  testCase("BC-7", "two callers may use the same request_id of 64 bytes", async (target) => {
    const [ada, bob] = [await target.login(), await target.login()];
    const id = "x".repeat(64);
    const [first, second] = [await ada.say("ada's", id), await bob.say("bob's", id)];
    assert.deepEqual([first.duplicate, second.duplicate], [false, false]);
    assert.notEqual(first.cursor, second.cursor);
  }),
  testCase("BC-11", "a duplicate returns cursor and time of the first call", async (target) => {
    const ada = await target.login();
    const id = crypto.randomUUID();
    const { cursor, time } = await ada.say("once", id);
    await ada.say("between");
    const again = await ada.say("once", id);
    assert.deepEqual([again.duplicate, again.cursor, again.time], [true, cursor, time]);
  }),
  testCase("BC-8 ST-8", "messages without a request_id are not deduplicated", async (target) => {
    const ada = await target.login();
    const [first, second] = [await ada.say("twice"), await ada.say("twice")];
    assert.notEqual(first.cursor, second.cursor);
    assert.deepEqual([first.duplicate, second.duplicate], [false, false]);
  }),
  testCase("BC-6 EV-20 EV-24", "a text is delivered exactly as it was sent", async (target) => {
    const ada = await target.login();
    const feed = await target.subscribe(ada);
    for (const text of [
      "  two lines,\n\ta tab ",
      "你好，世界",
      "e\u0301 is not \u00e9",
      "👩‍👩‍👧 \\u0041 <b>&amp;</b>",
    ]) {
      await ada.say(text);
      assert.ok(await receivedMessage(feed, text));
      await ada.sendTo(ada.nickname, text);
      assert.equal((await feed.next("privateMessage")).kind.value.text, text);
    }
  }),
  testCase("BC-5 ST-7 LIM-2 LIM-3", "a text at the limits is accepted", async (target) => {
    const { maxTextBytes, maxTextLines } = target.limits;
    const ada = await target.login();
    await ada.say("x");
    await ada.say("x".repeat(maxTextBytes));
    await ada.say("房".repeat(Math.floor(maxTextBytes / 3)));
    await ada.say(Array.from({ length: maxTextLines }, () => "x").join("\n"));
  }),
  testCase("ST-1 EV-22 EV-23", "only sender and recipient receive a private message", async (target) => {
    const [ada, bob, eve] = [await target.login(), await target.login(), await target.login()];
    const [own, other, third] = [
      await target.subscribe(ada),
      await target.subscribe(bob),
      await target.subscribe(eve),
    ];
    await ada.sendTo(bob.nickname, "secret");
    await ada.say("end");
    const replay = await target.subscribe(eve, { backlog: 20 });
    for (const feed of [own, other, third, replay]) await receivedMessage(feed, "end");
    const received = (feed: Listener) =>
      feed.events.some(({ kind }) => kind.case === "privateMessage" && kind.value.text === "secret");
    assert.deepEqual([own, other, third, replay].map(received), [true, true, false, false]);
  }),
  testCase("ST-2", "private messages are delivered while ignoring", async (target) => {
    const [ada, bob] = [await target.login(), await target.login()];
    const [own, other] = [await target.subscribe(ada), await target.subscribe(bob)];
    await bob.chat.toggleIgnore({ ignoring: true }, bob.options);
    await ada.sendTo(bob.nickname, "psst");
    assert.equal((await other.next("privateMessage")).kind.value.text, "psst");
    await bob.sendTo(ada.nickname, "yes?");
    await own.next("privateMessage");
    assert.equal((await own.next("privateMessage")).kind.value.text, "yes?");
  }),
  testCase("ST-3", "a private message to oneself is delivered once", async (target) => {
    const ada = await target.login();
    const feed = await target.subscribe(ada);
    await ada.sendTo(ada.nickname, "note");
    await ada.say("end");
    await receivedMessage(feed, "end");
    assert.deepEqual(eventsOf(feed, ada), [
      `${ada.nickname} -> ${ada.nickname}: note`,
      `${ada.nickname}: end`,
    ]);
  }),
  testCase("ST-6", "the recipient is found regardless of case and width", async (target) => {
    const [ada, bob] = [await target.login(), await target.login()];
    const feed = await target.subscribe(bob);
    const wide = String.fromCodePoint(bob.nickname.codePointAt(0)! + 0xfee0) + bob.nickname.slice(1);
    for (const written of [bob.nickname.toUpperCase(), wide]) {
      await ada.sendTo(written, "hi");
      assert.equal((await feed.next("privateMessage")).kind.value.recipient, bob.nickname);
    }
  }),
];
