import assert from "node:assert/strict";
import { timestampMs } from "@bufbuild/protobuf/wkt";
import type { Listener } from "../../support/people.js";
import { must } from "../case.js";
import { heardOf, heardSaying } from "../hearing.js";

const retry =
  "chosen by the caller and unique to it, at most 64 bytes: a retry with the same one within 5 minutes is placed once.";

export const messageCases = [
  must("The sender hears it on the own feed like everyone else.", async (world) => {
    const [ada, bob] = [await world.enter(), await world.enter()];
    const feeds = [await world.listen(ada), await world.listen(bob)];
    await ada.say("hello all");
    for (const feed of feeds) {
      const { kind } = await heardSaying(feed, "hello all");
      assert.equal(kind.case === "message" && kind.value.sender, ada.nickname);
    }
  }),
  must("Place of the message in the room's order; the event on the feeds bears the same.", async (world) => {
    const [ada, bob] = [await world.enter(), await world.enter()];
    const [own, other] = [await world.listen(ada), await world.listen(bob)];
    const said = await ada.say("here");
    for (const feed of [own, other]) assert.equal((await heardSaying(feed, "here")).cursor, said.cursor);
    const whispered = await ada.whisper(bob.nickname, "there");
    for (const feed of [own, other])
      assert.equal((await feed.next("privateMessage")).cursor, whispered.cursor);
  }),
  must("Moment at which it was placed.", async (world) => {
    const ada = await world.enter();
    const feed = await world.listen(ada);
    const first = await ada.say("one");
    const second = await ada.say("two");
    assert.ok(timestampMs(first.time!) <= timestampMs(second.time!));
    assert.deepEqual((await heardSaying(feed, "two")).time, second.time);
  }),
  must(retry, "Broadcast", async (world) => {
    const ada = await world.enter();
    const feed = await world.listen(ada);
    const id = crypto.randomUUID();
    const first = await ada.say("once", id);
    const again = await ada.say("once", id);
    await ada.say("end");
    await heardSaying(feed, "end");
    assert.deepEqual([first.duplicate, again.duplicate], [false, true]);
    assert.deepEqual(heardOf(feed, ada), [`${ada.nickname}: once`, `${ada.nickname}: end`]);
  }),
  must(retry, "SendTo", async (world) => {
    const ada = await world.enter();
    const feed = await world.listen(ada);
    const id = crypto.randomUUID();
    const first = await ada.whisper(ada.nickname, "once", id);
    const again = await ada.whisper(ada.nickname, "once", id);
    await ada.say("end");
    await heardSaying(feed, "end");
    assert.deepEqual([again.duplicate, again.cursor], [true, first.cursor]);
    assert.equal(heardOf(feed, ada).length, 2);
  }),
  must(retry, "two callers with the same one, and the longest", async (world) => {
    const [ada, bob] = [await world.enter(), await world.enter()];
    const id = "x".repeat(64);
    const [first, second] = [await ada.say("ada's", id), await bob.say("bob's", id)];
    assert.deepEqual([first.duplicate, second.duplicate], [false, false]);
    assert.notEqual(first.cursor, second.cursor);
  }),
  must(
    "Whether an earlier call with the same request_id had placed it; cursor and time are then the first ones.",
    async (world) => {
      const ada = await world.enter();
      const id = crypto.randomUUID();
      const { cursor, time } = await ada.say("once", id);
      await ada.say("between");
      const again = await ada.say("once", id);
      assert.deepEqual([again.duplicate, again.cursor, again.time], [true, cursor, time]);
    },
  ),
  must("Empty: no protection.", async (world) => {
    const ada = await world.enter();
    const [first, second] = [await ada.say("twice"), await ada.say("twice")];
    assert.notEqual(first.cursor, second.cursor);
    assert.deepEqual([first.duplicate, second.duplicate], [false, false]);
  }),
  must("Text as it was sent.", async (world) => {
    const ada = await world.enter();
    const feed = await world.listen(ada);
    for (const text of [
      "  two lines,\n\ta tab ",
      "你好，世界",
      "e\u0301 is not \u00e9",
      "👩‍👩‍👧 \\u0041 <b>&amp;</b>",
    ]) {
      await ada.say(text);
      assert.ok(await heardSaying(feed, text));
    }
  }),
  must(
    "What to say: 1 to Limits.max_text_bytes bytes and at most Limits.max_text_lines lines, not blank;",
    async (world) => {
      const { maxTextBytes, maxTextLines } = world.limits;
      const ada = await world.enter();
      await ada.say("x");
      await ada.say("x".repeat(maxTextBytes));
      await ada.say("房".repeat(Math.floor(maxTextBytes / 3)));
      await ada.say(Array.from({ length: maxTextLines }, () => "x").join("\n"));
    },
  ),
  must(
    "Both ends hear it on their feeds and nobody else does; it reaches people who ignore group chat.",
    "who hears",
    async (world) => {
      const [ada, bob, eve] = [await world.enter(), await world.enter(), await world.enter()];
      const [own, other, third] = [await world.listen(ada), await world.listen(bob), await world.listen(eve)];
      await ada.whisper(bob.nickname, "secret");
      await ada.say("end");
      const replay = await world.listen(eve, { backlog: 20 });
      for (const feed of [own, other, third, replay]) await heardSaying(feed, "end");
      const heardIt = (feed: Listener) =>
        feed.heard.some(({ kind }) => kind.case === "privateMessage" && kind.value.text === "secret");
      assert.deepEqual([own, other, third, replay].map(heardIt), [true, true, false, false]);
    },
  ),
  must(
    "Both ends hear it on their feeds and nobody else does; it reaches people who ignore group chat.",
    "while ignoring",
    async (world) => {
      const [ada, bob] = [await world.enter(), await world.enter()];
      const [own, other] = [await world.listen(ada), await world.listen(bob)];
      await bob.chat.toggleIgnore({ ignoring: true }, bob.options);
      await ada.whisper(bob.nickname, "psst");
      assert.equal((await other.next("privateMessage")).kind.value.text, "psst");
      await bob.whisper(ada.nickname, "yes?");
      await own.next("privateMessage");
      assert.equal((await own.next("privateMessage")).kind.value.text, "yes?");
    },
  ),
  must("A message to oneself is heard once.", async (world) => {
    const ada = await world.enter();
    const feed = await world.listen(ada);
    await ada.whisper(ada.nickname, "note");
    await ada.say("end");
    await heardSaying(feed, "end");
    assert.deepEqual(heardOf(feed, ada), [
      `${ada.nickname} -> ${ada.nickname}: note`,
      `${ada.nickname}: end`,
    ]);
  }),
  must(
    "Nickname of the recipient, who must be in the room; compared without regard to case and width.",
    async (world) => {
      const [ada, bob] = [await world.enter(), await world.enter()];
      const feed = await world.listen(bob);
      const wide = String.fromCodePoint(bob.nickname.codePointAt(0)! + 0xfee0) + bob.nickname.slice(1);
      for (const written of [bob.nickname.toUpperCase(), wide]) {
        await ada.whisper(written, "hi");
        assert.equal((await feed.next("privateMessage")).kind.value.recipient, bob.nickname);
      }
    },
  ),
];
