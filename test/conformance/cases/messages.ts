import assert from "node:assert/strict";
import { timestampMs } from "@bufbuild/protobuf/wkt";
import { assertRefused, eventsOf, receivedMessage, receivedPrivate } from "../assertions.js";
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
  testCase("BC-3 EV-18 EV-19", "Broadcast reaches the sender and the others", async (target) => {
    const [ada, bob] = [await target.login(), await target.login()];
    const feeds = [await target.subscribe(ada), await target.subscribe(bob)];
    await ada.say("hello all");
    for (const feed of feeds) {
      const { kind } = await receivedMessage(feed, "hello all");
      assert.deepEqual([kind.value.sender, kind.value.senderId], [ada.nickname, ada.id]);
    }
  }),
  testCase("BC-9 ST-9", "the returned cursor is that of the event on every feed", async (target) => {
    const [ada, bob] = [await target.login(), await target.login()];
    const [own, other] = [await target.subscribe(ada), await target.subscribe(bob)];
    const said = await ada.say("here");
    for (const feed of [own, other]) assert.equal((await receivedMessage(feed, "here")).cursor, said.cursor);
    const whispered = await ada.sendTo(bob.nickname, "there");
    for (const feed of [own, other])
      assert.equal((await receivedPrivate(feed, "there")).cursor, whispered.cursor);
  }),
  testCase("BC-13 ST-15", "the returned id is that of the event on every feed", async (target) => {
    const [ada, bob] = [await target.login(), await target.login()];
    const feeds = [await target.subscribe(ada), await target.subscribe(bob)];
    const said = await ada.say("here");
    const whispered = await ada.sendTo(bob.nickname, "there");
    for (const feed of feeds) {
      assert.equal((await receivedMessage(feed, "here")).id, said.id);
      assert.equal((await receivedPrivate(feed, "there")).id, whispered.id);
    }
  }),
  testCase(
    "BC-10 ST-10 EV-6",
    "the returned time is that of the event, and never decreases",
    async (target) => {
      const ada = await target.login();
      const feed = await target.subscribe(ada);
      const first = await ada.say("one");
      const second = await ada.say("two");
      assert.ok(timestampMs(first.time!) <= timestampMs(second.time!));
      assert.deepEqual((await receivedMessage(feed, "two")).time, second.time);
      const toSelf = await ada.sendTo(ada.nickname, "three");
      assert.ok(timestampMs(second.time!) <= timestampMs(toSelf.time!));
      assert.deepEqual((await receivedPrivate(feed, "three")).time, toSelf.time);
    },
  ),
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
    assert.deepEqual([again.duplicate, again.id, again.cursor], [true, first.id, first.cursor]);
    assert.equal(eventsOf(feed, ada).length, 2);
  }),
  testCase("BC-7 LIM-13", "two callers may use the same request_id of the maximum length", async (target) => {
    const [ada, bob] = [await target.login(), await target.login()];
    const id = "x".repeat(target.limits.maxRequestIdBytes);
    const [first, second] = [await ada.say("ada's", id), await bob.say("bob's", id)];
    assert.deepEqual([first.duplicate, second.duplicate], [false, false]);
    assert.notEqual(first.cursor, second.cursor);
  }),
  testCase("BC-11", "a duplicate returns id, cursor and time of the first call", async (target) => {
    const ada = await target.login();
    const id = crypto.randomUUID();
    const first = await ada.say("once", id);
    await ada.say("between");
    assert.deepEqual(await ada.say("once", id), { ...first, duplicate: true });
  }),
  testCase(
    "BC-12 ST-8 TI-7",
    "a request_id is refused with another text, recipient or RPC",
    async (target) => {
      const [ada, bob] = [await target.join(), await target.join()];
      const feed = await target.subscribe(ada);
      const [said, whispered, toggled] = [crypto.randomUUID(), crypto.randomUUID(), crypto.randomUUID()];
      const toggle = (requestId: string) =>
        ada.chat.toggleIgnore({ ignoring: false, requestId }, ada.options);
      await ada.say("one", said);
      await ada.sendTo(bob.nickname, "one", whispered);
      await toggle(toggled);
      const reused = [
        () => ada.say("two", said),
        () => ada.sendTo(bob.nickname, "one", said),
        () => toggle(said),
        () => ada.sendTo(bob.nickname, "two", whispered),
        () => ada.sendTo(ada.nickname, "one", whispered),
        () => ada.say("one", whispered),
        () => toggle(whispered),
        () => ada.say("one", toggled),
        () => ada.sendTo(bob.nickname, "one", toggled),
      ];
      const refusal = { code: "InvalidArgument", reason: "REQUEST_INVALID", field: "request_id" };
      for (const call of reused) await assertRefused(call(), refusal);
      assert.equal((await ada.say("one", said)).duplicate, true);
      await ada.say("end");
      await receivedMessage(feed, "end");
      assert.deepEqual(eventsOf(feed, ada), [
        `${ada.nickname}: one`,
        `${ada.nickname} -> ${bob.nickname}: one`,
        `${ada.nickname}: end`,
      ]);
    },
  ),
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
      assert.ok(await receivedPrivate(feed, text));
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
];
